"""Races with real threads on PostgreSQL. Each has a control: without its guard, it goes wrong.

Without the control nobody would know whether the race was ever run.
"""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection
from django.db.models import F, QuerySet, Sum
from django.test import Client

from accounts import models, throttle
from accounts.models import Tries, User
from accounts.throttle import Limit
from orders import mails, recording, refunds
from orders.models import Order, OrderLine, Refund, StripeEvent
from orders.recording import record_order
from orders.refunds import TooMuch, refund
from orders.tests.test_webhook import event, post, signed
from shop import checkout as checkout_module
from shop.models import Checkout, CheckoutLine, OutOfStock, Product, StripeCustomer
from shop.models.later import BackInStockQuerySet
from stripe_simulator.testing import pay, set_webhooks
from tests.pages import read
from tests.people import logged_in
from tests.races.conftest import at_once

pytestmark = pytest.mark.django_db(transaction=True)
Status = Checkout.Status


@pytest.fixture(autouse=True)
def webhook_down(own_world):
    set_webhooks("lost")


@pytest.fixture
def shoppers(db) -> list[User]:
    return [User.objects.create_user(f"s{n}", f"s{n}@example.com", "x") for n in range(8)]


def buy(user: User, product: Product, quantity: int = 1):
    return lambda: logged_in(user).post(f"/checkout/{product.pk}/", {"quantity": quantity})


# The last one


def test_eight_buyers_of_the_last_one_leave_one_with_it(shoppers, mug):
    Product.objects.update(stock=1)
    pages = at_once(*(buy(user, mug) for user in shoppers))

    assert sorted(page.status_code for page in pages) == [200] * 7 + [303]
    assert sum(read(page).has(".sold-out") for page in pages if page.status_code == 200) == 7
    assert Product.objects.get().stock == 0
    assert Checkout.objects.count() == 1


def test_control_reading_before_writing_sells_the_last_one_twice(shoppers, mug, meet, monkeypatch):
    def read_then_write(self: Product, quantity: int) -> bool:
        left = look(self)
        if left < quantity:
            raise OutOfStock(self, left)
        Product.objects.filter(pk=self.pk).update(stock=left - quantity)
        return True

    class Reading:
        @staticmethod
        def stock(product: Product) -> int:
            return Product.objects.get(pk=product.pk).stock

    def look(product: Product) -> int:
        return Reading.stock(product)

    meet(Reading, "stock", threads=2)
    monkeypatch.setattr(Product, "take_stock", read_then_write)
    Product.objects.update(stock=1)
    pages = at_once(*(buy(user, mug) for user in shoppers[:2]))

    assert [page.status_code for page in pages] == [303, 303]


# Two carts


@pytest.fixture
def opposite_carts(shoppers, mug, bowl):
    """Two acts that take the same two products in opposite order."""
    Product.objects.update(stock=100)

    def take(user: User, products: list[Product]):
        lines = [
            CheckoutLine(product=p, product_name=p.name, unit_price_cents=1, quantity=1)
            for p in products
        ]
        return lambda: checkout_module.write_checkout(user, lines)

    return take(shoppers[0], [mug, bowl]), take(shoppers[1], [bowl, mug])


def test_two_carts_in_opposite_order_both_get_through(opposite_carts, meet):
    meet(Product, "take_stock", threads=2)
    results = at_once(*opposite_carts)

    assert {type(result) for result in results} == {Checkout}
    assert set(Product.objects.values_list("stock", flat=True)) == {98}


def test_control_taking_in_the_carts_order_is_a_deadlock(opposite_carts, meet, monkeypatch):
    monkeypatch.setattr(checkout_module, "sorted", lambda lines, key: lines, raising=False)
    meet(Product, "take_stock", threads=2)
    results = at_once(*opposite_carts)

    assert "deadlock" in " ".join(map(str, results))


@pytest.fixture
def opposite_orders(shoppers, mug, bowl) -> list[str]:
    """Two paid sessions of the same two products, in opposite order."""
    session_ids = []
    for user, products in ((shoppers[0], [mug, bowl]), (shoppers[1], [bowl, mug])):
        client = logged_in(user)
        for product in products:
            client.post(f"/cart/add/{product.pk}/", {"quantity": 1})
        client.post("/checkout/")
        checkout = Checkout.objects.get(user=user)
        pay(checkout.stripe_session_id)
        session_ids.append(checkout.stripe_session_id)
    return session_ids


def record(session_id: str):
    return lambda: record_order(session_id)


def test_two_orders_of_the_same_products_are_both_recorded(opposite_orders, meet):
    meet(QuerySet, "update", threads=2)
    results = at_once(*map(record, opposite_orders))

    assert {type(result) for result in results} == {Order}
    assert set(Product.objects.values_list("sold_count", flat=True)) == {2}


