"""Products in the admin, as staff use it."""

import io

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from PIL import Image

from orders.recording import record_order
from shop.models import Category, Checkout, Product
from stripe_simulator.testing import pay
from tests.pages import read
from tests.product_form import NO_MORE_PICTURES

LIST = "/admin/shop/product/"
TWO_DECIMALS = "Write 2 decimals behind a point, and no other sign."


def picture() -> SimpleUploadedFile:
    file = io.BytesIO()
    Image.new("RGB", (8, 10), "green").save(file, "PNG")
    return SimpleUploadedFile("lamp.png", file.getvalue(), "image/png")


@pytest.fixture
def lamp(mug) -> dict[str, object]:
    """What staff type for a new product."""
    return {
        "name": "Desk lamp",
        "slug": "desk-lamp",
        "category": mug.category.pk,
        "description": "Lights.",
        "price_cents": "89.50",
        "is_active": "on",
        **NO_MORE_PICTURES,
    }


@pytest.fixture
def sold(mug, as_alice) -> Product:
    as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1})
    session_id = Checkout.objects.get().stripe_session_id
    pay(session_id)
    record_order(session_id)
    return mug


def test_staff_add_a_product_with_picture_price_and_description(as_staff, lamp):
    response = as_staff.post(f"{LIST}add/", lamp | {"image": picture()})

    assert response.status_code == 302
    product = Product.objects.get(slug="desk-lamp")
    assert (product.price_cents, product.description) == (8950, "Lights.")
    assert product.image.is_stored
    page = read(as_staff.get(LIST))
    assert page.row("Desk lamp")["Price"] == "$89.50"
    assert product.image.url in {image.get("src") for image in page.all("img")}


def test_a_price_is_shown_as_it_was_typed(as_staff, mug):
    assert read(as_staff.get(f"{LIST}{mug.pk}/change/")).sent["price_cents"] == "19.00"


@pytest.mark.parametrize(
    ("currency", "typed", "stored"),
    [("usd", "12.5", 1250), ("jpy", "500", 500), ("kwd", "1.230", 1230), ("isk", "100", 10000)],
)
def test_a_price_is_typed_in_the_decimals_of_the_currency(
    as_staff, lamp, settings, currency, typed, stored
):
    settings.CURRENCY = currency
    as_staff.post(f"{LIST}add/", lamp | {"price_cents": typed})

    assert Product.objects.get(slug="desk-lamp").price_cents == stored


@pytest.mark.parametrize("price", ["", "0", "-1", "1.005", "abc", "NaN", "1e9", "Infinity"])
def test_a_price_that_makes_no_sense_is_refused_and_the_rest_is_kept(as_staff, lamp, price):
    response = as_staff.post(f"{LIST}add/", lamp | {"price_cents": price})

    assert response.status_code == 200
    assert "price_cents" in response.context["adminform"].form.errors
    assert read(response).sent["name"] == "Desk lamp"


@pytest.mark.parametrize(
    ("currency", "typed", "words"),
    [
        ("usd", "0.49", "Stripe takes no less than $0.50 in one payment."),
        ("usd", "1000000", "Stripe takes no more than $999,999.99 in one payment."),
        ("usd", "1,250", "1,250 can be read as 1250 or as 1.25. " + TWO_DECIMALS),
        ("usd", "12.345", "12.345 can be read as 12345 or as 12.345. " + TWO_DECIMALS),
        ("usd", "0.505", "USD has no more than 2 decimals."),
        ("huf", "100", "Stripe takes no less than HUF175.00 in one payment."),
        ("isk", "12.50", "ISK has no decimals."),
        ("ugx", "0,50", "UGX has no decimals."),
        ("jpy", "500.5", "JPY has no decimals."),
        ("kwd", "1.234", "The third decimal of KWD has to be 0: Stripe takes no other."),
        ("usd", "abc", "Write an amount like 120.00, digits only."),
    ],
)
def test_a_price_that_stripe_would_refuse_is_refused_in_words(
    as_staff, lamp, settings, currency, typed, words
):
    settings.CURRENCY = currency
    page = as_staff.post(f"{LIST}add/", lamp | {"price_cents": typed})

    assert page.context["adminform"].form.errors["price_cents"] == [words]
    assert read(page).sent["price_cents"] == typed
    assert not Product.objects.filter(slug="desk-lamp").exists()


@pytest.mark.parametrize("typed", ["19", "19.0", "19,00", " 19.00 "])
def test_a_price_written_in_another_way_has_not_changed(as_staff, lamp, mug, typed):
    same = {"name": mug.name, "slug": mug.slug, "description": "Holds coffee.", "initial-stock": ""}
    as_staff.post(f"{LIST}{mug.pk}/change/", lamp | same | {"price_cents": typed})

    changed = "Changed Description from “Holds tea.” to “Holds coffee.”."
    assert LogEntry.objects.get().get_change_message() == changed


def test_the_price_is_a_field_that_no_mouse_wheel_changes(as_staff, mug):
    page = as_staff.get(f"{LIST}{mug.pk}/change/")

    widget = page.context["adminform"].form["price_cents"].as_widget()
    assert 'type="text"' in widget
    assert 'inputmode="decimal"' in widget


def test_a_product_made_without_the_form_is_held_to_the_same_prices(mug):
    mug.price_cents = 49
    with pytest.raises(ValidationError, match="no less than") as refused:
        mug.full_clean()

    assert list(refused.value.message_dict) == ["price_cents"]


