"""Promotion codes, tax and shipping: what Stripe returned is what is kept, and what all see."""

import csv
import io
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.test import Client

from orders.models import Order
from stripe_simulator import store
from tests.pages import read

CARD = {"number": "4242 4242 4242 4242", "expiry": "12/34", "cvc": "123", "name": "Alice"}
ADDRESS = {
    "recipient": "Alice Ames",
    "line1": "1 High Street",
    "line2": "Top floor",
    "city": "Oslo",
    "postal_code": "0150",
    "country": "NO",
}
LABEL = ["Alice Ames", "1 High Street", "Top floor", "Oslo", "0150", "NO"]


@pytest.fixture
def buy_two(as_alice, as_staff, mug, django_capture_on_commit_callbacks):
    """Two mugs for $38.00 through the shop's and Stripe's pages: the order, and what shows it."""

    def walk(code: str = "", shipping_cents: int = 0, **typed: str) -> tuple[Order, dict[str, str]]:
        stripe_page = path(as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 2}).url)
        if code:
            assert as_alice.post(f"{stripe_page}code/", {"code": code}).status_code == 303
        if shipping_cents:
            charge_for_shipping(stripe_page.split("/")[-2], shipping_cents)
        with django_capture_on_commit_callbacks(execute=True):
            back = as_alice.post(stripe_page, {"action": "pay"} | typed)
        assert back.status_code == 303
        success = read(as_alice.get(path(back.url))).text
        order = Order.objects.get()
        return order, {"success": success} | pages_of(order, as_alice, as_staff)

    return walk


def pages_of(order: Order, buyer: Client, staff: Client) -> dict[str, str]:
    (receipt,) = mail.outbox
    return {
        "order": read(buyer.get(order.get_absolute_url())).text,
        "receipt": read(buyer.get(f"{order.get_absolute_url()}receipt/")).text,
        "mail": str(receipt.body),
        "mail in HTML": read(str(receipt.alternatives[0].content), "body").text,
        "admin": read(staff.get(f"/admin/orders/order/{order.pk}/change/")).text,
    }


@pytest.fixture
def exported(as_staff):
    """The order's row in the spreadsheet."""

    def row(order: Order) -> dict[str, str]:
        selected = {"action": "export_orders", "_selected_action": [order.pk]}
        text = as_staff.post("/admin/orders/order/", selected).getvalue().decode()
        return next(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))

    return row


def path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def charge_for_shipping(session_id: str, amount_cents: int) -> None:
    """As a shipping rate of the Stripe account does; the simulator serves none of its own."""
    with store.transaction() as db:
        session = db.require("checkout.session", session_id, "session")
        session["total_details"]["amount_shipping"] = amount_cents
        session["amount_total"] += amount_cents
        db.put(session)


def assert_shown(pages: dict[str, str], *texts: str) -> None:
    for name, page in pages.items():
        for text in texts:
            assert text in page.replace("−", "-").replace(": ", " "), f"{text} is missing in {name}"


def test_a_promotion_code_takes_off_what_stripe_took_off(buy_two, exported, settings):
    settings.STRIPE_PROMOTION_CODES = True
    order, pages = buy_two("save10", **CARD)

    assert (order.subtotal_cents, order.discount_cents, order.total_cents) == (3800, 380, 3420)
    assert not order.needs_review
    assert_shown(pages, "Discount -$3.80", "Total $34.20")
    row = exported(order)
    assert (row["subtotal"], row["discount"], row["total"]) == (
        "38.00",
        "3.80",
        "34.20",
    )


def test_tax_is_what_stripe_computed(buy_two, exported, settings):
    settings.STRIPE_AUTOMATIC_TAX = True
    order, pages = buy_two(**CARD)

    assert (order.subtotal_cents, order.tax_cents, order.total_cents) == (3800, 304, 4104)
    assert not order.needs_review
    assert_shown(pages, "Tax $3.04", "Total $41.04")
    row = exported(order)
    assert (row["tax"], row["total"]) == ("3.04", "41.04")


