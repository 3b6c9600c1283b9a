"""What stands around every list, form and record of the admin, whatever they are of."""

import pytest
from django.contrib import admin
from django.http import HttpResponse
from django.utils import timezone

from accounts import large_lists
from accounts.models import User
from orders.models import Order
from shop.models import Family, Product
from tests.pages import Part, read, words

PRODUCTS = "/admin/shop/product/"
FAMILIES = "/admin/shop/family/"
PAGES = "/admin/shop/page/"


def styles(page: HttpResponse) -> set[str]:
    links = read(page, "head").all("link")
    found = [link.get("href", "") for link in links if link.get("rel") == "stylesheet"]
    return {address.rpartition("/")[2] for address in found}


def paginator(page: HttpResponse) -> str:
    return read(page).part(".paginator").text


@pytest.fixture
def order(alice: User) -> Order:
    """Two mugs."""
    order = Order.objects.create(
        user=alice,
        stripe_session_id="cs_1",
        currency="usd",
        subtotal_cents=3800,
        total_cents=3800,
        paid_at=timezone.now(),
    )
    order.lines.create(product_name="Mug", unit_price_cents=1900, quantity=2)
    return order


@pytest.fixture
def few_rows_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin.site.get_model_admin(Product), "list_per_page", 1)


# Every page


def test_the_title_says_the_record_the_page_and_the_shop(as_staff, mug):
    change = read(as_staff.get(f"{PRODUCTS}{mug.pk}/change/"), "head").title
    assert change == "Speckled mug | Change product | Fieldhouse admin"
    front = read(as_staff.get("/admin/"), "head").title
    assert front == "Site administration | Fieldhouse admin"


def test_the_name_of_the_shop_leads_to_the_front_page(as_staff):
    assert read(as_staff.get(PAGES), "#site-name").link("Fieldhouse admin") == "/admin/"


def test_the_way_to_a_page_of_the_shops_own_ends_with_its_name(as_staff, mug):
    way = read(as_staff.get(f"{PRODUCTS}{mug.pk}/stock/"), "body").part(".breadcrumbs")
    assert way.text == "Home › Products › Speckled mug › Stock of Speckled mug"


def test_day_or_night_is_chosen_in_one_place_before_and_after_the_login(client, as_staff):
    login, front = read(client.get("/admin/login/"), "body"), read(as_staff.get("/admin/"), "body")
    assert [len(page.find(".theme-toggle")) for page in (login, front)] == [1, 1]
    assert login.headings[-1] == "Log in"


def test_the_front_page_has_djangos_styles_the_shops_and_its_own(as_staff):
    assert {"dashboard.css", "tokens.css", "admin.css", "admin-sales.css"} <= styles(
        as_staff.get("/admin/")
    )


def test_a_page_of_the_shops_own_has_djangos_styles_for_forms_too(as_staff, mug):
    wanted = {"tokens.css", "admin.css", "forms.css"}
    assert wanted <= styles(as_staff.get(f"{PRODUCTS}{mug.pk}/stock/"))


def test_the_front_page_has_figures_then_sales_then_what_may_be_changed(as_staff, order):
    page = read(as_staff.get("/admin/"), "#content")
    assert "Sales of the last 30 days" in page.headings
    captions = [words(caption) for caption in page.all("caption")]
    assert captions[-4:] == ["Accounts", "Authentication and Authorization", "Orders", "Shop"]
    assert page.has(".tiles")


# Lists


def test_a_search_keeps_the_words_and_the_filters(as_staff, mug, bowl):
    asked = {"q": "mug", "is_active__exact": "1", "o": "1"}
    search = read(as_staff.get(PRODUCTS, asked), "#changelist-search")
    assert search.sent == asked
    names = [field.get("name") for field in search.all("input") if field.get("name")]
    assert sorted(names) == sorted(asked)  # each once
    assert search.link("Show all") == "?"


def test_a_list_says_how_many_rows_it_found(as_staff, mug, bowl):
    def found(**asked: str) -> list[str]:
        return [words(element) for element in read(as_staff.get(PRODUCTS, asked)).find(".small")]

    assert found(q="mug") == ["1 result (Show all)"]
    assert found(q="o") == ["2 results (Show all)"]
    assert found(is_active__exact="0") == ["0 results (Show all)"]
    assert found() == []


def test_a_long_list_says_more_than(as_staff, mug, bowl, monkeypatch):
    monkeypatch.setattr(large_lists, "MOST_LISTED", 1)
    page = read(as_staff.get(PRODUCTS, {"q": "o"}))
    assert page.part(".small").text == "more than 1 result (Show all)"
    said = "More than 1 product Search or filter to find the others."
    assert page.part(".paginator").text == said


def test_the_field_of_a_search_is_described_where_there_is_a_word_on_it(as_staff, db):
    products, families = read(as_staff.get(PRODUCTS)), read(as_staff.get(FAMILIES))
    described = products.part("#searchbar").element.get("aria-describedby", "")
    assert products.part(f"#{described}").text.startswith("Search name, variant, SKU")
    assert families.part("#searchbar").element.get("aria-describedby") is None
    assert not families.has("#searchbar_helptext")


