"""A parcel on its way: staff note it, the buyer is told once and can follow it."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.core import mail

from orders import mails
from orders.models import Order
from orders.recording import record_order
from orders.refunds import refund
from stripe_simulator.testing import pay
from tests.pages import read, told, words

LIST = "/admin/orders/order/"
LINK = "https://carrier.example/track/AB123"
NUMBER = "AB 123 & CO"
ADDRESS = {"name": "Alice Ames", "address": {"line1": "1 High Street", "country": "NO"}}


@pytest.fixture
def order(as_alice, mug, buy, settings) -> Order:
    settings.STRIPE_SHIPPING_COUNTRIES = ["NO"]
    checkout = buy(as_alice, mug, 2)
    pay(checkout.stripe_session_id, shipping=ADDRESS)
    return record_order(checkout.stripe_session_id)


@pytest.fixture
def ship(as_staff, django_capture_on_commit_callbacks):
    """Fill in the page for it, as staff."""

    def send(order, number=NUMBER, link=LINK, client=as_staff, **more):
        data = {"tracking_number": number, "tracking_url": link} | more
        with django_capture_on_commit_callbacks(execute=True):
            response = client.post(f"{LIST}{order.pk}/ship/", data)
        order.refresh_from_db()
        return response

    return send


def listed(client, status: str) -> bool:
    return len(read(client.get(LIST, {"status": status})).rows) == 1


def prominent(page) -> list[str]:
    """The buttons that stand out."""
    return [words(button) for button in page.find(".btn-primary")]


def test_the_buyer_sees_when_it_was_shipped_and_how_to_follow_it(as_alice, order, ship):
    before = read(as_alice.get(order.get_absolute_url()))
    assert before.part(".progress-line").items[-1] == "Shipped Not yet"
    assert "Follow the parcel" not in dict(before.links)
    assert prominent(before) == ["Buy again"]

    ship(order)
    Order.objects.update(shipped_at=datetime(2027, 5, 3, 9, 30, tzinfo=UTC))
    page = read(as_alice.get(order.get_absolute_url()))
    assert page.part(".progress-line").items[-1] == "Shipped May 3, 2027"
    times = [time.get("datetime") for time in page.part(".progress-line").all("time")]
    assert times[-1] == "2027-05-03"
    assert page.facts["Tracking number"] == "AB 123 & CO"
    assert page.links[0] == ("Follow the parcel", LINK)
    assert prominent(page) == ["Follow the parcel"]
    assert page.part(".timeline").items[-1].startswith("May 3, 2027, 9:30 a.m. Shipped")
    assert read(as_alice.get("/orders/")).row(order.number)["Status"] == "Shipped"
    assert read(as_alice.get("/home/")).row(order.number)["Status"] == "Shipped"


def test_the_parcel_can_go_without_a_number_or_a_link(as_alice, order, ship):
    ship(order, "", "")
    Order.objects.update(shipped_at=datetime(2027, 5, 3, 9, 30, tzinfo=UTC))
    page = read(as_alice.get(order.get_absolute_url()))

    assert page.part(".progress-line").items[-1] == "Shipped May 3, 2027"
    assert "Tracking number" not in page.facts
    assert "Follow the parcel" not in dict(page.links)


def test_a_stranger_sees_nothing_of_the_parcel(as_bob, order, ship):
    ship(order)

    assert as_bob.get(order.get_absolute_url()).status_code == 404
    for url in ("/orders/", "/home/"):
        assert read(as_bob.get(url)).rows == []


def test_the_receipt_stays_as_it_was(as_alice, order, ship):
    url = f"{order.get_absolute_url()}receipt/"
    before = read(as_alice.get(url))
    ship(order)
    after = read(as_alice.get(url))

    assert (after.text, after.links) == (before.text, before.links)
    assert "1 High Street" in after.facts["Sent to"]


def test_the_buyer_gets_one_mail_however_often_it_is_saved(order, ship, settings):
    ship(order)
    shipped_at = order.shipped_at
    ship(order, "Another number")

    (message,) = mail.outbox
    assert message.to == ["alice@example.com"]
    assert message.subject == f"Your order {order.number} is on its way"
    address = "Alice Ames\n1 High Street\nNO"
    link = f"{settings.SITE_URL}{order.get_absolute_url()}"
    assert message.body.strip().split("\n\n") == [
        f"Your order {order.number} at {settings.SHOP_NAME} is on its way.",
        "2 × Speckled mug",
        f"To:\n{address}",
        f"Tracking number: {NUMBER}\nFollow the parcel: {LINK}\nYour order: {link}",
        f"{settings.SHOP_NAME}\n{settings.SITE_URL}",
    ]
    assert (order.tracking_number, order.shipped_at) == ("Another number", shipped_at)


def test_the_mail_says_no_more_than_there_is(order, ship, settings):
    Order.objects.update(shipping_address="")
    ship(order, "", "")

    (message,) = mail.outbox
    assert message.body.strip().split("\n\n") == [
        f"Your order {order.number} at {settings.SHOP_NAME} is on its way.",
        "2 × Speckled mug",
        f"Your order: {settings.SITE_URL}{order.get_absolute_url()}",
        f"{settings.SHOP_NAME}\n{settings.SITE_URL}",
    ]


def test_what_did_not_change_is_no_news(as_staff, order, ship):
    ship(order)
    page = f"{LIST}{order.pk}/change/"
    said = f"Order {order} is on its way"
    assert told(as_staff.get(page)) == [f"{said}. alice@example.com gets an e-mail."]
    for _ in range(2):
        ship(order)
        assert told(as_staff.get(page)) == [f"{said} already; nothing was changed."]
    for _ in range(2):
        ship(order, "Another number")

    entries = LogEntry.objects.order_by("pk").values_list("user__username", "change_message")
    changed = f"Tracking from {NUMBER} {LINK} to Another number {LINK}."
    assert list(entries) == [("staff", "Shipped."), ("staff", changed)]


def test_staff_read_what_their_click_did(as_staff, order, ship):
    ship(order)
    shipped = f"Order {order.number} is on its way. alice@example.com gets an e-mail."
    assert messages(as_staff, order) == [shipped]

    ship(order, "Another number")
    assert messages(as_staff, order) == [f"The tracking of order {order.number} was changed."]


def test_staff_read_that_the_new_tracking_is_mailed(as_staff, order, ship):
    ship(order)
    ship(order, "Another number", tell="on")

    changed = f"The tracking of order {order.number} was changed."
    assert messages(as_staff, order)[-1] == f"{changed} alice@example.com gets an e-mail."


def messages(client, order: Order) -> list[str]:
    return read(client.get(f"{LIST}{order.pk}/change/"), ".messagelist").items


def test_the_parcel_is_of_one_order(as_bob, order, mug, purchase, ship):
    other = purchase(as_bob, mug)
    ship(order)
    other.refresh_from_db()
    assert (other.shipped_at, other.tracking_number) == (None, "")

    ship(other, "Bob's number")
    ship(order, "Another number")
    other.refresh_from_db()
    assert other.tracking_number == "Bob's number"


def test_of_two_who_save_at_the_same_moment_one_is_the_first(order):
    same = Order.objects.get(pk=order.pk)

    assert [order.ship("1", ""), same.ship("2", "")] == [True, False]


def test_a_dead_mail_server_keeps_nobody_from_shipping(order, ship, settings):
    settings.EMAIL_BACKEND = "orders.tests.test_mails.RefusingBackend"

    assert ship(order).status_code == 302
    assert order.shipped_at


def test_an_order_without_an_address_is_shipped_without_a_mail(order, ship):
    Order.objects.update(email="")
    ship(order)

    assert order.shipped_at
    assert not mail.outbox


@pytest.mark.parametrize(
    "link",
    ["ftp://carrier.example/1", "javascript:alert(1)", "data:text/html,x", "track it", "http://"],
)
def test_only_web_addresses_are_links(order, ship, link):
    page = ship(order, NUMBER, link)

    assert page.context["form"].errors["tracking_url"] == [
        "Write the address of a page, as in https://carrier.example/track/123."
    ]
    assert read(page).field("Tracking number") == NUMBER
    assert read(page, ".errorlist").items == page.context["form"].errors["tracking_url"]
    assert not order.shipped_at
    assert not mail.outbox


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("carrier.example/1", "https://carrier.example/1"), ("HTTP://x.no", "http://x.no")],
)
def test_a_link_is_taken_as_people_copy_it(order, ship, typed, kept):
    ship(order, NUMBER, typed)

    # A scheme is one in capitals, too; versions of Django differ in how they keep it.
    assert order.tracking_url.replace("HTTP", "http") == kept


def test_looking_ships_nothing(as_staff, order):
    page = read(as_staff.get(f"{LIST}{order.pk}/ship/", {"tracking_number": "1"}))

    assert page.headings == [f"Ship order {order.number}", "Send it to"]
    assert page.part("address").text == "Alice Ames 1 High Street NO"
    assert page.fields == {"Carrier": "", "Tracking number": "", "Tracking link": ""}
    assert page.buttons == {"Mark as shipped": ""}
    assert "alice@example.com gets one e-mail with what you write here." in page.paragraphs
    order.refresh_from_db()
    assert not order.shipped_at


def test_who_packs_reads_what_else_happened_to_the_order(as_staff, order):
    refund(order, 1900, "requested_by_customer", uuid4())
    Order.objects.get().ask_for_review("A difference.")
    page = read(as_staff.get(f"{LIST}{order.pk}/ship/"))

    review = "This order needs review"
    assert page.headings == [f"Ship order {order.number}", review, "Send it to"]
    assert page.paragraphs[:2] == ["A difference.", "Partially refunded."]


def test_what_was_sent_can_be_corrected_without_another_mail(as_staff, order, ship):
    ship(order)
    page = read(as_staff.get(f"{LIST}{order.pk}/ship/"))

    assert page.headings == [f"Tracking of order {order.number}", "Sent to"]
    assert page.paragraphs[0] == "It is on its way. A correction shows on the order’s page."
    tell = {"E-mail the new tracking to the buyer": "on"}
    tracking = {"Carrier": "", "Tracking number": NUMBER, "Tracking link": LINK}
    assert page.fields == tracking | tell
    assert "tell" not in page.sent  # the box is not ticked
    assert page.buttons == {"Save": ""}


def test_tracking_that_a_colleague_wrote_meanwhile_is_not_overwritten(as_staff, order, ship):
    url = f"{LIST}{order.pk}/ship/"
    opened = read(as_staff.get(url)).sent
    ship(order, NUMBER, LINK)

    as_staff.post(url, opened)  # with nothing typed into it
    order.refresh_from_db()
    assert (order.tracking_number, order.tracking_url) == (NUMBER, LINK)
    page = as_staff.post(url, opened | {"tracking_number": "Another"})
    assert read(page, ".errorlist").items == [
        f"A colleague has changed it since. It reads now: {NUMBER}. "
        "Open this page anew to change it."
    ]
    assert read(page).field("Tracking number") == "Another"


def test_new_tracking_is_mailed_once_where_staff_ask_for_it(as_staff, order, ship):
    ship(order)
    for _ in range(2):
        ship(order, "Another number", tell="on")

    first, second = mail.outbox
    assert second.subject == f"New tracking for your order {order.number}"
    assert "Tracking number: Another number" in second.body
    assert f"The tracking of your order {order.number} at" in second.body
    ids = {message.extra_headers["Message-ID"] for message in (first, second)}
    assert len(ids) == 2  # or a mail program hides the second one as a repetition


def test_new_tracking_while_the_first_mail_goes_out_is_no_mail_of_its_own(order):
    order.ship("1", "")
    assert order.track("2", "", tell=True)

    order.refresh_from_db()
    assert (order.tracking_number, order.tracking_corrected_at) == ("2", None)


def test_a_buyer_who_was_told_nothing_yet_reads_the_corrected_number(
    as_staff, order, ship, settings
):
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "orders.tests.test_mails.RefusingBackend"
    ship(order)
    page = read(as_staff.get(f"{LIST}{order.pk}/ship/"))
    assert page.paragraphs[0].endswith("and in the e-mail that is still to be sent.")
    settings.EMAIL_BACKEND = working
    ship(order, "Another number")

    (message,) = mail.outbox
    assert message.subject == f"Your order {order.number} is on its way"
    assert "Tracking number: Another number" in message.body


def test_the_link_of_a_known_carrier_is_made_from_the_number(order, ship):
    ship(order, "1Z 999", "", carrier="ups")
    assert order.tracking_url == "https://www.ups.com/track?tracknum=1Z999"

    ship(order, "1Z 888", order.tracking_url, carrier="ups")
    assert order.tracking_url == "https://www.ups.com/track?tracknum=1Z888"


@pytest.mark.parametrize(
    ("carrier", "number", "link"),
    [("My cousin", "1", ""), ("UPS", "", ""), ("UPS", "ü" * 100, ""), ("DHL", "1", LINK)],
)
def test_a_link_that_cannot_be_made_is_left_as_it_was_typed(order, ship, carrier, number, link):
    ship(order, number, link, carrier=carrier)

    assert (order.carrier, order.tracking_url) == (carrier, link)


def test_the_buyer_reads_who_carries_the_parcel(as_alice, order, ship):
    ship(order, carrier="My cousin")

    assert read(as_alice.get(order.get_absolute_url())).facts["Carrier"] == "My cousin"
    assert f"Carrier: My cousin\nTracking number: {NUMBER}" in mail.outbox[0].body


# Not shipped after all


@pytest.fixture
def unship(as_staff):
    """Open the page for it and press its button, which may be done twice."""

    def press(order, clicks=1):
        url = f"{LIST}{order.pk}/unship/"
        form = read(as_staff.get(url)).sent
        for _ in range(clicks):
            page = as_staff.post(url, form, follow=True)
        order.refresh_from_db()
        return page

    return press


def test_what_was_not_shipped_after_all_is_to_ship_again(as_staff, order, ship, unship):
    ship(order)
    asked = read(as_staff.get(f"{LIST}{order.pk}/unship/"))
    assert "alice@example.com was told that it is on its way" in asked.paragraphs[1]
    page = unship(order)

    assert told(page) == [f"Order {order} is not on its way. The buyer had been told that it was."]
    assert not order.shipped_at
    assert listed(as_staff, "to_ship")
    log = LogEntry.objects.latest("pk").change_message
    assert log == "Not shipped after all; the buyer had been told that it was."


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"email": ""}, "The order has no e-mail address, so the buyer was told nothing."),
        (
            {"parcel_mail_due_at": datetime(2027, 5, 3, tzinfo=UTC)},
            "alice@example.com was not told yet, and will not be.",
        ),
    ],
    ids=["no address", "not told yet"],
)
def test_the_page_says_what_the_buyer_knows(as_staff, order, ship, change, words):
    ship(order)
    Order.objects.update(**change)

    assert read(as_staff.get(f"{LIST}{order.pk}/unship/")).paragraphs[1] == words


def test_of_what_was_not_shipped_nobody_is_told_any_more(order, ship, unship, settings):
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "orders.tests.test_mails.RefusingBackend"
    ship(order)
    page = unship(order)
    settings.EMAIL_BACKEND = working
    mails.on_its_way(order.pk)

    assert told(page) == [f"Order {order} is not on its way. The buyer had not been told yet."]
    assert not mail.outbox


def test_shipped_again_the_buyer_is_told_again(order, ship, unship):
    ship(order)
    ship(order, "Another number", tell="on")
    Order.objects.update(shipped_at=datetime(2027, 5, 3, 9, 30, tzinfo=UTC))
    unship(order)
    ship(order)

    assert [message.subject for message in mail.outbox] == [
        f"Your order {order.number} is on its way",
        f"New tracking for your order {order.number}",
        f"Your order {order.number} is on its way",
    ]


def test_a_second_click_does_not_take_back_what_was_shipped_since(as_staff, order, ship):
    ship(order)
    url = f"{LIST}{order.pk}/unship/"
    form = read(as_staff.get(url)).sent
    as_staff.post(url, form)
    assert told(as_staff.post(url, form, follow=True))[-1] == f"Order {order} is not on its way."

    ship(order)
    said = told(as_staff.post(url, form, follow=True))[-1]
    assert said == f"Order {order} was shipped again since; it stays so."
    order.refresh_from_db()
    assert order.shipped_at


def test_without_an_address_the_page_names_none_and_promises_no_mail(as_staff, order):
    Order.objects.update(email="", shipping_address="")
    page = read(as_staff.get(f"{LIST}{order.pk}/ship/"))

    assert page.headings == [f"Ship order {order.number}"]
    assert "e-mail" not in page.text


def test_a_field_that_needs_words_has_them_where_it_points(as_staff, order):
    page = read(as_staff.get(f"{LIST}{order.pk}/ship/"))

    carriers = [each.get("value") for each in page.part("#carriers").all("option")]
    assert (carriers[0], carriers[-1]) == ("Canada Post", "USPS")
    help_text = page.find(".help")[-1]
    assert words(help_text) == "The carrier's page about this parcel."
    field = [field for field in page.all("input") if field.get("aria-describedby")][-1]
    assert field.get("aria-describedby") == help_text.get("id")


def test_who_packs_finds_what_is_to_ship(as_staff, order, ship):
    assert listed(as_staff, "to_ship")
    assert not listed(as_staff, "shipped")

    ship(order)
    assert not listed(as_staff, "to_ship")
    assert listed(as_staff, "shipped")


def test_an_order_without_a_place_to_go_is_not_to_ship(as_staff, order):
    Order.objects.update(shipping_address="")

    assert not listed(as_staff, "to_ship")


@pytest.mark.parametrize(("amount_cents", "is_to_ship"), [(1900, True), (3800, False)])
def test_what_was_given_back_as_a_whole_is_not_to_ship(as_staff, order, amount_cents, is_to_ship):
    refund(order, amount_cents, "requested_by_customer", uuid4())

    assert listed(as_staff, "to_ship") is is_to_ship


def test_a_refunded_order_still_says_where_the_parcel_is(as_alice, order, ship):
    ship(order)
    refund(order, 3800, "requested_by_customer", uuid4())
    page = read(as_alice.get(order.get_absolute_url()))

    steps = [item.split()[0] for item in page.part(".progress-line").items]
    assert steps == ["Paid", "Shipped", "Refunded"]
    assert page.link("Follow the parcel") == LINK


def test_who_may_not_change_orders_reads_about_the_parcel_and_no_more(order, ship, as_clerk):
    client = as_clerk("view_order")
    assert ship(order, client=client).status_code == 403
    assert not order.shipped_at

    ship(order)
    page = read(client.get(f"{LIST}{order.pk}/change/"))
    assert page.facts["Tracking link"] == LINK
    assert page.part(".object-tools").items == ["History"]
    assert page.fields == {}


def test_shoppers_ship_nothing(as_alice, order, ship):
    assert ship(order, client=as_alice).url.startswith("/admin/login/")
    assert not order.shipped_at


def test_shipping_touches_nothing_that_stripe_said(order, ship):
    amounts = ("subtotal_cents", "total_cents", "refunded_cents", "currency", "needs_review")
    before = Order.objects.values(*amounts, "shipping_address", "paid_at").get()
    refund(order, 1900, "requested_by_customer", uuid4())
    ship(order)  # by someone whose page is older than the refund

    after = Order.objects.values(*amounts, "shipping_address", "paid_at").get()
    assert after == before | {"refunded_cents": 1900}