def test_the_parcel_goes_where_the_buyer_told_stripe(buy_two, exported, settings, as_staff):
    settings.STRIPE_SHIPPING_COUNTRIES = ["NO", "SE"]
    order, pages = buy_two(**CARD, **ADDRESS)

    assert [order.shipping_name, *order.shipping_address.splitlines()] == LABEL
    assert not order.needs_review
    assert_shown(pages, *LABEL)
    row = exported(order)
    assert [row["shipping_name"], *row["shipping_address"].splitlines()] == LABEL
    to_ship = read(as_staff.get("/admin/orders/order/", {"status": "to_ship"}))
    assert to_ship.column("Number") == [order.number]


def test_shipping_costs_what_stripe_charged_for_it(buy_two, exported):
    order, pages = buy_two(**CARD, shipping_cents=595)

    assert (order.shipping_cents, order.total_cents) == (595, 4395)
    assert not order.needs_review
    assert_shown(pages, "Delivery $5.95", "Total $43.95")
    row = exported(order)
    assert (row["shipping"], row["total"]) == ("5.95", "43.95")


def test_all_of_it_together_adds_up(buy_two, exported, settings):
    settings.STRIPE_PROMOTION_CODES = settings.STRIPE_AUTOMATIC_TAX = True
    settings.STRIPE_SHIPPING_COUNTRIES = ["NO"]
    order, pages = buy_two("SAVE10", 595, **CARD, **ADDRESS)

    assert (order.discount_cents, order.shipping_cents, order.tax_cents) == (380, 595, 274)
    assert order.total_cents == 3800 - 380 + 595 + 274
    assert not order.needs_review
    sums = ("Discount -$3.80", "Delivery $5.95", "Tax $2.74", "Total $42.89")
    assert_shown(pages, *sums, *LABEL)


def test_an_order_for_nothing_is_an_order_without_a_payment(
    buy_two, exported, settings, as_staff, as_alice
):
    settings.STRIPE_PROMOTION_CODES = True
    order, pages = buy_two("FREE100")

    assert (order.discount_cents, order.total_cents) == (3800, 0)
    assert order.stripe_payment_intent_id is None
    assert not order.needs_review
    assert_shown(pages, "Discount -$38.00", "Total $0.00")
    assert "Thank you. There was nothing to pay." in pages["success"]
    assert exported(order)["total"] == "0.00"
    assert exported(order)["status"] == "Ordered"
    assert read(as_alice.get("/orders/")).row(order.number)["Status"] == "Ordered"
    own = read(as_alice.get(order.get_absolute_url()))
    assert own.part(".progress-line").items[0].startswith("Ordered ")
    assert "Paid" not in own.text
    for status, shown in (("free", True), ("paid", False), ("refunded", False)):
        found = read(as_staff.get("/admin/orders/order/", {"status": status}))
        assert found.column("Number") == [order.number] * shown


def test_there_is_nothing_to_give_back_of_an_order_for_nothing(buy_two, settings, as_staff):
    settings.STRIPE_PROMOTION_CODES = True
    order, _ = buy_two("FREE100")
    url = f"/admin/orders/order/{order.pk}/refund/"

    targets = read(as_staff.get(f"/admin/orders/order/{order.pk}/change/")).targets
    assert url not in targets
    assert not any("dashboard.stripe.com" in target for target in targets)
    page = as_staff.get(url)
    assert page.status_code == 200
    assert "Nothing was paid, so there is nothing to refund." in read(page).paragraphs
    assert not read(page).has("form")


def test_two_orders_for_nothing_do_not_get_into_each_others_way(as_alice, as_bob, mug, settings):
    settings.STRIPE_PROMOTION_CODES = True
    for client in (as_alice, as_bob):
        stripe_page = path(client.post(f"/checkout/{mug.pk}/", {"quantity": 1}).url)
        client.post(f"{stripe_page}code/", {"code": "FREE100"})
        back = client.post(stripe_page, {"action": "pay"})
        assert read(client.get(path(back.url))).headings[0] == "Order received"

    assert Order.objects.filter(total_cents=0, needs_review=False).count() == 2


def test_tax_within_the_prices_is_named_and_not_added(buy_two, as_alice, as_staff):
    order, _ = buy_two(**CARD)
    Order.objects.update(tax_cents=607)  # 19 % in 38.00

    url = order.get_absolute_url()
    for page in (as_alice.get(url), as_staff.get(f"/admin/orders/order/{order.pk}/change/")):
        assert "Tax, included $6.07" in read(page).text
