"""The glossary: everything that is declared, formulas that are the catalog's, and one source for other words."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import auth
from dashboard.glossary.entries import METRIC, entries, entries_of, found_entries, pages_with
from dashboard.glossary.formulas import adds_up, formula, not_over
from dashboard.glossary.words import WORDS
from dashboard.navigation import ENTRIES, PAGES
from data.semantic.catalog import catalog
from data.views.reading import Content
from data.views.writing import save_view

README = Path(__file__).parents[2] / "README.md"
SALES = catalog().subject("sales")


def test_the_readme_and_the_page_say_the_same():
    told = README.read_text(encoding="utf-8").split("## Glossary")[1]
    assert re.findall(r"^\| \*\*(.+?)\*\* \| (.+?) \|$", told, re.MULTILINE) == [
        (one.word, one.meaning) for one in WORDS
    ]


def test_everything_that_is_declared_has_an_entry():
    names = [entry.name for entry in entries()]
    assert {*catalog().metrics, *SALES.dimensions} <= set(names)
    assert all(entry.meaning for entry in entries())
    kinds = [(entry.kind, entry.name) for entry in entries()]
    assert len(set(kinds)) == len(kinds)


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("net_sales", "the sum of net over the sales lines"),
        ("gross_sales", "the sum of net plus retail discount plus coupon match over the sales lines"),
        ("units", "the sum of the quantity of products that are counted in pieces over the sales lines"),
        ("baskets", "the number of different baskets in the sales lines"),
        ("lines", "the number of sales lines"),
        ("average_basket", "net sales ÷ baskets"),
        ("discount_rate", "discount ÷ gross sales"),
        ("target", "the sum of net over the targets"),
    ],
)
def test_formulas_in_words(metric, words):
    assert formula(SALES, SALES.metrics[metric]) == words


def test_a_ratio_over_a_wider_count_says_what_it_does_not_look_at():
    words = formula(SALES, SALES.metrics["penetration"])
    assert words.startswith(
        "households ÷ the number of different households in the sales lines, whatever the department"
    )


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("net_sales", "Over every other dimension, and over time. Not over campaign: there, totals are counted anew."),
        ("average_basket", "Over nothing: a total is the ratio of the totals, not a sum of ratios."),
        ("target", "Over every dimension, and over time."),
    ],
)
def test_how_metrics_add_up(metric, words):
    assert adds_up(SALES, SALES.metrics[metric]) == words


def test_households_add_up_over_what_a_household_is_and_over_nothing_else():
    words = adds_up(SALES, SALES.metrics["households"])
    assert "store" in words.split("Not over")[1]
    assert "time" in words.split("Not over")[1]
    assert "age" in words.split("Not over")[0] or "every other" in words


def test_what_a_dimension_does_not_add_up_for():
    assert [metric.name for metric in not_over(SALES, SALES.dimensions["store"]) if metric.kind == "simple"] == [
        "households"
    ]


def test_a_word_that_two_things_share_shows_both():
    assert [entry.kind for entry in entries_of("target")] == ["Metrics", "Other words"]


def test_words_are_found_by_synonyms_and_meanings():
    assert found_entries("turnover")[0].name == "net_sales"
    assert "revision" in [entry.name for entry in found_entries("commit order")]
    assert found_entries("") == entries()


def test_pages_that_show_a_metric():
    (entry,) = (one for one in entries_of("attainment") if one.kind == METRIC)
    assert {page.file for page in pages_with(entry, list(ENTRIES))} == {"attainment", "targets"}


@pytest.fixture
def opened(monkeypatch, person):
    def open_page(role="analyst", **params):
        user = person(role)
        monkeypatch.setattr(auth, "require", lambda role: user)
        page = AppTest.from_file(str(PAGES / "glossary.py"), default_timeout=60)
        for name, value in params.items():
            page.query_params[name] = value
        page.run()
        assert not page.exception, page.exception
        return page

    return open_page


def told(page):
    return " ".join(item.proto.body for item in page.get("html"))


def test_the_page_lists_every_word_with_its_link(opened):
    page = opened()
    assert [item.value for item in page.header] == ["Metrics", "Dimensions", "Other words"]
    assert "href='/glossary?word=gross_sales'" in told(page)
    assert "href='/glossary?word=late-fact'" in told(page)
    page.text_input(key="q").set_value("basket").run()
    assert "units_per_basket" in told(page)
    assert "gross_sales" not in told(page)


def test_an_opened_metric_says_where_it_is_used_and_shows_no_private_view(opened, shop):
    with shop.accounts() as conn:
        for owner, name, shared in ((1, "Mine", False), (2, "Hers", False), (2, "For all", True)):
            save_view(conn, Content("explore", "m=net_sales,units", name, shared=shared), account_id=owner)
        save_view(conn, Content("explore", "m=baskets", "Without", shared=True), account_id=2)
    words = told(opened(word="units"))
    assert "sum(CASE WHEN" in words
    assert "Products</a>" in words
    assert ">Mine<" in words
    assert ">For all<" in words
    assert ">Hers<" not in words
    assert ">Without<" not in words


def test_a_dimension_shows_its_hierarchy(opened):
    assert "Department › Category › Product" in told(opened(word="category"))


def test_an_unknown_word_is_told_and_the_list_is_there(opened):
    page = opened(word="nonsense")
    assert "No word goes by “nonsense”" in " ".join(item.value for item in page.caption)
    assert [item.value for item in page.header] == ["Metrics", "Dimensions", "Other words"]
    page.button(key="all-words").click().run()
    assert "word" not in page.query_params
