"""What the shop knows of one person is given out and erased on request, and forgotten in time."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from orders import personal_data
from orders.models import Dispute, Order, Refund
from orders.personal_data import (
    HasToWait,
    Person,
    erase_person,
    export_person,
    find_person,
    forget_old_checkouts,
)
from orders.reconcile import reconcile
from orders.recording import record_order
from shop.models import BackInStockRequest, CartItem, Checkout, SavedProduct, StripeCustomer
from stripe_simulator import store

# What of Alice stands in the database, once `known` has come by.
HERS = ("alice", "1 High Street", "2 Low Street", "Alice Shopper", "TRACK123", "rings twice")


@pytest.fixture
def known(order) -> Order:
    """Alice's order, with all that people write about it."""
    Order.objects.filter(pk=order.pk).update(
        former_email="old.alice@example.com",
        shipping_name="Alice Shopper",
        shipping_address="1 High Street\nOslo\nNO",
        former_address="Alice Shopper\n2 Low Street\nOslo\nNO",
        shipped_at=timezone.now(),
        tracking_number="TRACK123",
        tracking_url="https://carrier.example/TRACK123",
        staff_note="Alice rings twice.",
        review_note="Asked Alice.",
        review_reason="A mail to alice@example.com came back.",
    )
    order.refresh_from_db()
    return order


@pytest.fixture
def person(alice, known) -> Person:
    return Person(alice, alice.email)


def everything() -> str:
    """All that the shop's tables say, but for what is nobody's."""
    tables = (User, Order, Checkout, LogEntry, CartItem, SavedProduct, StripeCustomer)
    return "\n".join(str(row) for model in tables for row in model.objects.values())


# Given out


def test_the_export_holds_all_that_is_stored_of_a_person(person, known, alice, mug):
    CartItem.objects.create(user=alice, product=mug, quantity=3, price_seen_cents=1900)
    SavedProduct.objects.create(user=alice, product=mug)
    BackInStockRequest.objects.create(user=alice, product=mug)
    data = json.loads(json.dumps(export_person(person)))

    assert data["account"]["email"] == "alice@example.com"
    assert data["account"]["stripe_customer"] == StripeCustomer.id_of(alice)
    (order,) = data["orders"]
    assert (order["number"], order["total"], order["currency"]) == (known.number, "38.00", "usd")
    assert order["address"] == ["1 High Street", "Oslo", "NO"]
    assert order["former_address"] == ["Alice Shopper", "2 Low Street", "Oslo", "NO"]
    assert order["internal_note"] == "Alice rings twice."
    assert order["lines"] == [{"product": "Speckled mug", "quantity": 2, "unit_price": "19.00"}]
    assert data["checkouts"][0]["sent_to_stripe"]["customer_email"] == "alice@example.com"
    assert [item["quantity"] for item in data["cart"]] == [3]
    assert len(data["saved_for_later"]) == len(data["waits_for"]) == 1


def test_nobody_elses_data_is_given_out(person, known, as_bob, mug, purchase):
    his = purchase(as_bob, mug)
    Order.objects.filter(pk=his.pk).update(email="alice@example.com")

    assert [order["number"] for order in export_person(person)["orders"]] == [known.number]


def test_whoever_deleted_the_account_is_found_by_the_address_of_the_orders(known, alice):
    alice.delete()
    found = find_person("Alice@example.com")

    assert found == Person(None, "Alice@example.com")
    assert [order["number"] for order in export_person(found)["orders"]] == [known.number]


def test_the_export_has_a_command(person):
    out = StringIO()
    call_command("export_person", "alice", stdout=out)

    assert json.loads(out.getvalue())["account"]["username"] == "alice"


def test_a_command_about_somebody_unknown_says_so(db):
    for command in ("export_person", "erase_person"):
        with pytest.raises(CommandError, match=r"Nobody here has the name or the address eve\."):
            call_command(command, "eve")


# Erased


def test_of_an_erased_person_nothing_is_left_but_what_accounts_need(person, known, staff):
    LogEntry.objects.log_actions(staff.pk, [known], 2, "Receipt sent again to alice@example.com.")
    LogEntry.objects.log_actions(staff.pk, [person.user], 2, "Changed e-mail to alice@example.com.")
    assert all(words in everything() for words in HERS)

    erase_person(person)

    assert [words for words in HERS if words.lower() in everything().lower()] == []
    order = Order.objects.get()
    assert (order.number, order.total_cents, order.paid_at) == (
        *(known.number, 3800, known.paid_at),
    )
    assert (order.shipping_address, order.stripe_session_id) == ("NO", known.stripe_session_id)
    assert order.lines.get().product_name == "Speckled mug"
    assert LogEntry.objects.filter(user=staff).count() == 2


