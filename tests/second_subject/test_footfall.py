"""The worked example: footfall is loaded, restated and asked for with three files and no other change."""

from __future__ import annotations

import csv
import filecmp
import io

import pandas as pd
import pytest

from tests.second_subject.conftest import EXAMPLE, LAID, PACKAGES, ROOT

pytestmark = pytest.mark.long

COUNTS = EXAMPLE / "files" / "footfall.csv"
ENTRANCES = EXAMPLE / "files" / "entrances.csv"
HEADER = "store,entrance,hour,visitors\n"


def differing(here, there, prefix=""):
    """Paths that only one of two folders has, or that differ in content."""
    compared = filecmp.dircmp(here, there, ignore=["__pycache__"])
    names = compared.left_only + compared.right_only + compared.diff_files
    found = {f"{prefix}{name}" for name in names}
    for name in compared.common_dirs:
        found |= differing(here / name, there / name, f"{prefix}{name}/")
    return found


def report(path):
    with path.with_name(path.name + ".rejected.csv").open(encoding="utf-8", newline="") as rejected:
        return [tuple(row[1:]) for row in list(csv.reader(rejected))[1:]]


@pytest.fixture
def loaded(tree):
    """The tree with the example's files loaded."""
    tree.daybook("load", "entrances", ENTRANCES)
    tree.daybook("load", "footfall", COUNTS, "--author", "mia")
    return tree


@pytest.fixture
def refused(loaded, tmp_path):
    """Load a broken file of counts; gives its faults."""

    def load(lines, *options):
        path = tmp_path / "broken.csv"
        path.write_text(HEADER + lines)
        assert "nothing was loaded" in loaded.refused("load", "footfall", path, *options)
        return report(path)

    return load


def test_three_files_are_all_that_differs(footfall_tree):
    changed = {
        path for package in PACKAGES for path in differing(ROOT / package, footfall_tree / package, f"{package}/")
    }
    assert changed == set(LAID)
    example = {str(path.relative_to(EXAMPLE)) for path in EXAMPLE.rglob("*") if path.is_file()}
    assert {path for path in example if path.endswith(".py")} == set(LAID)


def test_models_and_migrations_agree_and_go_down_again(tree):
    check = (
        "import os; from data.db import make_engine; from data.migrating import check_drift, downgrade, upgrade\n"
        "engine = make_engine(os.environ['DATABASE_URL']); check_drift(engine)\n"
        "downgrade(engine, target='-1'); upgrade(engine); check_drift(engine)"
    )
    done = tree.python("-c", check)
    assert done.returncode == 0, done.stderr


def test_files_are_loaded_as_revisions_of_their_own(tree):
    assert tree.daybook("load", "entrances", ENTRANCES).splitlines() == [
        "Loaded 4 rows of entrances.csv into entrances as revision 1.",
        "4 rows added, 0 changed.",
    ]
    assert tree.daybook("load", "footfall", COUNTS, "--author", "mia").splitlines() == [
        "Loaded 48 rows of footfall.csv into footfall as revision 2.",
        "Business dates 2017-03-30 to 2017-04-01; 0 lines replaced.",
        "2 new stores.",
    ]
    listed = tree.daybook("revisions", "list")
    assert [line.split()[0] for line in listed.splitlines()[-2:]] == ["2", "1"]
    assert "footfall from footfall.csv" in listed
    assert "mia" in listed
    assert tree.rows("select inhrelid::regclass::text from pg_inherits where inhparent = 'footfall'::regclass") == [
        ("facts.footfall_2017_03",),
        ("facts.footfall_2017_04",),
    ]


def asked(tree, *options):
    return pd.read_csv(io.StringIO(tree.daybook("query", *options)))


def test_figures_are_those_of_plain_pandas(loaded):
    counts, entrances = pd.read_csv(COUNTS), pd.read_csv(ENTRANCES)
    found = asked(loaded, "--metrics", "visitors", "--by", "entrance").set_index("entrance")
    assert found["visitors"].to_dict() == counts.groupby("entrance")["visitors"].sum().to_dict()
    assert found["entrance_label"].to_dict() == {1: "Main street", 2: "Car park", 3: "Mall", 4: "Entrance 4"}
    by_kind = counts.merge(entrances, on="entrance").groupby("kind")["visitors"]
    found = asked(loaded, "--metrics", "visitors,visitors_per_hour", "--by", "entrance_type").set_index("entrance_type")
    assert found["visitors"].to_dict() == by_kind.sum().to_dict()
    assert found["visitors_per_hour"].to_dict() == pytest.approx(by_kind.mean().to_dict())
    found = asked(loaded, "--metrics", "visitors", "--grain", "day", "--where", "store=2").set_index("period")
    of_store = counts[counts["store"] == 2]
    assert found["visitors"].to_dict() == of_store.groupby(of_store["hour"].str[:10])["visitors"].sum().to_dict()
    assert asked(loaded, "--metrics", "visitors", "--by", "region")["region"].tolist() == ["Unassigned"]


def test_faults_are_told_with_row_column_rule_and_value(refused):
    faults = refused(
        "1,1,2017-03-30 09:00,5\n"
        "1,1,2017-05-01 09:00,5\n"
        "1,1,2017-05-01 09:00,6\n"
        "1,1,2017-05-02 09:00,-1\n"
        "0,1,yesterday,\n"
    )
    assert faults == [
        ("2", "hour", "is loaded already, by load 2; --replace-period restates a period", "1, 1, 2017-03-30 09:00:00"),
        ("4", "hour", "is named twice; first in row 3", "1, 1, 2017-05-01 09:00:00"),
        ("5", "visitors", "must lie between 0 and 2147483647", "-1"),
        ("6", "hour", "must be a time written as 2017-03-12 14:30:00, with or without a zone", "yesterday"),
        ("6", "store", "must lie between 1 and 2147483647", "0"),
        ("6", "visitors", "must not be empty", ""),
    ]


