"""Staff at the admin, and accidents with the database."""

import contextlib
from typing import Any
from uuid import uuid4

from django.db.models import ProtectedError
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from orders.models import Order
from shop.admin import ProductForm
from shop.models import Checkout, Product
from shop.money import to_decimal
from tests.machine import books
from tests.machine.shoppers import Shoppers
from tests.machine.world import WHICH, pick

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
        self.run(self.staff.post, *self.refund_form)

    @precondition(lambda self: self.refund_form)
    @rule()
    def press_refund_again(self) -> None:
        self.run(self.staff.post, *self.refund_form)

    @rule(which=WHICH, price_cents=st.sampled_from([500, 1900, 2100]), is_active=MOSTLY)
    def change_a_product(self, which: int, price_cents: int, is_active: bool) -> None:
        product = pick(self.books.products, which)
        product.price_cents, product.is_active = price_cents, is_active
        self.run(product.save, update_fields=["price_cents", "is_active"])

    @rule(which=WHICH, stock=STOCK)
    def count_the_shelf(self, which: int, stock: int | None) -> None:
        product = pick(self.books.products, which)
        product.stock = stock
        product.save(update_fields=["stock"])
        self.memory.count_units(books.read(), product)  # the holds are counted with it

    @precondition(lambda self: not self.product_page)
    @rule(which=WHICH)
    def open_the_page_of_a_product(self, which: int) -> None:
        product = pick(self.books.products, which)
        self.product_page = product, fields_of(ProductForm(instance=product))

    @precondition(lambda self: self.product_page)
    @rule(name=st.sampled_from(["Tall mug", "Blue bowl"]))
    def rename_it_there(self, name: str) -> None:
        """However long ago the page was opened: what was sold meanwhile stays sold."""
        (product, fields), self.product_page = self.product_page, None
        url = f"/admin/shop/product/{product.pk}/change/"
        self.run(self.staff.post, url, fields | {"name": name})

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

    @precondition(lambda self: self.at_stripe and not self.memory.lost)
    @rule(which=WHICH)
    def a_restored_backup_lacks_a_checkout(self, which: int) -> None:
        checkout = pick(self.at_stripe, which)
        self.memory.lost.add(checkout.stripe_session_id or "")
        for line in checkout.lines.filter(holds_stock=True, product_id__in=self.memory.units):
            self.memory.units[line.product_id or 0] -= line.quantity
        checkout.delete()

    @property
    def at_stripe(self) -> list[Checkout]:
        return [found for found in self.books.unfinished if found.stripe_session_id]


def fields_of(form: Any) -> dict[str, Any]:
    """What a browser sends when nothing is changed."""
    values: dict[str, Any] = {}
    for field in form:
        value = field.value()
        values[field.html_name] = "" if value is None else value
        if field.field.show_hidden_initial:
            values[field.html_initial_name] = values[field.html_name]
    return {name: value for name, value in values.items() if value is not False and name != "image"}