def test_a_product_whose_price_is_not_payable_any_more_can_be_switched_off(as_staff, mug):
    Product.objects.update(price_cents=10)
    row = {"form-0-id": mug.pk, "form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1}
    as_staff.post(LIST, row | {"_save": "Save"})

    assert not Product.objects.get().is_active


def test_the_database_refuses_a_price_of_nothing(mug):
    with pytest.raises(IntegrityError, match="a_price_is_positive"), transaction.atomic():
        Product.objects.update(price_cents=0)


def test_a_product_is_switched_off_in_the_list(as_staff, mug):
    form = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": mug.pk, "_save": "Save"}
    as_staff.post(LIST, form)

    mug.refresh_from_db()
    assert not mug.is_active


@pytest.mark.parametrize(("action", "is_active"), [("activate", True), ("deactivate", False)])
def test_products_are_switched_in_bulk(as_staff, mug, bowl, action, is_active):
    Product.objects.update(is_active=not is_active)
    selected = {"action": action, "_selected_action": [mug.pk, bowl.pk]}
    as_staff.post(LIST, selected)

    assert set(Product.objects.values_list("is_active", flat=True)) == {is_active}


@pytest.mark.parametrize("words", ["mug", "tea", "kitchen", "speckled mug"])
def test_a_product_is_found_by_name_description_and_category(as_staff, mug, bowl, words):
    bowl.category = Category.objects.create(name="x", slug="x")
    bowl.save()
    page = read(as_staff.get(LIST, {"q": words}))

    assert page.column("Name") == ["Speckled mug"]


def test_products_are_filtered_by_active_and_category(as_staff, mug, bowl):
    Product.objects.filter(pk=bowl.pk).update(is_active=False)
    asked = {"is_active__exact": 1, "category__id__exact": mug.category.pk}

    assert read(as_staff.get(LIST, asked)).column("Name") == ["Speckled mug"]


def test_a_product_that_was_never_bought_can_be_removed(as_staff, mug):
    as_staff.post(f"{LIST}{mug.pk}/delete/", {"post": "yes"})

    assert not Product.objects.exists()


def test_removing_a_bought_product_is_refused_with_advice(as_staff, sold):
    single = as_staff.get(f"{LIST}{sold.pk}/delete/")
    as_staff.post(f"{LIST}{sold.pk}/delete/", {"post": "yes"})
    selected = {"action": "delete_selected", "_selected_action": [sold.pk]}
    several = as_staff.post(LIST, selected)
    as_staff.post(LIST, selected | {"post": "yes"})

    assert "Deactivate it instead" in read(single).text
    assert "Deactivate it instead" in read(several).text
    assert Product.objects.filter(pk=sold.pk).exists()


def test_checkouts_are_records_to_look_at(as_staff, sold):
    checkout = Checkout.objects.get()
    url = f"/admin/shop/checkout/{checkout.pk}/"

    assert read(as_staff.get("/admin/shop/checkout/", {"q": "mug"})).column("Total") == ["$19.00"]
    assert read(as_staff.get(f"{url}change/")).row("Speckled mug")
    assert as_staff.post(f"{url}change/", {"status": "open"}).status_code == 403
    assert as_staff.post(f"{url}delete/", {"post": "yes"}).status_code == 403
    assert as_staff.get("/admin/shop/checkout/add/").status_code == 403


@pytest.mark.parametrize("url", [LIST, f"{LIST}add/", "/admin/shop/checkout/", "/admin/"])
def test_shoppers_are_sent_away(as_alice, url):
    response = as_alice.get(url)

    assert response.status_code == 302
    assert response.url.startswith("/admin/login/")


@pytest.mark.parametrize(
    ("stock", "filters"), [(None, []), (6, []), (5, ["low"]), (0, ["low", "none"])]
)
def test_what_has_to_be_bought_in_is_found(as_staff, mug, stock, filters):
    Product.objects.update(stock=stock)

    found = [name for name in ("low", "none") if stocked(as_staff, name)]
    assert found == filters


def stocked(client, name: str) -> list[dict[str, str]]:
    return read(client.get(LIST, {"stock": name})).rows


def test_a_product_is_one_click_from_its_page_while_it_has_one(as_staff, mug):
    def targets() -> set[str]:
        return read(as_staff.get(f"{LIST}{mug.pk}/change/")).targets

    assert mug.get_absolute_url() in targets()

    Product.objects.update(is_active=False)
    assert mug.get_absolute_url() not in targets()


def test_who_may_only_look_reads_prices_as_money_and_changes_nothing(mug, as_clerk):
    client = as_clerk("view_product")
    page = read(client.get(f"{LIST}{mug.pk}/change/"))

    assert page.facts["Price"] == "$19.00"
    assert page.fields == {}
    assert "action" not in read(client.get(LIST)).sent
    assert client.post(f"{LIST}{mug.pk}/change/", {"name": "x"}).status_code == 403
    client.post(LIST, {"action": "deactivate", "_selected_action": [mug.pk]})
    assert Product.objects.filter(pk=mug.pk, is_active=True, name=mug.name).exists()


def test_what_is_switched_in_bulk_stands_in_the_history_of_each_that_was_not_so(
    as_staff, mug, bowl
):
    Product.objects.filter(pk=bowl.pk).update(is_active=False)
    chosen = {"action": "deactivate", "_selected_action": [mug.pk, bowl.pk]}
    as_staff.post(LIST, chosen)

    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.change_message) == (str(mug.pk), "Active from yes to no.")


def test_a_checkout_that_was_looked_at_says_by_whom(as_staff, sold, staff):
    Checkout.objects.update(needs_review=True)
    pk = Checkout.objects.get().pk
    chosen = {"action": "resolve_review", "_selected_action": [pk]}
    as_staff.post("/admin/shop/checkout/", chosen)

    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.user, entry.change_message) == (
        *(str(pk), staff, "Review resolved."),
    )
