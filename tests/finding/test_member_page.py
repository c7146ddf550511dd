"""A member's page: its figures, where it belongs, what is bought with it, its edits; and who may see it."""

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from dashboard import auth
from dashboard.navigation import PAGES
from data.models import Product
from data.queries.revisions import current_revision
from data.scope import Scope

EVERYTHING = Scope.everything()


@pytest.fixture
def opened(monkeypatch, person):
    def open_page(dimension, key, role="analyst", scope=EVERYTHING, **params):
        user = person(role, scope)
        monkeypatch.setattr(auth, "require", lambda role: user)
        page = AppTest.from_file(str(PAGES / "member.py"), default_timeout=60)
        for name, value in {"dimension": dimension, "key": str(key), **params}.items():
            page.query_params[name] = value
        page.run()
        assert not page.exception, page.exception
        return page

    return open_page


def html(page):
    return " ".join(item.proto.body for item in page.get("html"))


def words(page):
    found = (*page.title, *page.caption, *page.markdown, *page.text, *page.header)
    return " ".join(item.value for item in found) + html(page)


def title(page):
    """Without the signs that keep its characters from being read as Markdown."""
    return page.title[0].value.replace("\\", "")


def tables(page):
    return [item.value for item in page.dataframe]


def test_a_product_with_its_figures_and_where_it_belongs(opened):
    page = opened("product", 10, p="all")
    assert title(page) == "VANILLA ICE CREAM, no. 10"
    assert "href='/member?dimension=category&amp;key=GROCERY+%3E+ICE+CREAM'" in html(page)
    assert "<strong>$16.00</strong>" in html(page)  # 4 + 5 + 7
    assert "<strong>4</strong>" in html(page)  # units
    assert "f=product.in%3A10" in html(page)  # Explore, for it alone
    assert [item.value for item in page.header] == [
        "Net sales by day", "Net sales by store", "Net sales by weekday", "Bought with it", "Its edits",
    ]  # fmt: skip


def test_what_its_baskets_hold_besides(opened):
    together = tables(opened("product", 10, p="all"))[0]
    assert together["Product"].tolist() == ["RYE BREAD, no. 20", "APPLES, no. 30"]
    assert together["Baskets"].tolist() == [1, 1]
    assert together["Of its baskets"].tolist() == pytest.approx([1 / 3, 1 / 3])
    assert together["Lift"].tolist() == pytest.approx([4 / 3, 2 / 3])  # of 4 baskets: in 3 and 1, in 3 and 2


def test_it_is_broken_down_as_chosen(opened):
    page = opened("department", "GROCERY", p="all")
    assert "Net sales by category" in words(page)
    page.selectbox(key="by-1").set_value("region").run()
    assert not page.exception
    assert "Net sales by region" in words(page)


def test_filters_on_its_own_dimension_are_left_out_and_others_hold(opened):
    page = opened("department", "GROCERY", p="all", dept="PRODUCE", store="2")
    assert "<strong>$8.00</strong>" in html(page)
    assert "was left out" in words(page)


def test_a_scoped_person_sees_the_part_of_their_stores(opened):
    assert "<strong>$7.00</strong>" in html(opened("product", 10, scope=Scope.of_stores(2), p="all"))


@pytest.mark.parametrize(
    ("dimension", "key"), [("store", 2), ("store", 99), ("store", "x"), ("region", "South"), ("weekday", 8)]
)
def test_what_is_not_there_and_what_may_not_be_seen_are_told_alike(opened, dimension, key):
    page = opened(dimension, key, scope=Scope.of_stores(1))
    assert page.title[0].value == "Not found"
    assert "or it is not among those that you may see" in words(page)
    assert not tables(page)


def test_a_link_that_names_nothing_is_told(opened):
    assert "The link names no member" in words(opened("", ""))
    assert "No such dimension" in words(opened("nonsense", "1"))


def test_a_member_without_sales_keeps_its_name_and_its_edits(opened, shop):
    with shop.writing(author="meg", reason="A new one") as conn:
        row = conn.execute(sa.select(Product.category_id).where(Product.product_id == 10)).scalar_one()
        conn.execute(sa.insert(Product).values(product_id=77, category_id=row, product_type="SORBET"))
    page = opened("product", 77)
    assert title(page) == "SORBET, no. 77"
    assert "Nothing was sold here" in words(page)
    assert "A new one" in str(tables(page)[0].to_dict())


def test_what_a_retired_member_is_is_said(opened, shop):
    with shop.writing(author="meg", reason="Gone") as conn:
        conn.execute(sa.update(Product).where(Product.product_id == 10).values(retired=True))
    assert "Retired: no longer offered for new data" in words(opened("product", 10))


def test_managers_go_on_to_the_row(opened):
    assert "/reference?table=Products&amp;q=10" in html(opened("product", 10, role="manager"))
    assert "/reference?" not in html(opened("product", 10))


def test_as_it_was_called_at_an_earlier_revision(opened, shop):
    with shop.reading(EVERYTHING) as conn:
        before = current_revision(conn)
    with shop.writing(author="meg", reason="Renamed") as conn:
        conn.execute(sa.update(Product).where(Product.product_id == 10).values(product_type="GELATO"))
    assert title(opened("product", 10)) == "GELATO, no. 10"
    page = opened("product", 10, p="all", revision=str(before))
    assert title(page) == "VANILLA ICE CREAM, no. 10"
    assert "<strong>$16.00</strong>" in html(page)


@pytest.mark.parametrize(
    ("dimension", "key"),
    [("category", "GROCERY > BREAD"), ("brand", "National"), ("manufacturer", "Unknown"), ("region", "North"),
     ("store", 1), ("weekday", 1), ("hour", 12), ("age", "Unknown")],
)  # fmt: skip
def test_members_of_every_sort_have_a_page(opened, dimension, key):
    page = opened(dimension, key, p="all")
    assert "Nothing was sold here" not in words(page)
    assert "Net sales by day" in [item.value for item in page.header]