def test_where_nothing_is_searched_there_is_no_field_for_it(as_staff, db):
    assert not read(as_staff.get(PAGES)).has("#toolbar")


@pytest.mark.usefixtures("few_rows_a_page")
def test_a_list_has_links_to_its_pages_and_to_all(as_staff, mug, bowl):
    pages = read(as_staff.get(PRODUCTS)).part(".paginator")
    assert pages.links == [("2", "?p=2"), ("Show all", "?all=")]
    assert pages.text == "1 2 2 products Show all"


def test_a_list_on_one_page_says_only_how_many_there_are(as_staff, mug):
    assert paginator(as_staff.get(PRODUCTS)) == "1 product"
    Family.objects.bulk_create(Family(name=name) for name in ("Mugs", "Bowls"))
    assert paginator(as_staff.get(FAMILIES)) == "2 families"


def test_what_is_changed_in_a_list_can_be_saved_if_there_is_anything(as_staff, mug):
    def buttons() -> dict[str, str]:
        return read(as_staff.get(PRODUCTS)).part(".paginator").buttons

    assert list(buttons()) == ["Save"]
    Product.objects.all().delete()
    assert not buttons()


def test_a_short_list_says_how_many_are_ticked_as_django_does(as_staff, mug):
    counter = read(as_staff.get(PRODUCTS)).find(".action-counter")
    assert [element.get("data-actions-icnt") for element in counter] == ["1"]


@pytest.mark.parametrize("status", ["to_ship", "needs_review", "disputed"])
def test_the_list_that_one_works_from_is_marked(as_staff, status):
    page = read(as_staff.get("/admin/orders/order/", {"status": status}), "body")
    lists = page.part(".work-lists").all("a")
    assert [a.get("href") for a in lists if a.get("aria-current")] == [f"?status={status}"]
    classes = page.element.get("class", "").split()
    assert "change-list" in classes
    assert ("to-ship" in classes) == (status == "to_ship")


# Records and forms


def test_what_can_be_done_with_a_product_is_offered_to_whoever_may(as_staff, as_clerk, mug):
    address = f"{PRODUCTS}{mug.pk}/change/"
    acts = {"Change the stock": f"{PRODUCTS}{mug.pk}/stock/"}
    acts["Duplicate"] = f"{PRODUCTS}add/?copy={mug.pk}"
    acts["The same in another size"] = f"{PRODUCTS}{mug.pk}/variant/"
    assert acts.items() <= dict(read(as_staff.get(address)).links).items()
    assert not acts.keys() & dict(read(as_clerk("view_product").get(address)).links).keys()


def test_the_lines_of_a_record_are_a_table_with_a_name(as_staff, order):
    lines = read(as_staff.get(f"/admin/orders/order/{order.pk}/change/"), "#lines-group")
    (table,) = lines.all("section")
    assert lines.part(f"#{table.get('aria-labelledby')}").text == "Order lines"
    assert lines.rows[0]["Quantity"] == "2"


@pytest.fixture
def stock(as_staff, mug) -> list[Part]:
    """The page of the mug's stock and its forms: put in or take out, and count."""
    Product.objects.filter(pk=mug.pk).update(stock=5)
    page = read(as_staff.get(f"{PRODUCTS}{mug.pk}/stock/"))
    return [page, *(Part(form) for form in page.all("form"))]


def test_a_form_has_a_word_on_each_field_and_what_is_hidden_as_well(stock):
    _, move, count = stock
    assert move.fields == {"Change": "", "Reason": "delivery"}
    assert list(move.sent) == ["move-movement_id", "move-change", "move-reason"]
    assert count.sent == {"count-seen": "5", "count-counted": ""}


def test_a_form_says_where_it_leads_if_that_is_another_page(as_staff, stock, mug, order):
    _, move, count = stock
    assert move.buttons == {"Change the stock": f"{PRODUCTS}{mug.pk}/stock/move/"}
    assert count.buttons == {"Save what I counted": f"{PRODUCTS}{mug.pk}/stock/count/"}
    (form,) = read(as_staff.get(f"/admin/orders/order/{order.pk}/ship/")).all("form")
    assert form.get("action") is None


def test_a_field_is_described_by_the_hint_below_it_where_there_is_one(stock):
    page, move, _ = stock
    change, reason = move.part("#id_move-change").element, move.part("#id_move-reason").element
    assert page.part(f"#{change.get('aria-describedby')}").text.startswith("+10 puts ten in")
    assert reason.get("aria-describedby") is None
    assert len(move.find(".help")) == 1


def test_a_form_says_what_is_wrong_with_a_field(as_staff, mug):
    page = as_staff.post(f"{PRODUCTS}{mug.pk}/stock/count/", {"count-counted": "many"})
    assert read(page).part(".errorlist").text == "Enter a whole number."
