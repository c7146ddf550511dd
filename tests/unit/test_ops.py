"""What lies in ops/ can be read, and asks only for figures that are printed."""

import json
import re
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from dashboard import load
from dashboard.api.metrics import metrics_text
from dashboard.observing import state
from data.db import Database
from data.queries.state import DatabaseState

ROOT = Path(__file__).parents[2]
OPS = ROOT / "ops"
RULES = OPS / "prometheus" / "rules.yml"
DASHBOARD = OPS / "grafana" / "dashboards" / "daybook.json"
_NAME = re.compile(r"\b(?:daybook|process|python)_[a-z_]+\b")


def expressions():
    rules = yaml.safe_load(RULES.read_text())
    for group in rules["groups"]:
        yield from ((rule["alert"], rule["expr"]) for rule in group["rules"])
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        yield from ((panel["title"], target["expr"]) for target in panel.get("targets", ()))


@pytest.fixture
def printed(worker_database, monkeypatch):
    """The names of every figure, of a database that has something of each."""
    found = DatabaseState(7, 1.0, {"sales_lines": (1, 1.0)}, 1, 1, 1)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(load.Resources, "database", None)
    monkeypatch.setattr(load.Resources, "cache", None)
    owner = worker_database.owner
    database = Database(owner, owner, owner)
    database.follow("postgresql://nobody@127.0.0.1:1/none")
    load.use(database)
    monkeypatch.setattr(state, "database_state", lambda _: found)
    names = set()
    for family in text_string_to_metric_families(metrics_text("")[0].decode()):
        names |= {sample.name for sample in family.samples}
        if family.type == "histogram":
            names |= {f"{family.name}{end}" for end in ("_bucket", "_count", "_sum")}
        if family.type == "counter":
            names.add(f"{family.name}_total")
    yield names
    database.replica.dispose()


def test_every_figure_that_is_asked_for_is_printed(printed):
    asked = list(expressions())
    assert len(asked) > 25
    missing = {(where, name) for where, text in asked for name in _NAME.findall(text) if name not in printed}
    assert missing == set()


def test_a_figure_that_is_printed_under_no_name_would_be_found(printed):
    assert "daybook_pages_total" not in printed
    assert _NAME.findall('sum(rate(daybook_pages_total{job="daybook"}[5m]))') == ["daybook_pages_total"]


@pytest.mark.parametrize("file", sorted([*OPS.rglob("*.y*ml"), ROOT / "compose.yaml"]), ids=lambda file: file.name)
def test_yaml_can_be_read(file):
    assert isinstance(yaml.safe_load(file.read_text()), dict)


def test_every_panel_has_a_title_a_place_and_a_source():
    read = json.loads(DASHBOARD.read_text())
    sources = yaml.safe_load((OPS / "grafana/provisioning/datasources/daybook.yml").read_text())["datasources"]
    uids = {source["uid"] for source in sources}
    assert len({panel["id"] for panel in read["panels"]}) == len(read["panels"])
    for panel in read["panels"]:
        assert panel["title"]
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
        assert {target["datasource"]["uid"] for target in panel.get("targets", ())} <= uids


def test_every_alert_says_what_is_wrong_and_how_bad_it_is():
    for group in yaml.safe_load(RULES.read_text())["groups"]:
        for rule in group["rules"]:
            assert rule["labels"]["severity"] in {"page", "ticket"}
            assert rule["annotations"].keys() == {"summary", "description"}


def test_images_are_pinned_and_what_is_mounted_is_there():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    for name, service in services.items():
        assert ":" in service["image"] or service["image"] == "daybook", name
        for volume in service.get("volumes", ()):
            if volume.startswith("./"):
                assert (ROOT / volume.split(":")[0]).exists(), volume


def test_prometheus_and_the_proxy_ask_the_services_of_compose():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    scraped = yaml.safe_load((OPS / "prometheus/prometheus.yml").read_text())["scrape_configs"][0]["dns_sd_configs"][0]
    assert set(scraped["names"]) == {"app", "replica"} <= services.keys()
    proxied = re.search(r"reverse_proxy (.*) \{", (OPS / "caddy/Caddyfile").read_text())
    assert proxied is not None
    assert {target.removesuffix(":8501") for target in proxied[1].split()} == {"app", "replica"}


def test_every_setting_of_compose_is_explained():
    told = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), flags=re.MULTILINE))
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text()))
    assert asked <= told