def test_an_address_without_a_country_goes_as_a_whole(person, known):
    Order.objects.update(shipping_address="1 High Street\nOslo")
    erase_person(person)

    assert Order.objects.get().shipping_address == ""


def test_the_customer_at_stripe_goes_as_that_of_every_deleted_account(person):
    erase_person(person)
    reconcile(timezone.now() - timedelta(days=3))

    with store.transaction() as db:
        assert [c["id"] for c in db.find("customer") if not c.get("deleted")] == []


def test_whoever_deleted_the_account_is_erased_too(known, alice):
    alice.delete()
    erase_person(find_person("alice@example.com"))

    assert [words for words in HERS if words.lower() in everything().lower()] == []


def test_an_event_that_comes_late_brings_nothing_back(person, known):
    erase_person(person)
    record_order(known.stripe_session_id)

    assert [words for words in HERS if words.lower() in everything().lower()] == []


def refund_under_way(order: Order) -> None:
    Refund.objects.create(order=order, amount_cents=100)


def disputed(order: Order) -> None:
    now = timezone.now()
    Dispute.objects.create(
        order=order,
        stripe_dispute_id="du_1",
        status="needs_response",
        amount_cents=100,
        created_at=now,
    )


@pytest.mark.parametrize(
    ("happen", "reason"),
    [
        (lambda order: Order.objects.update(shipped_at=None), "is still to be shipped."),
        (lambda order: Order.objects.update(needs_review=True), "needs a review."),
        (refund_under_way, "has a refund under way."),
        (disputed, "is disputed."),
    ],
)
def test_nobody_is_erased_while_an_order_needs_to_know_whose_it_is(person, known, happen, reason):
    happen(known)
    with pytest.raises(HasToWait) as waits:
        erase_person(person)

    assert waits.value.reasons == [f"Order {known} {reason}"]
    assert User.objects.filter(pk=person.user.pk).exists()
    assert Order.objects.get().email == "alice@example.com"


def test_nobody_is_erased_while_a_payment_is_open(person, as_alice, mug, buy):
    buy(as_alice, mug)

    with pytest.raises(HasToWait, match="A payment is open"):
        erase_person(person)


def test_nobody_who_works_here_is_erased(staff):
    with pytest.raises(HasToWait, match="works here"):
        erase_person(Person(staff, staff.email))


def test_the_command_erases_and_says_what_it_keeps_and_why(person):
    out = StringIO()
    call_command("erase_person", "alice@example.com", "--noinput", stdout=out)

    assert "Erased, also from 1 order and 1 checkout." in out.getvalue()
    assert "accounts have to show what was sold and taxed" in out.getvalue()
    assert not User.objects.filter(username="alice").exists()


def test_the_command_asks_before(person, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda _: "yes")
    with pytest.raises(CommandError, match=r"Not erased\."):
        call_command("erase_person", "alice")

    assert User.objects.filter(username="alice").exists()


# Forgotten in time


def test_an_old_checkout_forgets_whose_it_was(known, settings, monkeypatch):
    monkeypatch.setattr(personal_data, "AT_ONCE", 1)
    long_ago = timezone.now() - timedelta(days=settings.PERSONAL_DATA_DAYS, minutes=1)
    Checkout.objects.update(expires_at=long_ago)

    assert (forget_old_checkouts(), forget_old_checkouts()) == (1, 0)
    checkout = Checkout.objects.get()
    assert (checkout.email, checkout.session_params, checkout.user) == ("", "{}", None)
    assert checkout.total_cents == 3800


def test_a_newer_checkout_and_one_that_may_be_paid_forget_nothing(
    known, as_alice, mug, buy, settings
):
    Checkout.objects.update(
        expires_at=timezone.now() - timedelta(days=settings.PERSONAL_DATA_DAYS, minutes=-1)
    )
    still_open = buy(as_alice, mug)
    Checkout.objects.filter(pk=still_open.pk).update(expires_at=timezone.now() - timedelta(999))

    assert forget_old_checkouts() == 0