def test_control_counting_in_the_orders_order_is_a_deadlock(opposite_orders, meet, monkeypatch):
    def sell(lines):
        for line in lines:
            Product.objects.filter(pk=line.product_id).update(sold_count=F("sold_count") + 1)
        return {line.product_id for line in lines}

    monkeypatch.setattr(recording, "sell", sell)
    meet(QuerySet, "update", threads=2)
    results = at_once(*map(record, opposite_orders))

    assert "deadlock" in " ".join(map(str, results))


# The same shopper twice


def test_a_double_click_makes_one_checkout_one_session_and_one_page(alice, mug):
    Product.objects.update(stock=5)
    pages = at_once(*[buy(alice, mug, 2)] * 4)

    assert {page.status_code for page in pages} == {303}
    assert len({page.url for page in pages}) == 1
    assert Checkout.objects.count() == 1
    assert Product.objects.get().stock == 3


def test_control_without_the_constraint_a_double_click_makes_two(alice, mug, meet):
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX one_open_checkout_a_shopper")
    try:
        meet(checkout_module, "take_snapshot", threads=2)
        meet(checkout_module, "write_checkout", threads=2, after=False)
        at_once(*[buy(alice, mug, 2)] * 2)
        assert Checkout.objects.filter(status=Status.OPEN).count() == 2
    finally:
        Checkout.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE UNIQUE INDEX one_open_checkout_a_shopper ON shop_checkout (user_id) "
                "WHERE status = 'open'"
            )


# One payment, heard of from all sides


@pytest.fixture
def paid(alice, mug) -> Checkout:
    Product.objects.update(stock=5)
    buy(alice, mug, 2)()
    checkout = Checkout.objects.get()
    pay(checkout.stripe_session_id)
    return checkout


@pytest.fixture
def due_refund(paid) -> Refund:
    order = record_order(paid.stripe_session_id)
    given = refund(order, 500, "duplicate", uuid4())
    Refund.objects.update(mail_due_at=given.created_at)
    mail.outbox.clear()
    return given


def test_webhook_success_page_and_reconciler_at_once_make_one_order(paid, meet):
    meet(recording, "checkout_of", threads=4, after=False)
    orders = at_once(*[lambda: record_order(paid.stripe_session_id)] * 4)

    assert set(orders) == {Order.objects.get()}
    assert OrderLine.objects.count() == 1
    assert len(mail.outbox) == 1
    assert Product.objects.get().stock == 3


def test_control_looking_before_creating_does_not_answer_everybody_well(paid, meet, monkeypatch):
    def look_then_create(session, *args):
        order = Looking.order(session)
        return order or Order.objects.create(
            stripe_session_id=session.id, **recording.order_values(session, *args)
        )

    class Looking:
        @staticmethod
        def order(session):
            return Order.objects.filter(stripe_session_id=session.id).first()

    monkeypatch.setattr(recording, "order_of", look_then_create)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self)
    meet(Looking, "order", threads=2)
    results = at_once(*[lambda: record_order(paid.stripe_session_id)] * 2)

    assert "stripe_session_id" in " ".join(map(str, results))


def test_two_who_tell_that_a_product_is_back_tell_it_once(alice, mug, meet):
    request = alice.back_in_stock_requests.create(product=mug)
    meet(BackInStockQuerySet, "due", threads=2)
    told = at_once(*[lambda: mails.back_in_stock(request.pk)] * 2)

    assert sorted(told) == [False, True]
    assert len(mail.outbox) == 1


def test_word_of_a_refund_is_sent_once_by_four_at_once(due_refund):
    told = at_once(*[lambda: mails.refunded(due_refund.pk)] * 4)

    assert sorted(told) == [False, False, False, True]
    assert len(mail.outbox) == 1


def test_control_looking_before_sending_tells_of_a_refund_twice(due_refund, meet, monkeypatch):
    def look_then_send(this, due_at, write, what):
        return Looking.is_due(this) and mails.sent(write, what)

    class Looking:
        @staticmethod
        def is_due(this):
            return this.filter(mail_due_at__isnull=False).exists()

    monkeypatch.setattr(mails, "told", look_then_send)
    meet(Looking, "is_due", threads=2)
    at_once(*[lambda: mails.refunded(due_refund.pk)] * 2)

    assert len(mail.outbox) == 2


def test_the_same_event_five_times_at_once_is_handled_once(paid):
    payload = event(paid.stripe_session_id)
    answers = at_once(*[lambda: post(payload, signed(payload))] * 5)

    assert [answer.status_code for answer in answers] == [200] * 5
    assert StripeEvent.objects.count() == Order.objects.count() == 1
    assert len(mail.outbox) == 1


# Two first payments of one shopper


@pytest.fixture
def two_paid(alice, mug, bowl) -> list[str]:
    """The first page was paid while it was being ended for the second."""
    for product in (mug, bowl):
        buy(alice, product)()
        pay(Checkout.objects.get(status=Status.OPEN).stripe_session_id)
    return list(Checkout.objects.values_list("stripe_session_id", flat=True))


