"""Which delivery was chosen, and when it should be there: wherever the order shows."""

import csv
import io
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from orders.mails import on_its_way, send_receipt
from orders.models import Order
from orders.recording import record_order
from shop.models import Checkout, DeliveryOption
from stripe_simulator import store
from stripe_simulator.testing import pay, restrict_key, set_nulls
from tests.pages import read

LIST = "/admin/orders/order/"
THURSDAY = datetime(2026, 11, 26, 12, tzinfo=UTC)
DAYS = "Standard, expected between Tue, December 1 and Thu, December 3"


def parcel_to(country):
    return {"name": "Alice Ames", "address": {"line1": "1 High Street", "country": country}}


@pytest.fixture
def sell(as_alice, mug, buy, standard, express):
    """Sell two mugs for $38.00 on a Thursday: the order, with the option chosen from 0."""

    def sell(chosen=0, country="US", at=THURSDAY):
        with time_machine.travel(at, tick=False):
            checkout = buy(as_alice, mug, 2)
            pay(checkout.stripe_session_id, shipping=parcel_to(country), shipping_option=chosen)
            return record_order(checkout.stripe_session_id)

    return sell


def test_the_order_keeps_what_was_chosen_and_when_it_should_be_there(sell):
    order = sell()

    assert (order.delivery_name, order.shipping_cents, order.total_cents) == ("Standard", 490, 4290)
    assert (order.expected_from, order.expected_to) == (date(2026, 12, 1), date(2026, 12, 3))
    assert not order.needs_review


def test_the_second_option_is_kept_as_well(sell):
    order = sell(1)

    assert (order.delivery_name, order.shipping_cents) == ("Express", 1200)
    assert order.delivery == "Express, expected between Fri, November 27 and Mon, November 30"


def test_the_days_are_written_as_in_the_shops_region(sell, settings):
    settings.LANGUAGE_CODE = "en-gb"

    assert sell().expected == "between Tue, 1 December and Thu, 3 December"


def test_one_day_is_named_once(sell):
    DeliveryOption.objects.update(days_min=1, days_max=1)

    assert sell().delivery == "Standard, expected on Fri, November 27"


def test_the_days_are_counted_from_the_shops_own_day(sell):
    with timezone.override("Asia/Tokyo"):  # where it is Friday already
        order = sell(1, at=datetime(2026, 11, 26, 20, tzinfo=UTC))

    assert order.expected_from == date(2026, 11, 30)


def test_what_becomes_of_the_option_later_changes_nothing(sell):
    order = sell()
    DeliveryOption.objects.update(days_max=50)
    DeliveryOption.objects.all().delete()
    order.refresh_from_db()

    assert order.delivery == DAYS


def test_an_option_that_was_renamed_before_the_payment_has_its_name_of_then(
    as_alice, mug, buy, standard
):
    checkout = buy(as_alice, mug)
    DeliveryOption.objects.update(name="Slow")
    pay(checkout.stripe_session_id, shipping=parcel_to("US"))

    assert record_order(checkout.stripe_session_id).delivery_name == "Standard"


def test_every_page_and_mail_about_the_order_says_it(sell, as_alice, as_staff):
    order = sell()
    send_receipt(order.pk)
    order.ship("", "")
    on_its_way(order.pk)
    receipt, word = mail.outbox

    success = read(as_alice.get(f"/success/?session_id={order.stripe_session_id}"))
    assert "Delivery: Standard" in success.paragraphs
    assert "Expect it between Tue, December 1 and Thu, December 3." in success.text
    for url in (order.get_absolute_url(), f"{order.get_absolute_url()}receipt/"):
        assert read(as_alice.get(url), ".facts").facts["Delivery"] == DAYS
    for body in (receipt.body, word.body):
        assert f"Delivery: {DAYS}" in body.splitlines()
    html = read(str(receipt.alternatives[0].content), "body")
    assert f"Delivery: {DAYS}" in html.paragraphs
    assert read(as_staff.get(f"{LIST}{order.pk}/change/")).facts["Delivery"] == DAYS
    assert f"Delivery: {DAYS}" in read(as_staff.get(f"{LIST}{order.pk}/ship/")).paragraphs


def test_who_packs_reads_in_the_list_how_each_parcel_goes(sell, as_staff):
    order = sell()

    assert read(as_staff.get(LIST, {"status": "to_ship"})).row(order.number)["Delivery"] == DAYS
    assert "Delivery" not in read(as_staff.get(LIST)).row(order.number)


