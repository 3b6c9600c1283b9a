"""The page after paying: it believes Stripe, and nobody else."""

import pytest

from orders.mails import send_receipt
from orders.models import Order
from shop.models import Checkout
from stripe_simulator.testing import expire, inject_fault, pay, set_webhooks, settle
from tests.pages import read
from tests.recorded import stripe_calls


def success(client, session_id):
    return client.get("/success/", {"session_id": session_id})


@pytest.fixture(autouse=True)
def no_events(own_world):
    """What this page does on its own: every event is lost."""
    set_webhooks("lost")


def test_a_lost_webhook_is_repaired_by_the_success_page(as_alice, alice, mug, buy):
    checkout = buy(as_alice, mug, 3)
    pay(checkout.stripe_session_id)
    page = success(as_alice, checkout.stripe_session_id)

    order = Order.objects.get()
    (line,) = order.lines.all()
    assert page.status_code == 200
    assert read(page).part(".order-number").text == order.number
    assert read(page).rows == [
        {"Product": "Speckled mug", "Price": "$19.00", "Quantity": "3", "Total": "$57.00"}
    ]
    assert read(page).facts == {"Total": "$57.00"}
    assert (order.user, order.email, order.currency) == (alice, "alice@example.com", "usd")
    assert (order.subtotal_cents, order.total_cents, order.needs_review) == (5700, 5700, False)
    assert order.stripe_payment_intent_id.startswith("pi_")
    assert (line.product, line.unit_price_cents, line.quantity) == (mug, 1900, 3)
    checkout.refresh_from_db()
    assert checkout.status == Checkout.Status.PAID


@pytest.fixture
def received(as_alice, mug, buy) -> Order:
    checkout = buy(as_alice, mug, 2)
    pay(checkout.stripe_session_id)
    success(as_alice, checkout.stripe_session_id)
    return Order.objects.get()


def test_the_page_thanks_says_what_comes_next_and_leads_on(as_alice, received):
    Order.objects.update(delivery_name="Standard")
    page = read(success(as_alice, received.stripe_session_id))

    assert page.headings == ["Order received", "What happens next"]
    assert page.paragraphs[2:4] == [
        "Thank you. Your payment has arrived. We’ll email a receipt to alice@example.com.",
        "We pack your order and send it on its way, and email you when it ships. "
        "You can come back to it at any time under My Orders.",
    ]
    assert page.link("See the order") == received.get_absolute_url()
    assert page.link("Printable receipt") == f"{received.get_absolute_url()}receipt/"
    assert page.link("Back to the products") == "/home/"
    assert page.all("address") == []


def test_the_page_says_that_the_receipt_was_sent_once_it_was(as_alice, received):
    send_receipt(received.pk)
    page = read(success(as_alice, received.stripe_session_id))

    assert page.paragraphs[2].endswith(" arrived. We sent a receipt to alice@example.com.")


def test_without_an_address_no_mail_is_promised(as_alice, received):
    Order.objects.update(email="", shipping_address="1 High Street")
    page = read(success(as_alice, received.stripe_session_id))

    assert page.paragraphs[2:4] == [
        "Thank you. Your payment has arrived.",
        "We pack your order and send it on its way. "
        "You can come back to it at any time under My Orders.",
    ]


def test_of_what_needs_no_delivery_no_parcel_is_promised(as_alice, received):
    page = read(success(as_alice, received.stripe_session_id))

    assert page.headings == ["Order received"]
    assert page.paragraphs[3] == "You can come back to your order at any time under My Orders."
    for word in ("pack", "ship", "on its way", "Delivery", "It goes to"):
        assert word not in page.text


def test_the_page_says_where_the_parcel_goes(as_alice, received):
    Order.objects.update(shipping_name="Alice Ames", shipping_address="1 High Street\nOslo")
    page = read(success(as_alice, received.stripe_session_id))

    assert "It goes to:" in page.paragraphs
    assert page.part("address").text == "Alice Ames 1 High Street Oslo"


def test_of_a_free_order_it_says_that_there_was_nothing_to_pay(as_alice, received):
    Order.objects.update(discount_cents=3800, total_cents=0)
    page = read(success(as_alice, received.stripe_session_id))

    assert page.paragraphs[2].startswith("Thank you. There was nothing to pay. We’ll")


def test_refreshing_makes_nothing_new_and_asks_stripe_nothing(as_alice, mug, buy):
    checkout = buy(as_alice, mug)
    pay(checkout.stripe_session_id)
    success(as_alice, checkout.stripe_session_id)
    with stripe_calls() as calls:
        pages = [success(as_alice, checkout.stripe_session_id) for _ in range(3)]

    assert {page.status_code for page in pages} == {200}
    assert Order.objects.count() == 1
    assert not calls


def test_a_session_that_is_not_paid_is_never_shown_as_paid(as_alice, mug, buy):
    checkout = buy(as_alice, mug)
    page = success(as_alice, checkout.stripe_session_id)

    assert page.status_code == 200
    assert read(page, "title").text == "Not paid – Fieldhouse"
    assert read(page).headings == ["Not paid: nothing was charged"]
    assert not Order.objects.exists()


