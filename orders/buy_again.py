"""Buy again: what was ordered goes into the cart once more, as far as the shop still has it."""

from typing import NamedTuple

from accounts.models import User
from orders.models import Order, OrderLine
from shop.cart import CartFull, add_to_cart


class BoughtAgain(NamedTuple):
    """In words for the buyer: what is in the cart now, and sentences about what is not."""

    added: list[str]
    not_added: list[str]


def put_into_cart(user: User, order: Order) -> BoughtAgain:
    """At today's prices. The order's products have to be those that this user sees."""
    added: list[str] = []
    not_added: list[str] = []
    for line in order.lines.all():
        product = line.available_product
        if not product:
            not_added.append(why_not(line))
            continue
        quantity = min(line.quantity, product.most)
        try:
            add_to_cart(user, product, quantity)
        except CartFull:
            not_added.append(f"Your cart is full: check out first, then add {line.product_name}.")
            continue
        added.append(f"{quantity} × {line.product_name}")
        if quantity < line.quantity:
            not_added.append(f"Only {quantity} of {line.product_name} left, not {line.quantity}.")
    return BoughtAgain(added, not_added)


def why_not(line: OrderLine) -> str:
    if line.product and line.product.is_active:
        return f"{line.product_name} is sold out."
    return f"{line.product_name} is no longer sold."
