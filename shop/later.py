"""What a shopper puts off: saved for later, or wished for when it is back."""

from collections.abc import Collection

from accounts.locking import in_order
from accounts.models import User
from shop.models import BackInStockRequest, CheckoutLine, Product, ProductQuerySet, SavedProduct

# All stand on one page, below the cart.
MAX_SAVED = 100


class TooManySaved(Exception):
    """As many products are saved as the page shows."""


def saved_by(user: User) -> ProductQuerySet:
    """What the shopper saved, the latest first, as the shopper sees it."""
    held = CheckoutLine.objects.held_by(user)
    saved = Product.objects.seen_by(held).filter(saved__user=user)
    return saved.order_by("-saved__created_at", "-saved__pk")


def save_for_later(user: User, product: Product) -> None:
    """May be repeated. Raises TooManySaved.

    Call it outside a transaction that has locked lines of the cart: PostgreSQL locks the product
    when the new row is committed, and whoever deletes a product locks that before the lines.
    """
    others = user.saved_products.exclude(product=product)
    if others.count() >= MAX_SAVED:
        raise TooManySaved
    SavedProduct.objects.get_or_create(user=user, product=product)


def forget_plans(user_id: int, bought: Collection[int]) -> None:
    """What was bought is neither for later nor waited for, by product id."""
    mine = {"user_id": user_id, "product_id__in": bought}
    saved = SavedProduct.objects.filter(**mine).order_by()
    waited_for = BackInStockRequest.objects.filter(**mine).order_by()
    # Mostly there is neither, and one question says so.
    if saved.values("product").union(waited_for.values("product")).exists():
        in_order(saved).delete()
        in_order(waited_for).delete()
