"""The cart: what a shopper means to buy, kept with the account."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Case, F, QuerySet, When

from accounts.locking import in_order
from accounts.models import User
from accounts.questions import question
from shop.later import forget_plans
from shop.models import CartItem, Checkout, CheckoutLine, Product

# Stripe's own limit on the lines of one session.
MAX_ITEMS = 100


class CartFull(Exception):
    """More different products than Stripe takes in one payment."""


@dataclass
class Cart:
    """The items as the shopper sees them now; what is not available is listed, but not counted."""

    items: list[CartItem] = field(default_factory=list)

    @property
    def available(self) -> list[CartItem]:
        return [item for item in self.items if item.is_available]

    @property
    def total_cents(self) -> int:
        return sum(item.total_cents for item in self.available)

    @property
    def quantity(self) -> int:
        return sum(item.left for item in self.available)

    @property
    def is_repriced(self) -> bool:
        return any(item.is_repriced for item in self.available)


def cart_of(user: User, held: Collection[int] | None = None) -> Cart:
    """In one query where what the user's open checkout holds is known, or the cart is empty."""
    items = items_of(user.pk)
    if items:
        held = CheckoutLine.objects.held_by(user) if held is None else held
        for item in items:
            item.product.is_held = item.product_id in held
    return Cart(items)


@question
def items_of(user: int) -> "QuerySet[CartItem]":
    return CartItem.objects.filter(user=user).select_related("product")


def quantities_of(cart: Cart) -> dict[int, int]:
    """How many are in the cart, by product id."""
    return {item.product_id: item.left for item in cart.available}


def add_to_cart(
    user: User, product: Product, quantity: int, price_seen_cents: int | None = None
) -> int:
    """More of the product, up to what can be ordered; how many are in the cart then.

    It is not for later any more. Without a price that was seen it is today's. Raises CartFull.
    """
    with transaction.atomic():
        item, created = CartItem.objects.select_for_update().get_or_create(
            user=user,
            product=product,
            defaults={
                "quantity": min(quantity, product.most),
                "price_seen_cents": price_seen_cents or product.current_price_cents,
            },
        )
        if created:
            if user.cart_items.count() > MAX_ITEMS:
                raise CartFull
        else:
            # Locked above. What is left of it may have become less than was in the cart.
            item.quantity = max(1, min(item.quantity + quantity, product.most))
            item.save(update_fields=["quantity"])
    # Not within the transaction: see `save_for_later`.
    user.saved_products.filter(product=product).delete()
    return item.quantity


def update_cart(user: User, quantities: dict[int, int]) -> None:
    """Set the quantities by product id; 0 removes the product."""
    for product_id, quantity in quantities.items():
        item = user.cart_items.filter(product_id=product_id)
        if quantity:
            item.update(quantity=quantity)
        else:
            item.delete()


def note_prices_seen(cart: Cart) -> None:
    """The shopper was told today's prices, and agrees by going on to pay."""
    for item in cart.items:
        if item.is_repriced:
            item.price_seen_cents = item.product.current_price_cents
            item.save(update_fields=["price_seen_cents"])


def take_bought_out(checkout: Checkout) -> None:
    """What was paid leaves the cart, as far as it is still there, and what the shopper had put
    off; called once per order."""
    if not checkout.user_id:
        return
    bought = {line.product_id or 0: line.quantity for line in checkout.lines.all()}
    if checkout.from_cart:
        take_from_cart(checkout.user_id, bought)
    forget_plans(checkout.user_id, bought)


def take_from_cart(user_id: int, bought: Mapping[int, int]) -> None:
    """By so many of each product; what the cart has no more of leaves it."""
    items = CartItem.objects.filter(user_id=user_id, product_id__in=bought)
    number = Case(*(When(product=pk, then=quantity) for pk, quantity in bought.items()))
    # The database compares: a shopper who changes the quantity meanwhile must not undo the order.
    left_the_cart, _ = in_order(items.filter(quantity__lte=number)).delete()
    if left_the_cart < len(bought):
        more = in_order(items.filter(quantity__gt=number))
        more.update(quantity=F("quantity") - number)
