"""What is asked of the products, and done to many of them at once."""

from collections.abc import Collection, Iterable
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.db.models import Case, Exists, OuterRef, Q, Subquery, When
from django.utils import timezone

from accounts.locking import lock
from shop import search_index
from shop.models.sale import has_begun, has_sale, is_off
from shop.search import LookedUp, looked_up

if TYPE_CHECKING:
    from accounts.models import User
    from shop.models.catalogue import Product  # noqa: F401 -- named below, in words

FEW_LEFT = 5


def containing(typed: LookedUp) -> Q:
    """Finds the word as it was typed, or by stems: "tea-towels" in "tea towel"."""
    word, parts = typed
    by_stem = Q()
    for stems in parts:
        by_stem &= reduce(or_, (Q(search_text__contains=stem) for stem in stems))
    return Q(search_text__contains=word) | by_stem


class ProductQuerySet(models.QuerySet["Product"]):
    def active(self) -> "ProductQuerySet":
        return self.filter(is_active=True)

    def seen_by(self, held: Collection[int]) -> "ProductQuerySet":
        """As the shopper sees them whose open checkout holds these: they are not sold out."""
        return self.annotate(is_held=Q(pk__in=held)) if held else self

    def looked_at_by(self, user: "User") -> "ProductQuerySet":
        """As `seen_by`, with what a product's own page says of the shopper's plans for later."""
        from shop.models.checkout import CheckoutLine  # made of products

        return self.seen_by(CheckoutLine.objects.held_by(user)).with_plans_of(user.pk)

    def with_plans_of(self, user: int) -> "ProductQuerySet":
        """With whether the shopper saved it, and waits for it."""
        from shop.models.later import BackInStockRequest, SavedProduct  # made of products

        mine = {"user": user, "product": OuterRef("pk")}
        plans = {
            "is_saved": Exists(SavedProduct.objects.filter(**mine)),
            "is_awaited": Exists(BackInStockRequest.objects.filter(**mine)),
        }
        return self.annotate(**plans)

    def in_stock(self, held: Collection[int]) -> "ProductQuerySet":
        """What the shopper can buy now whose open checkout holds these."""
        return self.exclude(Q(stock=0) & ~Q(pk__in=held))

    def once_a_family(self, held: Collection[int]) -> "ProductQuerySet":
        """As the shopper sees them whose open checkout holds these, with one product for each
        family: of those that were asked for, the cheapest that can be bought. Call it after the
        filters; shop/cards.py shows what comes of it.
        """
        sold_out_last = Case(When(Q(stock=0) & ~Q(pk__in=held), then=1), default=0)
        asked_for = self.filter(family=OuterRef("family"))
        first = asked_for.order_by(sold_out_last, "sort_price_cents", "pk").values("pk")[:1]
        return self.filter(Q(family=None) | Q(pk=Subquery(first)))

    def search(self, words: str) -> "ProductQuerySet":
        """Products with all of the words in what they are called and described by, or in the name
        of the category; accents do not count, and a plural finds the singular and back."""
        looked_for = looked_up(words)
        in_index = search_index.question_to_index(looked_for)
        if in_index and search_index.finds_few(in_index):
            found = search_index.found_by(in_index, self.model.objects.values_list("pk", flat=True))
            return self.having(looked_for).filter(pk__in=list(found))
        return self.having(looked_for)

    def having(self, words: Iterable[LookedUp], in_index: str | None = None) -> "ProductQuerySet":
        """As `search`, of words that were looked up; the index may say where to look for them."""
        found = search_index.found_by(in_index, self) if in_index else self
        return reduce(lambda found, word: found.filter(containing(word)), words, found)

    def gather_search_text(self) -> None:
        """Write again what is searched of them, as when a word that they bear has changed."""
        with transaction.atomic():
            products = self.filter(pk__in=lock(self)).select_related("category")
            for product in products:
                product.gather_search_text(product.category)
            self.model.objects.bulk_update(products, ["search_text"], batch_size=500)

    def low_on_stock(self) -> "ProductQuerySet":
        return self.filter(stock__lte=FEW_LEFT)

    def best_selling(self) -> "ProductQuerySet":
        return self.order_by("-sold_count", "-created_at", "-pk")

    def switch(self, *, is_active: bool) -> int:
        """Put them into the shop or take them out of it; how many they are."""
        with transaction.atomic():
            return self.model.objects.filter(pk__in=lock(self)).update(is_active=is_active)

    def misplaced(self) -> "ProductQuerySet":
        """Those that lists sort by another price than they cost now: a sale has begun or ended."""
        now = timezone.now()
        return self.filter(has_sale, has_begun(now) | is_off(now))

    def begin_and_end_sales(self) -> int:
        """Have lists sort all of them by what they cost now; for how many that is news.

        One question to an index where it is for none. May be repeated, and by several at once: a
        row that somebody is writing is left for the next time, as a shopper's list waits for none.
        """
        if not self.misplaced().exists():
            return 0
        now = timezone.now()
        with transaction.atomic():
            free = self.misplaced().select_for_update(skip_locked=True, no_key=True)
            due = self.filter(pk__in=list(free.order_by("pk").values_list("pk", flat=True)))
            ended = due.filter(is_off(now)).update(is_sorted_by_sale=False)
            return ended + due.filter(has_begun(now)).update(is_sorted_by_sale=True)