def test_two_first_payments_at_once_make_two_orders_and_one_kept_customer(two_paid, meet):
    meet(recording, "checkout_of", threads=2, after=False)
    results = at_once(*map(record, two_paid))

    assert {type(result) for result in results} == {Order}
    kept = StripeCustomer.objects.values_list("user__username", flat=True)
    assert sorted(kept, key=str) == [None, "alice"]


def test_control_without_the_lock_the_second_customer_is_never_deleted(two_paid, meet, monkeypatch):
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self)
    meet(QuerySet, "bulk_create", threads=2, after=False)
    at_once(*map(record, two_paid))

    assert StripeCustomer.objects.count() == 1


# Paid and released at the same moment


def test_a_payment_that_meets_the_release_is_never_both_released_and_quiet(paid, meet):
    meet(recording, "checkout_of", threads=2)
    meet(Checkout, "release", threads=2, after=False)
    at_once(lambda: record_order(paid.stripe_session_id), paid.release)

    order = Order.objects.get()
    released = Product.objects.get().stock == 5
    assert released == order.needs_review
    paid.refresh_from_db()
    assert paid.status == Status.PAID


def test_control_without_the_lock_the_stock_goes_back_unnoticed(paid, meet, monkeypatch):
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self)
    release = Checkout.release

    def released_after_the_look(session):
        checkout = checkout_of(session)
        at_once(lambda: release(Checkout.objects.get()))
        return checkout

    checkout_of = recording.checkout_of
    monkeypatch.setattr(recording, "checkout_of", released_after_the_look)
    order = record_order(paid.stripe_session_id)

    assert Product.objects.get().stock == 5
    assert not order.needs_review


# Money back


@pytest.fixture
def order(paid) -> Order:
    """$38.00"""
    return record_order(paid.stripe_session_id)


def refunded(order: Order) -> int:
    return order.refunds.exclude(status="failed").aggregate(sum=Sum("amount_cents"))["sum"]


def test_two_refunds_at_once_never_exceed_what_was_paid(order, meet):
    meet(Refund, "save", threads=2, after=False)
    results = at_once(
        lambda: refund(order, 2700, "", uuid4()), lambda: refund(order, 1200, "", uuid4())
    )

    assert sum(isinstance(result, TooMuch) for result in results) == 1
    assert refunded(order) in (2700, 1200)


def test_control_without_the_lock_both_refunds_are_sent(order, meet, monkeypatch):
    sent = []
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self)
    monkeypatch.setattr(refunds, "send_refund", sent.append)
    meet(Refund, "save", threads=2, after=False)
    at_once(lambda: refund(order, 2700, "", uuid4()), lambda: refund(order, 1200, "", uuid4()))

    assert len(sent) == 2


def test_the_same_refund_clicked_twice_is_one(order):
    request_id = uuid4()
    at_once(*[lambda: refund(order, 1000, "", request_id)] * 3)

    assert refunded(order) == 1000


# Tries at a password


GUESSES = Limit("guesses", 3, timedelta(minutes=15))


def test_of_many_guesses_at_once_no_more_than_the_limit_are_let_by(db):
    waits = at_once(*[lambda: throttle.too_many(GUESSES, "alice")] * 8)

    assert sum(not wait for wait in waits) == 3


def test_control_counting_after_a_look_lets_one_more_by(db, meet):
    class Looking:
        @staticmethod
        def tries() -> Tries:
            return throttle.tries_of(GUESSES, "alice").get()

    def look_then_count() -> bool:
        tries = Looking.tries()
        if tries.count >= GUESSES.tries:
            return False
        tries.count += 1
        tries.save()
        return True

    for _ in range(2):
        throttle.too_many(GUESSES, "alice")
    meet(Looking, "tries", threads=2)

    assert at_once(look_then_count, look_then_count) == [True, True]


# One name


def register(spelling: str, number: int):
    form = {"email": f"r{number}@example.com", "password1": "a fine long secret"}
    return lambda: Client().post("/accounts/register/", form | {"username": spelling})


def spellings_of_rosa() -> list[str]:
    cases = ["rosa", "Rosa", "ROSA", "rOsa", "rosA", "r0sa"]
    wide = ["".join(chr(ord(letter) + 0xFEE0) for letter in name) for name in cases[:4]]
    return cases + wide


def test_ten_spellings_of_one_name_at_once_make_one_account(db, meet):
    meet(User, "clean", threads=10)
    pages = at_once(*(register(name, n) for n, name in enumerate(spellings_of_rosa())))

    assert sorted(page.status_code for page in pages) == [200] * 9 + [302]
    assert User.objects.count() == 1


def test_control_looking_before_writing_makes_ten_accounts(db, meet, monkeypatch):
    def as_it_stands(user: User) -> None:
        user.name_key, user.email_key = user.username, user.email

    meet(User, "clean", threads=10)
    monkeypatch.setattr(models, "write_keys", as_it_stands)
    at_once(*(register(name, n) for n, name in enumerate(spellings_of_rosa())))

    assert User.objects.count() > 1
