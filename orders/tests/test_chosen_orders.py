"""Many orders at once: shipped by one button, and printed for the parcels."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.core import mail

from orders.forms import A_CARRIER
from orders.models import Order
from tests.pages import read, told

LIST = "/admin/orders/order/"
TO_SHIP = f"{LIST}?status=to_ship"


@pytest.fixture
def orders(as_alice, as_bob, mug, purchase) -> list[Order]:
    made = [purchase(as_alice, mug, 2), purchase(as_bob, mug), purchase(as_bob, mug)]
    for number, order in enumerate(made, 1):
        Order.objects.filter(pk=order.pk).update(
            shipping_name=f"Buyer {number}", shipping_address=f"{number} High Street"
        )
    mail.outbox.clear()
    return made


@pytest.fixture
def choose(as_staff):
    """In the list To ship: the page to which an action leads."""

    def choose(orders: list[Order], action: str = "ship") -> str:
        data = {"action": action, "_selected_action": [order.pk for order in orders]}
        return as_staff.post(TO_SHIP, data).url

    return choose


def field(order: Order) -> str:
    return f"Tracking number of {order.number}"


def sent(page, carrier: str = "", **numbers: str) -> dict[str, str]:
    form = read(page).sent
    return form | {"carrier": carrier} | numbers


def number_of(order: Order) -> str:
    return f"number_{order.pk}"


def shipped(orders: list[Order]) -> list[bool]:
    return [bool(Order.objects.get(pk=order.pk).shipped_at) for order in orders]


def test_many_are_shipped_by_one_button_and_the_list_is_as_it_was(as_staff, orders, choose):
    url = choose(orders[:2])
    page = as_staff.get(url)
    assert read(page).fields == {"Carrier": "", field(orders[0]): "", field(orders[1]): ""}
    assert read(page).buttons == {"Mark 2 orders as shipped": ""}
    form = sent(page, "DHL", **{number_of(orders[0]): "AB 1"})
    done = as_staff.post(url, form)

    assert done.url == TO_SHIP
    assert told(as_staff.get(done.url)) == ["2 orders are on their way. The buyers get an e-mail."]
    assert shipped(orders) == [True, True, False]
    tracking = ("carrier", "tracking_number", "tracking_url")
    assert Order.objects.values_list(*tracking).get(pk=orders[0].pk) == (
        *("DHL", "AB 1", "https://www.dhl.com/global-en/home/tracking.html?tracking-id=AB1"),
    )
    assert Order.objects.values_list(*tracking).get(pk=orders[1].pk) == ("DHL", "", "")
    assert sorted(message.to[0] for message in mail.outbox) == [
        *("alice@example.com", "bob@example.com")
    ]
    assert LogEntry.objects.filter(change_message="Shipped.").count() == 2


def test_a_double_click_ships_and_tells_once(as_staff, orders, choose):
    url = choose(orders)
    form = sent(as_staff.get(url), "DHL", **{number_of(orders[0]): "AB 1"})
    for _ in range(2):
        done = as_staff.post(url, form)

    assert told(as_staff.get(done.url))[-1] == "3 orders are on their way already."
    assert len(mail.outbox) == 3
    assert LogEntry.objects.filter(change_message="Shipped.").count() == 3


def test_a_bad_row_stops_no_other_and_keeps_what_was_typed(as_staff, orders, choose):
    url = choose(orders)
    form = sent(as_staff.get(url), "DHL", **{number_of(orders[1]): "9" * 101})
    page = as_staff.post(url, form)

    assert shipped(orders) == [True, False, True]
    assert read(page).fields == {"Carrier": "DHL", field(orders[1]): "9" * 101}
    assert len(read(page, ".errorlist").items) == 1
    as_staff.post(url, sent(page, "DHL", **{number_of(orders[1]): "9"}))
    assert shipped(orders) == [True, True, True]
    assert len(mail.outbox) == 3


@pytest.mark.parametrize(
    ("meanwhile", "why"),
    [
        ({"needs_review": True, "review_reason": "x"}, "It needs review first."),
        ({"disputed": True}, "The payment is disputed."),
        ({"refunded_cents": 3800}, "The money went back."),
        ({"shipping_address": ""}, "It has no address."),
    ],
)
def test_what_is_not_to_be_packed_any_more_is_not_shipped(as_staff, orders, choose, meanwhile, why):
    url = choose(orders)
    form = sent(as_staff.get(url), **{number_of(orders[0]): "AB 1"})
    Order.objects.filter(pk=orders[0].pk).update(**meanwhile)
    page = as_staff.post(url, form)

    assert shipped(orders) == [False, True, True]
    assert read(page, ".errorlist").items == [why]
    assert read(page).field(field(orders[0])) == "AB 1"
    # And to who opens the page now it says so at once.
    assert f"{orders[0].number}: {why}" in read(as_staff.get(url)).items
    assert field(orders[0]) not in read(as_staff.get(url)).fields


def test_what_a_colleague_shipped_with_another_number_is_not_overwritten(as_staff, orders, choose):
    url = choose(orders[:1])
    form = sent(as_staff.get(url), **{number_of(orders[0]): "mine"})
    orders[0].ship("hers", "")
    page = as_staff.post(url, form)

    assert read(page, ".errorlist").items == ["It is on its way already with hers."]
    assert Order.objects.get(pk=orders[0].pk).tracking_number == "hers"


def test_a_carrier_that_is_too_long_is_said_to_be_so_and_ships_nothing(as_staff, orders, choose):
    url = choose(orders[:1])
    page = as_staff.post(url, sent(as_staff.get(url), "D" * 51))

    (reason,) = read(page, ".errorlist").items
    assert reason.startswith("Ensure this value has at most 50 characters")
    assert read(page).field("Carrier") == "D" * 51
    assert shipped(orders) == [False, False, False]


def test_each_parcel_says_what_is_in_it_and_where_it_goes(as_staff, orders, choose):
    orders[0].lines.create(product_name="Walnut bowl", unit_price_cents=100, quantity=1)
    page = read(as_staff.get(choose(orders[:1])))

    parcel = page.part(".parcel")
    assert parcel.link(orders[0].number) == f"{LIST}{orders[0].pk}/change/"
    assert parcel.paragraphs == [f"{orders[0].number}: 2 × Speckled mug, 1 × Walnut bowl"]
    assert parcel.part("address").text == "Buyer 1 1 High Street"
    assert page.part("#id_carrier_helptext").text == A_CARRIER
    assert page.link("Back to the list") == TO_SHIP
    assert not page.has(".left-out")


def test_more_than_one_page_holds_is_refused_in_words(as_staff, orders, choose, monkeypatch):
    monkeypatch.setattr("orders.chosen_orders.MOST_AT_ONCE", 2)
    data = {"action": "ship", "_selected_action": [order.pk for order in orders]}
    page = as_staff.post(TO_SHIP, data, follow=True)

    assert told(page) == ["Choose at most 2 orders at once."]


@pytest.mark.parametrize("chosen", ["", "x,,-1", "9" * 30, "999999"])
@pytest.mark.parametrize("page", ["ship", "packing-slips"])
def test_an_address_without_orders_leads_back(as_staff, db, page, chosen):
    answer = as_staff.get(f"{LIST}{page}/", {"orders": chosen})

    assert read(answer).link("Back to the list") == LIST


def test_who_may_not_change_orders_ships_none_and_prints(as_clerk, as_staff, orders, choose):
    ship, slips = choose(orders), choose(orders, "packing_slips")
    client = as_clerk("view_order")

    assert client.get(ship).status_code == 403
    assert client.post(ship, sent(as_staff.get(ship))).status_code == 403
    assert client.get(slips).status_code == 200
    assert shipped(orders) == [False, False, False]


def test_a_slip_has_all_that_who_packs_needs(as_staff, orders, choose, settings):
    all_of_them, one = choose(orders, "packing_slips"), choose(orders[:1], "packing_slips")
    Order.objects.filter(pk=orders[0].pk).update(
        staff_note="Wrap it.", delivery_name="Express", disputed=True
    )
    assert len(read(as_staff.get(all_of_them)).find(".slip")) == 3
    slip = read(as_staff.get(one), ".slip")
    named = f"order-{orders[0].number}"
    assert slip.element.get("aria-labelledby") == named
    assert slip.part("h2").element.get("id") == named

    assert slip.headings == [f"{settings.SHOP_NAME}: order {orders[0].number}", "Internal note"]
    assert slip.part("address").text == "Buyer 1 1 High Street"
    assert slip.rows == [{"Quantity": "2", "Product": "Speckled mug"}]
    warning, paid, note = slip.paragraphs
    assert warning == "Do not send. The payment is disputed."
    assert paid.endswith("Delivery: Express")
    assert note == "Wrap it."


def test_a_slip_says_no_more_than_there_is_to_say(as_staff, orders, choose):
    slip = read(as_staff.get(choose(orders[:1], "packing_slips")), ".slip")

    assert len(slip.headings) == 1
    (paid,) = slip.paragraphs
    assert re.fullmatch(r"Paid [\w.]+ \d+, \d{4}", paid)
