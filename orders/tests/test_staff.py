"""Staff with only some permissions see and do what they may, and no more."""

from uuid import uuid4

import pytest

from orders.models import StripeEvent
from orders.refunds import refund
from tests.pages import read

ORDERS = "/admin/orders/order/"
EVENTS = "/admin/orders/stripeevent/"


def test_who_may_see_an_order_sees_what_it_is_made_of(as_clerk, order):
    refund(order, 1900, "requested_by_customer", uuid4())
    page = read(as_clerk("view_order").get(f"{ORDERS}{order.pk}/change/"))

    assert page.row("Speckled mug")["Total"] == "$38.00"
    assert page.row("The buyer asked for it")["Amount"] == "$19.00"
    assert page.part(".object-tools").items == ["History"]
    assert page.buttons == {}


def test_who_may_refund_needs_to_be_allowed_to_see_the_order_too(as_clerk, order):
    assert as_clerk("add_refund").get(f"{ORDERS}{order.pk}/refund/").status_code == 403


@pytest.mark.parametrize(
    "act", ["ship", "unship", "cancel", "correct", "change", "resolve", "resend-receipt"]
)
def test_who_may_refund_does_nothing_else(as_clerk, order, act):
    client = as_clerk("view_order", "add_refund")

    assert client.get(f"{ORDERS}{order.pk}/refund/").status_code == 200
    assert client.post(f"{ORDERS}{order.pk}/{act}/", {"note": "x"}).status_code == 403


def test_who_packs_ships_and_gives_no_money_back(as_clerk, order):
    client = as_clerk("view_order", "change_order")
    tools = read(client.get(f"{ORDERS}{order.pk}/change/"), ".object-tools")

    assert tools.items == ["Mark as shipped", "Resend receipt", "History"]
    assert client.get(f"{ORDERS}{order.pk}/ship/").status_code == 200


def test_settling_a_review_is_a_permission_of_its_own(as_clerk, order):
    order.ask_for_review("A difference.")
    client = as_clerk("view_order", "change_order", "add_refund")
    url = f"{ORDERS}{order.pk}/resolve/"

    assert client.get(url).status_code == 403
    tools = read(client.get(f"{ORDERS}{order.pk}/change/"), ".object-tools")
    assert "Resolve review" not in tools.items


def test_who_may_only_see_events_handles_none_again(as_clerk):
    event = StripeEvent.objects.create(
        stripe_event_id="evt_1", type="checkout.session.completed", object_id="x", error="x"
    )
    client = as_clerk("view_stripeevent")
    assert "action" not in read(client.get(EVENTS)).sent

    client.post(EVENTS, {"action": "handle_again", "_selected_action": [event.pk]})
    event.refresh_from_db()
    assert event.handled_at is None
    assert event.error == "x"


@pytest.mark.parametrize(
    ("permission", "url"),
    [
        ("view_product", ORDERS),
        ("view_product", EVENTS),
        ("view_order", "/admin/shop/product/"),
        ("view_order", "/admin/accounts/user/"),
        ("view_order", "/admin/shop/checkout/"),
    ],
)
def test_other_lists_stay_closed(as_clerk, order, permission, url):
    assert as_clerk(permission).get(url).status_code == 403


def test_the_admin_wears_the_colours_of_the_shop(as_staff):
    page = as_staff.get("/admin/").text

    assert page.index("shop/css/tokens.css") < page.index("shop/css/admin.css")