def test_what_no_file_described_becomes_an_inferred_member(loaded, tmp_path):
    path = tmp_path / "more.csv"
    path.write_text(HEADER + "1,9,2017-05-01 09:00,5\n")
    assert loaded.daybook("load", "footfall", path, "--dry-run").splitlines()[-1] == "1 new entrances, 1 inferred."
    assert loaded.rows("select count(*) from footfall") == [(48,)]
    assert loaded.daybook("load", "footfall", path).splitlines()[-1] == "1 new entrances, 1 inferred."
    assert loaded.rows("select entrance_id, name, kind, inferred from entrances where inferred") == [
        (9, None, "Unknown", True)
    ]
    path.write_text("entrance,kind\n9,Street\n")
    assert loaded.daybook("load", "entrances", path).splitlines()[-1] == "0 rows added, 1 changed."
    assert loaded.rows("select count(*) from entrances where inferred") == [(0,)]


def test_a_broken_reference_file_names_the_rule(loaded, tmp_path):
    path = tmp_path / "wrong.csv"
    path.write_text("entrance,kind\n5,Gate\n6,Mall\n6,Street\n")
    loaded.refused("load", "entrances", path)
    assert report(path) == [
        ("2", "kind", "must fit the rule kind_known: kind in ('Street', 'Parking', 'Mall', 'Unknown')", "Gate"),
        ("4", "entrance", "is named twice; first in row 3", "6"),
    ]


def test_a_period_is_restated_and_its_old_rows_are_kept(loaded, tmp_path):
    path = tmp_path / "april.csv"
    path.write_text(HEADER + "1,1,2017-04-01 09:00,7\n")
    period = ("--replace-period", "2017-04-01:2017-05-01")
    assert "16 lines replaced" in loaded.daybook("load", "footfall", path, *period, "--dry-run")
    assert "16 lines replaced" in loaded.daybook("load", "footfall", path, *period, "--reason", "counter was stuck")
    assert loaded.rows("select count(*) from history.footfall where ended_by_load = 3") == [(16,)]
    found = asked(loaded, "--metrics", "visitors", "--grain", "month")
    march = pd.read_csv(COUNTS).query("hour < '2017-04'")["visitors"].sum()
    assert found["visitors"].tolist() == [march, 7]
    assert "counter was stuck" in loaded.daybook("revisions", "list")
    assert "this content is loaded already" in loaded.refused("load", "footfall", path, *period)
    path.write_text(HEADER + "1,1,2017-05-01 09:00,7\n")
    loaded.refused("load", "footfall", path, *period)
    assert report(path)[0][2] == "must lie in the replaced period, from 2017-04-01 until before 2017-05-01"


def test_a_restatement_is_undone(loaded, tmp_path):
    path = tmp_path / "april.csv"
    path.write_text(HEADER + "1,1,2017-04-01 09:00,7\n")
    before = loaded.rows("select store_id, entrance_id, counted_at, visitors from footfall order by 1, 2, 3")
    loaded.daybook("load", "footfall", path, "--replace-period", "2017-04-01:2017-05-01")
    done = loaded.daybook("revisions", "revert", 3, "--reason", "counter was right")
    assert "Revision 4 undoes revision 3: 16 rows added, 0 changed, 1 removed" in done
    assert loaded.rows("select store_id, entrance_id, counted_at, visitors from footfall order by 1, 2, 3") == before
    assert "is undone already; undo revision 4" in loaded.refused("revisions", "revert", 3)
    loaded.daybook("load", "footfall", path, "--replace-period", "2017-04-01:2017-05-01")


def test_a_mapping_reads_a_foreign_file(tree, tmp_path):
    (tmp_path / "map.toml").write_text(
        'date_format = "%d.%m.%Y %H"\ntime_zone = "UTC"\n[columns]\nstore = "Filiale"\nhour = "Stunde"\n'
    )
    path = tmp_path / "foreign.csv"
    path.write_text("Filiale;entrance;Stunde;visitors\n1;1;01.03.2017 03;5\n")
    tree.daybook("load", "footfall", path, "--map", tmp_path / "map.toml")
    assert tree.rows("select counted_on::text, visitors from footfall") == [("2017-02-28", 5)]


def test_names_come_from_the_models(tree):
    assert "table must be one of footfall, sales, departments" in tree.refused("load", "visitors", COUNTS)
    assert "entrances" in tree.refused("load", "visitors", COUNTS)
    shown = tree.daybook("load", "--help")
    assert "footfall" in shown
    assert "entrances" in shown
    message = tree.refused("load", "entrances", ENTRANCES, "--replace-period", "2017-04-01:2017-05-01")
    assert "only footfall, sales can replace a period; got entrances" in message


def test_readers_see_the_counts_of_their_stores(loaded):
    seen = (
        "import os; from data.db import Database, make_engine; from data.scope import Scope; import sqlalchemy as sa\n"
        "engine = make_engine(os.environ['DATABASE_URL']); database = Database(engine, engine, engine)\n"
        "with database.reading(Scope(stores=frozenset({1}))) as conn:\n"
        "    print(conn.scalars(sa.text('select distinct store_id from footfall')).all())"
    )
    done = loaded.python("-c", seen)
    assert done.stdout == "[1]\n", done.stderr