def test_the_last_column_of_the_spreadsheet_is_the_delivery(sell, as_staff):
    order = sell()
    selected = {"action": "export_orders", "_selected_action": [order.pk]}
    text = as_staff.post(LIST, selected).getvalue().decode().removeprefix("\ufeff")
    heads, row = csv.reader(io.StringIO(text))

    assert (heads[-1], row[-1]) == ("delivery", "Standard")


def test_of_what_was_given_back_nothing_is_expected(sell):
    order = sell()
    order.refunded_cents = order.total_cents

    assert order.delivery == "Standard"


def test_an_order_without_delivery_says_nothing_of_it(order, as_alice):
    send_receipt(order.pk)

    page = read(as_alice.get(order.get_absolute_url()))
    assert "Delivery" not in page.facts
    assert "Delivery" not in mail.outbox[0].body
    assert not order.has_parcel


# --- What staff should look at


def change_session(order_or_checkout, **changes):
    with store.transaction() as db:
        session = db.require("checkout.session", order_or_checkout.stripe_session_id, "session")
        db.put(session | changes)


@pytest.fixture
def paid_for(as_alice, mug, buy, standard, express):
    """A checkout that is paid at Stripe, and not yet recorded."""

    def paid_for(country="US", chosen=0):
        checkout = buy(as_alice, mug, 2)
        pay(checkout.stripe_session_id, shipping=parcel_to(country), shipping_option=chosen)
        return checkout

    return paid_for


def test_an_address_to_which_the_chosen_option_does_not_go_is_for_review(paid_for, express):
    DeliveryOption.objects.filter(pk=express.pk).update(countries="US, NO")
    order = record_order(paid_for("NO").stripe_session_id)

    assert order.needs_review
    assert order.reasons == ["Standard does not go to Norway: agree on another way with the buyer."]
    assert order.delivery_name == "Standard"


def test_an_address_to_which_it_goes_is_none_for_review(paid_for, express):
    DeliveryOption.objects.filter(pk=express.pk).update(countries="US, NO")

    assert not record_order(paid_for("NO", chosen=1).stripe_session_id).needs_review


def test_where_stripe_tells_no_address_no_country_is_a_wrong_one(paid_for):
    checkout = paid_for()
    change_session(checkout, collected_information=None)

    assert not record_order(checkout.stripe_session_id).needs_review


def test_an_amount_that_no_option_costs_is_for_review(paid_for):
    checkout = paid_for()
    details = {"amount_discount": 0, "amount_shipping": 700, "amount_tax": 0}
    change_session(checkout, total_details=details, amount_total=4500)
    order = record_order(checkout.stripe_session_id)

    assert order.reasons == [
        "Stripe charged $7.00 for delivery, which is the price of none offered here."
    ]


def test_the_price_of_another_option_than_the_chosen_one_is_for_review(paid_for):
    checkout = paid_for()
    details = {"amount_discount": 0, "amount_shipping": 1200, "amount_tax": 0}
    change_session(checkout, total_details=details, amount_total=5000)

    assert record_order(checkout.stripe_session_id).needs_review


def test_where_stripe_names_no_option_its_price_tells_which_it_was(paid_for):
    checkout = paid_for()
    change_session(checkout, shipping_cost=None)
    order = record_order(checkout.stripe_session_id)

    assert order.delivery_name == "Standard"
    assert not order.needs_review


def test_where_neither_name_nor_price_tell_which_it_was_staff_are_asked(paid_for, express):
    DeliveryOption.objects.update(price_cents=490)
    checkout = paid_for()
    change_session(checkout, shipping_cost=None)
    order = record_order(checkout.stripe_session_id)

    assert order.delivery_name == ""
    assert order.reasons == ["Stripe did not say which delivery was chosen."]


def test_a_key_that_may_not_read_shipping_rates_still_records_the_order(paid_for):
    checkout = paid_for()
    restrict_key({"checkout/sessions": "read", "events": "read"})
    order = record_order(checkout.stripe_session_id)

    assert (order.delivery_name, order.needs_review) == ("Standard", False)


def test_without_its_checkout_the_order_says_what_stripe_showed(paid_for):
    checkout = paid_for()
    Checkout.objects.all().delete()
    order = record_order(checkout.stripe_session_id)

    assert order.delivery_name == "Standard"
    assert order.expected_from < order.expected_to


def test_a_stripe_that_says_nothing_keeps_no_order_away(paid_for):
    checkout = paid_for()
    Checkout.objects.all().delete()
    set_nulls(True)

    assert record_order(checkout.stripe_session_id).delivery == ""
    assert Order.objects.count() == 1
