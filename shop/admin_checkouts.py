"""What staff look for among the checkouts: something exact first, by its index, or a product."""

from uuid import UUID

from django.db import connection
from django.db.models import Max, QuerySet
from django.db.models.functions import Lower

from accounts.models import User
from shop.models import Checkout, CheckoutLine

# As many as are found of a product, the latest first.
MOST_FOUND = 1_000
# SQLite has no index for a part of a word: there the latest so many lines are looked through.
LOOKED_THROUGH = 20_000


def find_checkouts(checkouts: QuerySet[Checkout], typed: str) -> QuerySet[Checkout]:
    typed = typed.replace("\0", "").strip()
    if not typed:
        return checkouts
    if typed.startswith("cs_"):
        return checkouts.filter(stripe_session_id=typed)
    written = Checkout.objects.alias(lower_email=Lower("email")).filter(lower_email=typed.lower())
    buyers = [*User.with_name(typed), *User.with_email(typed)]
    found = latest(written) or latest(Checkout.objects.filter(user__in=buyers))
    return checkouts.filter(pk__in=found or with_product(typed))


def latest(checkouts: QuerySet[Checkout]) -> list[UUID]:
    return list(checkouts.order_by("-created_at").values_list("pk", flat=True)[:MOST_FOUND])


def with_product(typed: str) -> list[UUID]:
    lines = CheckoutLine.objects.order_by("-pk")
    for word in typed.split():
        lines = lines.filter(product_name__icontains=word)
    if connection.vendor != "postgresql":
        newest = CheckoutLine.objects.aggregate(newest=Max("pk"))["newest"] or 0
        lines = lines.filter(pk__gt=newest - LOOKED_THROUGH)
    return list(lines.values_list("checkout_id", flat=True)[:MOST_FOUND])
