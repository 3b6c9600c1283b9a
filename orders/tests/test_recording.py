"""A paid session becomes exactly one order, whoever learns of it and in whatever order."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from accounts.models import User
from orders import recording
from orders.models import Order, OrderLine
from orders.recording import record_order
from shop.models import Checkout, Product, Shop
from stripe_simulator.testing import (
    apply_promotion_code,
    edit_metadata,
    foreign_session,
    override,
    pay,
    set_nulls,
)
from tests.pages import read

Status = Checkout.Status


def test_recording_again_and_again_makes_one_order(paid):
    orders = {record_order(paid.stripe_session_id) for _ in range(5)}

    assert orders == {Order.objects.get()}
    assert OrderLine.objects.count() == 1


def test_two_callers_at_the_same_moment_make_one_order(paid, monkeypatch):
    checkout_of = recording.checkout_of

    def overtaken(session):
        monkeypatch.setattr(recording, "checkout_of", checkout_of)
        record_order(session.id)  # the other one, between Stripe's answer and our lock
        return checkout_of(session)

    monkeypatch.setattr(recording, "checkout_of", overtaken)
    order = record_order(paid.stripe_session_id)

    assert order == Order.objects.get()
    assert OrderLine.objects.count() == 1


def test_a_checkout_that_a_backup_brought_back_unpaid_gets_no_second_order(paid):
    order = record_order(paid.stripe_session_id)
    Checkout.objects.update(status=Checkout.Status.OPEN)

    assert record_order(paid.stripe_session_id) == order == Order.objects.get()
    assert Checkout.objects.get().status == Checkout.Status.PAID


def test_the_database_holds_a_session_and_a_payment_to_one_order(paid):
    order = record_order(paid.stripe_session_id)
    for clone in ({"stripe_payment_intent_id": None}, {"stripe_session_id": "cs_test_other"}):
        values = {
            "stripe_session_id": order.stripe_session_id,
            "stripe_payment_intent_id": order.stripe_payment_intent_id,
            "currency": "usd",
            "subtotal_cents": 1,
            "total_cents": 1,
            "paid_at": order.paid_at,
        }
        with pytest.raises(IntegrityError), transaction.atomic():
            Order.objects.create(**values | clone)


def test_an_order_keeps_name_and_price_of_the_moment_of_buying(paid):
    Product.objects.update(name="Renamed", price_cents=1, is_active=False)
    order = record_order(paid.stripe_session_id)

    (line,) = order.lines.all()
    assert (line.product_name, line.unit_price_cents) == ("Speckled mug", 1900)
    assert not order.needs_review


def test_a_product_deleted_before_the_payment_leaves_its_name_and_price(paid, as_alice):
    Product.objects.all().delete()
    order = record_order(paid.stripe_session_id)

    (line,) = order.lines.all()
    assert (line.product, line.product_name) == (None, "Speckled mug")
    assert read(as_alice.get(order.get_absolute_url())).column("Product") == ["Speckled mug"]


def test_a_product_deleted_while_its_order_is_written_leaves_its_name_and_price(
    paid, mug, monkeypatch
):
    sell = recording.sell

    def overtaken(lines):
        mug.delete()
        return sell(lines)

    monkeypatch.setattr(recording, "sell", overtaken)
    order = record_order(paid.stripe_session_id)

    (line,) = order.lines.all()
    assert (line.product, line.product_name) == (None, "Speckled mug")


def test_a_bought_product_cannot_be_deleted(paid, mug):
    record_order(paid.stripe_session_id)

    with pytest.raises(ProtectedError):
        mug.delete()


def test_deleting_a_user_keeps_the_orders(paid, alice):
    order = record_order(paid.stripe_session_id)
    alice.delete()

    order.refresh_from_db()
    assert order.user is None
    assert order.email == "alice@example.com"


def test_a_buyer_who_left_before_the_payment_was_known_still_has_an_order(paid):
    User.objects.all().delete()
    order = record_order(paid.stripe_session_id)

    assert (order.user, order.email) == (None, "alice@example.com")
    assert order.needs_review
    assert "account does not exist any more" in order.review_reason


@pytest.mark.parametrize("change", [{"total_cents": 1}, {"currency": "eur"}])
def test_money_that_differs_from_the_checkout_is_recorded_and_reviewed(paid, change):
    Checkout.objects.update(**change)
    order = record_order(paid.stripe_session_id)

    assert (order.total_cents, order.currency) == (3800, "usd")
    assert order.needs_review
    assert "$38.00" in order.review_reason


def test_a_checkout_that_had_ended_here_is_recorded_and_reviewed(paid):
    Checkout.objects.update(status=Status.EXPIRED)
    order = record_order(paid.stripe_session_id)

    assert order.needs_review
    assert "after the checkout had ended" in order.review_reason
    paid.refresh_from_db()
    assert paid.status == Status.PAID


def test_a_session_whose_id_was_never_stored_is_found_by_its_reference(paid, alice):
    session_id = paid.stripe_session_id
    Checkout.objects.update(stripe_session_id=None)
    order = record_order(session_id)

    assert (order.user, order.needs_review) == (alice, False)
    paid.refresh_from_db()
    assert (paid.status, paid.stripe_session_id) == (Status.PAID, session_id)


def test_an_order_is_rebuilt_from_stripe_when_the_checkout_is_gone(paid, alice, mug):
    Checkout.objects.all().delete()
    order = record_order(paid.stripe_session_id)

    (line,) = order.lines.all()
    assert (order.user, order.email, order.total_cents) == (alice, "alice@example.com", 3800)
    assert (line.product, line.product_name) == (mug, "Speckled mug")
    assert (line.unit_price_cents, line.quantity) == (1900, 2)
    assert "rebuilt" in order.review_reason


def test_a_rebuilt_order_that_stripe_tells_no_address_of_takes_it_from_the_account(paid, alice):
    Checkout.objects.all().delete()
    set_nulls(True)
    order = record_order(paid.stripe_session_id)

    assert (order.user, order.email) == (alice, "alice@example.com")


def test_the_session_of_another_shop_is_not_ours(paid):
    Checkout.objects.all().delete()
    Shop.objects.update(stripe_key=uuid4())

    assert record_order(paid.stripe_session_id) is None
    assert not Order.objects.exists()


def test_a_session_that_is_stored_here_is_ours_whatever_its_metadata_say(paid):
    edit_metadata(paid.stripe_session_id, {"shop": ""})

    assert record_order(paid.stripe_session_id)


def test_paid_is_never_undone(paid):
    record_order(paid.stripe_session_id)
    paid.refresh_from_db()

    for status in (Status.OPEN, Status.PROCESSING, Status.EXPIRED):
        assert not paid.move_on(status)
    paid.refresh_from_db()
    assert paid.status == Status.PAID


def test_a_promotion_code_tax_and_shipping_are_no_difference(as_alice, mug, buy, settings):
    settings.STRIPE_AUTOMATIC_TAX = settings.STRIPE_PROMOTION_CODES = True
    session_id = buy(as_alice, mug, 2).stripe_session_id
    apply_promotion_code(session_id, "SAVE10")
    pay(session_id)
    session = override(session_id)
    details = session["total_details"] | {"amount_shipping": 500}
    override(session_id, total_details=details, amount_total=session["amount_total"] + 500)
    order = record_order(session_id)

    assert (order.subtotal_cents, order.discount_cents, order.shipping_cents) == (3800, 380, 500)
    assert order.tax_cents > 0
    assert order.total_cents == 3920 + order.tax_cents
    assert not order.needs_review


def test_what_stripe_wrote_on_the_parcel_is_written_on_the_order(paid):
    address = {"line1": "Storgata 1", "city": "Oslo", "country": "NO"}
    details = {"shipping_details": {"name": "A. Hansen", "address": address}}
    override(paid.stripe_session_id, collected_information=details)
    order = record_order(paid.stripe_session_id)

    assert order.shipping_name == "A. Hansen"
    assert order.shipping_address == "Storgata 1\nOslo\nNO"


def test_the_receipt_goes_where_the_checkout_said(paid, alice):
    Checkout.objects.update(email="work@example.com")

    assert record_order(paid.stripe_session_id).email == "work@example.com"


def test_of_several_products_only_one_that_is_deleted_while_the_order_is_written_is_lost(
    as_alice, mug, bowl, own_world, monkeypatch
):
    for product in (mug, bowl):
        as_alice.post(f"/cart/add/{product.pk}/", {"quantity": 1})
    as_alice.post("/checkout/")
    session_id = Checkout.objects.get().stripe_session_id
    pay(session_id)
    sell = recording.sell

    def overtaken(lines):
        bowl.delete()
        return sell(lines)

    monkeypatch.setattr(recording, "sell", overtaken)
    lines = record_order(session_id).lines.values_list("product_name", "product")

    assert sorted(lines) == [("Speckled mug", mug.pk), ("Walnut bowl", None)]


# Sessions whose id was not stored


@pytest.fixture
def unstored(paid, as_bob, mug, buy) -> Checkout:
    """Alice paid; neither her checkout nor Bob's, which is the newer one, knows its session."""
    buy(as_bob, mug)
    Checkout.objects.update(stripe_session_id=None)
    return paid


