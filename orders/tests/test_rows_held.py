"""Whoever decides by a row and then writes it holds it meanwhile.

What happens to whoever does not is shown on PostgreSQL, in tests/races/. Here each act is seen to
take its locks, the rows of which table after which.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from uuid import uuid4

import pytest
from django.db import connection

from orders import refunds
from orders.cancelling import cancel
from orders.correcting import CorrectForm, correct
from orders.disputes import write_disputes, write_fraud_warning
from orders.models import Order
from orders.recording import record_order
from shop import payments
from shop.cart import add_to_cart
from shop.checkout import move_to
from shop.models import Checkout, StockMovement
from stripe_simulator.testing import pay, set_webhooks, settle

LOCK = re.compile(r" FOR (?:NO KEY )?UPDATE(?: SKIP LOCKED)?")


@pytest.fixture
def held(monkeypatch) -> Iterator[list[str]]:
    """The tables in which rows are locked; SQLite, which locks no rows, is asked to as well."""
    for feature in ("update", "no_key_update", "update_skip_locked"):
        monkeypatch.setattr(connection.features, f"has_select_for_{feature}", True)
    tables: list[str] = []

    def note(execute, sql, *args):
        if LOCK.search(sql):
            tables.append(re.search(r'(?:FROM|UPDATE) "(\w+)"(?! [A-Z]\d)', sql)[1])
        return execute(LOCK.sub("", sql) if connection.vendor == "sqlite" else sql, *args)

    with connection.execute_wrapper(note):
        yield tables


def ask_for_too_much(order: Order) -> None:
    with suppress(refunds.TooMuch):
        refunds.refund(order, order.total_cents + 1, "", uuid4())


def correct_the_address(order: Order) -> None:
    form = CorrectForm(order, {"email": "ada@example.com", "initial-email": order.email})
    assert form.is_valid()
    assert correct(order, form)


ACTS: dict[str, Callable[[Order], object]] = {
    "a refund is asked for": ask_for_too_much,
    "a refund is answered": lambda order: refunds.note_answer(order.refunds.get(), "re_1"),
    "a refund is refused": lambda order: refunds.fail_unsent(order.refunds.get(), True),
    "refunds are listed": lambda order: refunds.write_refunds(order, []),
    "disputes are listed": lambda order: write_disputes(order, []),
    "fraud is feared": lambda order: write_fraud_warning(order, is_warned=True),
    "it is cancelled": lambda order: cancel(order, "duplicate", uuid4(), put_back=False),
    "it is corrected": correct_the_address,
    "a review is resolved": lambda order: order.resolve("Looked.", reasons_read=1),
}


@pytest.mark.parametrize("act", ACTS)
def test_what_changes_an_orders_money_and_reviews_holds_the_order(order, held, act):
    order.refunds.create(amount_cents=500)
    Order.objects.update(needs_review=True, review_reason="Look at it.")
    ACTS[act](order)

    assert held == ["orders_order"]


def test_who_records_an_order_holds_buyer_and_checkout_then_the_products(paid, held):
    record_order(paid.stripe_session_id)

    assert held == ["accounts_user", "shop_checkout", "shop_product"]


def test_who_records_an_order_without_a_checkout_holds_the_buyer(paid, held):
    Checkout.objects.all().delete()
    held.clear()
    record_order(paid.stripe_session_id)

    assert held == ["accounts_user", "shop_checkout", "accounts_user", "shop_product"]


def test_who_keeps_the_customer_of_a_failed_payment_holds_the_buyer(as_alice, mug, buy, held):
    set_webhooks("lost")
    checkout = buy(as_alice, mug)
    pay(checkout.stripe_session_id, delayed=True)
    settle(checkout.stripe_session_id, ok=False)
    held.clear()
    move_to(checkout, payments.retrieve_session(checkout.stripe_session_id))

    assert held == ["accounts_user", "shop_product"]


def test_who_releases_a_checkout_holds_its_products(as_alice, mug, buy, held):
    checkout = buy(as_alice, mug)
    held.clear()
    checkout.release()

    assert held == ["shop_product"]


def test_who_moves_stock_holds_the_product(mug, held):
    mug.stock = 5
    mug.save(update_fields=["stock"])
    assert held == ["shop_product"]

    held.clear()
    StockMovement(product_id=mug.pk, change=1, reason="delivery").make()
    assert held == ["shop_product"]


def test_who_buys_what_is_not_counted_holds_it(mug, held):
    assert not mug.take_stock(1)
    assert held == ["shop_product"]


def test_who_adds_to_a_cart_holds_the_line(alice, mug, held):
    add_to_cart(alice, mug, 1)

    assert held == ["shop_cartitem"]