def test_who_did_not_pay_is_led_to_pay_for_the_same(as_alice, mug, buy):
    page = read(success(as_alice, buy(as_alice, mug, 2).stripe_session_id))

    assert page.items == ["2 × Speckled mug, $38.00"]
    assert page.buttons == {"Try again to buy Speckled mug": f"/checkout/{mug.pk}/"}
    assert page.sent == {"quantity": "2", "price_seen": "1900"}
    assert page.links == [("Back to the products", "/home/")]


def test_who_did_not_pay_for_a_cart_is_led_back_to_it(as_alice, mug):
    as_alice.post(f"/cart/add/{mug.pk}/", {"quantity": 2})
    as_alice.post("/checkout/")
    as_alice.get("/cart/")  # where it is said that the mug is in the cart
    page = read(success(as_alice, Checkout.objects.get().stripe_session_id))

    assert page.buttons == {}
    assert page.links == [("Back to the cart", "/cart/"), ("Back to the products", "/home/")]


def test_what_left_the_shop_is_not_offered_again(as_alice, mug, buy):
    checkout = buy(as_alice, mug)
    mug.delete()
    page = read(success(as_alice, checkout.stripe_session_id))

    assert page.items == ["1 × Speckled mug, $19.00"]
    assert page.buttons == {}


def test_an_expired_session_is_never_shown_as_paid(as_alice, mug, buy):
    checkout = buy(as_alice, mug)
    expire(checkout.stripe_session_id)
    page = success(as_alice, checkout.stripe_session_id)

    assert read(page).headings == ["Not paid: nothing was charged"]
    assert not Order.objects.exists()
    checkout.refresh_from_db()
    assert checkout.status == Checkout.Status.EXPIRED


def test_a_delayed_payment_is_processing_until_it_arrives(as_alice, mug, buy):
    checkout = buy(as_alice, mug)
    pay(checkout.stripe_session_id, delayed=True)
    page = success(as_alice, checkout.stripe_session_id)

    checkout.refresh_from_db()
    assert checkout.status == Checkout.Status.PROCESSING
    assert read(page).headings == ["Your payment is on its way"]
    assert read(page, "head").title.startswith("Your payment is on its way – ")
    assert read(page).items == ["1 × Speckled mug, $19.00"]
    assert read(page).buttons == {}
    assert read(page).links == [("Back to the products", "/home/")]
    assert not Order.objects.exists()

    settle(checkout.stripe_session_id)
    page = success(as_alice, checkout.stripe_session_id)
    assert read(page).headings[0] == "Order received"


def test_a_delayed_payment_that_fails_is_not_paid(as_alice, mug, buy):
    checkout = buy(as_alice, mug)
    pay(checkout.stripe_session_id, delayed=True)
    settle(checkout.stripe_session_id, ok=False)
    page = success(as_alice, checkout.stripe_session_id)

    checkout.refresh_from_db()
    assert checkout.status == Checkout.Status.EXPIRED
    assert read(page).headings == ["Not paid: nothing was charged"]


def test_a_stranger_gets_the_same_404_as_for_an_unknown_session(as_alice, as_bob, alice, mug, buy):
    checkout = buy(as_alice, mug)
    pay(checkout.stripe_session_id)
    with stripe_calls() as calls:
        strangers = success(as_bob, checkout.stripe_session_id)
        unknown = success(as_bob, "cs_test_a1B2c3D4")

    assert strangers.status_code == unknown.status_code == 404
    for part in ("head", "body"):  # their tokens for forms differ
        assert read(strangers, part).text == read(unknown, part).text
        assert read(strangers, part).links == read(unknown, part).links
    assert not calls
    assert not Order.objects.exists()

    assert success(as_alice, checkout.stripe_session_id).status_code == 200
    assert Order.objects.get().user == alice
    assert success(as_bob, checkout.stripe_session_id).status_code == 404


@pytest.mark.parametrize(
    "session_id",
    [
        *("", "..", "/", "cs_test_", "cs_test_a/../b", "pi_123", "cs_test_a\0", "cs_test_é"),
        *("cs_test_abc\n", "{CHECKOUT_SESSION_ID}", "cs_test_" + "a" * 2**20),
    ],
)
def test_an_id_that_is_none_is_a_404_and_never_reaches_stripe(as_alice, mug, session_id):
    with stripe_calls() as calls:
        assert success(as_alice, session_id).status_code == 404

    assert not calls


def test_a_missing_id_is_a_404(as_alice):
    assert as_alice.get("/success/").status_code == 404


def test_an_id_given_twice_is_read_once(as_alice, mug, buy):
    checkout = buy(as_alice, mug)
    url = f"/success/?session_id=x&session_id={checkout.stripe_session_id}"

    assert as_alice.get(url).status_code == 200


def test_when_stripe_does_not_answer_the_page_says_what_is_known(as_alice, mug, buy):
    checkout = buy(as_alice, mug)
    pay(checkout.stripe_session_id)
    inject_fault("GET", "/v1/checkout/sessions/{id}", "error_500", times=9)
    page = success(as_alice, checkout.stripe_session_id)

    assert page.status_code == 503
    assert read(page).headings == ["We couldn’t check your payment just now"]
    assert read(page).link("My Orders") == "/orders/"
    again = f"/success/?session_id={checkout.stripe_session_id}"
    assert read(page).link("Check again") == again
    assert (
        read(page)
        .paragraphs[0]
        .startswith("The payment service did not answer. If you paid, nothing is lost:")
    )


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_the_page_is_only_read(as_alice, method):
    assert getattr(as_alice, method)("/success/").status_code == 405