def test_of_two_checkouts_that_know_no_session_the_paid_one_is_found(unstored, alice):
    assert record_order(unstored.stripe_session_id).user == alice


def test_a_session_that_names_no_checkout_takes_nobodys(unstored):
    theirs = foreign_session({"shop": Shop.key()})

    assert record_order(theirs["id"]).user is None
    assert not Checkout.objects.filter(stripe_session_id=theirs["id"]).exists()


def test_a_stored_session_says_more_than_its_metadata(paid, alice, as_bob, mug, buy):
    theirs = buy(as_bob, mug)
    Checkout.objects.filter(pk=theirs.pk).update(stripe_session_id=None)
    edit_metadata(paid.stripe_session_id, {"checkout": str(theirs.pk)})

    assert record_order(paid.stripe_session_id).user == alice


@pytest.fixture
def stored_meanwhile(monkeypatch):
    """Let another request store a session between our look at the checkout and its lock."""

    def store(checkout: Checkout, session_id: str) -> None:
        lock = User.objects.select_for_update

        def meanwhile(**options):
            checkout.store_session(session_id)
            return lock(**options)

        monkeypatch.setattr(User.objects, "select_for_update", meanwhile)

    return store


def test_a_checkout_whose_session_is_stored_meanwhile_is_found(unstored, alice, stored_meanwhile):
    session_id = unstored.stripe_session_id
    stored_meanwhile(unstored, session_id)
    order = record_order(session_id)

    assert (order.user, order.needs_review) == (alice, False)


def test_a_checkout_that_gets_another_session_meanwhile_keeps_it(unstored, stored_meanwhile):
    session_id = unstored.stripe_session_id
    stored_meanwhile(unstored, "cs_test_another")
    order = record_order(session_id)

    assert "rebuilt" in order.review_reason
    unstored.refresh_from_db()
    assert (unstored.status, unstored.stripe_session_id) == (Status.OPEN, "cs_test_another")
