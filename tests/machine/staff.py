"""Staff at the admin."""

import contextlib
from typing import Any
from uuid import uuid4

from django.contrib.messages import get_messages
from django.db.models import ProtectedError
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from orders.models import Order
from shop.models import Category, DeliveryOption, OutOfStock, Product, StockMovement
from shop.money import to_decimal
from tests.machine import books
from tests.machine.shoppers import Shoppers
from tests.machine.world import WHICH, pick
from tests.pages import read
from tests.product_form import NO_MORE_PICTURES

MOSTLY = st.sampled_from([True, True, True, False])
STOCK = st.none() | st.integers(0, 5)


class Staff(Shoppers):
    def __init__(self) -> None:
        super().__init__()
        self.refund_form: tuple[str, dict[str, Any]] | None = None
        self.product_page: tuple[Product, dict[str, Any]] | None = None

    @property
    def refundable_orders(self) -> list[Order]:
        return [order for order in self.books.orders if order.refundable_cents]

    @precondition(lambda self: self.refundable_orders)
    @rule(which=WHICH, parts=st.integers(1, 3))
    def refund(self, which: int, parts: int) -> None:
        order = pick(self.refundable_orders, which)
        amount = to_decimal(-(-order.refundable_cents // parts), order.currency)
        form = {"amount": amount, "reason": "duplicate", "refund_id": uuid4(), "confirmed": "on"}
        self.refund_form = f"/admin/orders/order/{order.pk}/refund/", form
        self.press_refund()

    @precondition(lambda self: self.refund_form)
    @rule(amount=st.none() | st.sampled_from(["5.00", "19.00"]))
    def press_refund_again(self, amount: str | None) -> None:
        """It is the same refund, also if someone changed the amount in between."""
        url, form = self.refund_form
        self.refund_form = url, form | ({"amount": amount} if amount else {})
        self.press_refund()

    def press_refund(self) -> None:
        url, form = self.refund_form
        answer = self.run(self.staff.post, url, form)
        if self.was_calm:
            assert answer.status_code in (200, 302)
        told = [] if answer is None else map(str, get_messages(answer.wsgi_request))
        if any("or the order will ask for a review" in message for message in told):
            self.memory.promised.add(form["refund_id"])

    @property
    def for_review(self) -> list[Order]:
        return [order for order in self.books.orders if order.needs_review]

    @precondition(lambda self: self.for_review)
    @rule(which=WHICH)
    def settle_a_review(self, which: int) -> None:
        order = pick(self.for_review, which)
        form = {"note": "Looked at it.", "reasons_read": len(order.reasons)}
        self.run(self.staff.post, f"/admin/orders/order/{order.pk}/resolve/", form)
        self.memory.resolved[order.number] |= set(order.reasons)

    @rule(which=WHICH, price_cents=st.sampled_from([500, 1900, 2100]), is_active=MOSTLY)
    def change_a_product(self, which: int, price_cents: int, is_active: bool) -> None:
        product = pick(self.books.products, which)
        product.price_cents, product.is_active = price_cents, is_active
        self.run(product.save, update_fields=["price_cents", "is_active"])

    @rule(price_cents=st.sampled_from([0, 490, 690]))
    def change_the_price_of_delivery(self, price_cents: int) -> None:
        post = DeliveryOption.objects.get(name="Post")
        post.price_cents = price_cents
        self.run(post.save, update_fields=["price_cents"])

    @rule(which=WHICH, stock=STOCK)
    def count_the_shelf(self, which: int, stock: int | None) -> None:
        product = pick(self.books.products, which)
        self.run(StockMovement.count, product, stock, product.stock)
        counted = books.read()
        self.memory.count_units(counted, counted.product(product.pk) or product)

    @rule(which=WHICH, change=st.sampled_from([-1, 2]))
    def move_the_shelf(self, which: int, change: int) -> None:
        """By a form that is sent twice, as after a crash."""
        product = pick(self.books.products, which)
        movement = StockMovement(product=product, change=change, reason="delivery")
        with contextlib.suppress(OutOfStock):
            self.run(movement.make)
            movement.make()
        if StockMovement.objects.filter(pk=movement.pk).exists():
            self.memory.units[product.pk] += change

    @precondition(lambda self: not self.product_page)
    @rule(which=WHICH)
    def open_the_page_of_a_product(self, which: int) -> None:
        product = pick(self.books.products, which)
        page = self.staff.get(f"/admin/shop/product/{product.pk}/change/")
        self.product_page = product, read(page).sent | NO_MORE_PICTURES

    @precondition(lambda self: self.product_page)
    @rule(name=st.sampled_from(["Tall mug", "Blue bowl"]))
    def rename_it_there(self, name: str) -> None:
        """However long ago the page was opened: what was sold meanwhile stays sold."""
        (product, fields), self.product_page = self.product_page, None
        url = f"/admin/shop/product/{product.pk}/change/"
        self.run(self.staff.post, url, fields | {"name": name})

    @precondition(lambda self: len(self.books.products) < 5)
    @rule(price_cents=st.sampled_from([500, 1900]), stock=STOCK)
    def add_a_product(self, price_cents: int, stock: int | None) -> None:
        """Its id was another product's, if the shop was restored meanwhile."""
        name = self.memory.new_name("Plate")
        product = Product(
            pk=self.books.products[-1].pk + 1,
            category=Category.objects.get(),
            name=name,
            slug=name.lower(),
            price_cents=price_cents,
            stock=stock,
        )
        product.save(force_insert=True)
        self.memory.units[product.pk] = stock or 0

    @precondition(lambda self: self.books.checkouts and len(self.books.products) > 2)
    @rule(which=WHICH)
    def delete_a_product(self, which: int) -> None:
        with contextlib.suppress(ProtectedError):
            self.run(pick(self.books.products, which).delete)

    @precondition(lambda self: self.books.checkouts and len(self.clients) > 2)
    @rule(which=WHICH)
    def delete_an_account(self, which: int) -> None:
        shopper = pick(self.shoppers, which)
        del self.clients[shopper]
        self.wishes.pop(shopper, None)
        shopper.delete()

    @precondition(lambda self: self.books.unfinished and not self.memory.released_early)
    @rule(which=WHICH)
    def a_hold_is_released_too_early(self, which: int) -> None:
        """By hand, say: whoever pays now is served late, and staff must see it."""
        checkout = pick(self.books.unfinished, which)
        self.memory.released_early.add(checkout.pk)
        checkout.release()
