"""Lists of products: what is asked of the database for them, and the cards that come of it."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import cached_property

from accounts import large_lists
from accounts.questions import counted, question
from shop import search_index
from shop.cards import Card, Listed, Member
from shop.models import Product, ProductQuerySet
from shop.search import LookedUp

PRODUCTS_A_PAGE = 24
NEWEST = ("-created_at", "-pk")
COLUMNS_OF_A_MEMBER = (
    *("family", "family__members_name", "pk", "price_cents"),
    *("sale_price_cents", "sale_from", "sale_until", "stock"),
)
BEST_SELLING = ("-sold_count", "-created_at", "-pk")


class Wanted(NamedTuple):
    """Which of the active products, and in which order."""

    order: tuple[str, ...] = NEWEST
    words: tuple[LookedUp, ...] = ()
    category: int | None = None
    lowest_cents: int | None = None
    highest_cents: int | None = None
    in_stock: bool = False
    # Neither this product nor others of this family.
    but: int | None = None
    but_family: int | None = None

    @property
    def is_by_price(self) -> bool:
        """Whether `Product.objects.begin_and_end_sales` has to come before."""
        is_sorted = not {"sort_price_cents", "-sort_price_cents"}.isdisjoint(self.order)
        return is_sorted or bool(self.lowest_cents or self.highest_cents)


class ProductList:
    """The cards of what is wanted, as the shopper sees them whose checkout holds these, and who has
    so many of each in the cart; a paginator asks it for one page."""

    def __init__(
        self,
        wanted: Wanted,
        held: Collection[int],
        in_cart: Mapping[int, int] | None = None,
        *,
        is_first_page: bool = False,
    ) -> None:
        order, words, category, lowest, highest, in_stock, but, but_family = wanted
        self.values = (tuple(sorted(held)), words, category, lowest, highest, but, but_family)
        self.in_index = search_index.question_to_index(words)
        self.in_stock, self.order = in_stock, order
        self.held, self.in_cart = held, in_cart or {}
        self.is_first_page = is_first_page

    def count(self) -> int:
        """Up to one more than anybody looks at; without a question where the first page is not
        full, and was asked for."""
        if self.is_first_page and len(self.first_page) < PRODUCTS_A_PAGE:
            return len(self.first_page)
        most = large_lists.MOST_LISTED + 1
        return number_wanted(*self.values, self.in_index, in_stock=self.in_stock, most=most)

    def __getitem__(self, part: slice) -> list[Card]:
        """Of as many as a page has: the last one, too, asks for that many."""
        start = part.start or 0
        cards = self.cards(start, PRODUCTS_A_PAGE) if start else self.first_page
        return cards[: part.stop - start]

    @cached_property
    def first_page(self) -> list[Card]:
        return self.cards(0, PRODUCTS_A_PAGE)

    def first(self, number: int) -> list[Card]:
        return self.cards(0, number)

    @cached_property
    def few_in_index(self) -> str | None:
        """Of many, the first of the list are soon met in its own order."""
        few = self.in_index and search_index.finds_few(self.in_index)
        return self.in_index if few else None

    def cards(self, start: int, most: int) -> list[Card]:
        values = (*self.values, self.few_in_index)
        rows = rows_wanted(
            *values, in_stock=self.in_stock, order=self.order, start=start, stop=start + most
        )
        products = [Listed._make(row) for row in rows]
        members = defaultdict(list)
        families = {product.family for product in products if product.family}
        if families:
            for member in map(Member._make, members_of(tuple(sorted(families)))):
                members[member.family].append(member)
        now = timezone.now()
        return [
            Card.of(
                product,
                members[product.family or 0],
                self.held,
                self.in_cart.get(product.pk, 0),
                now,
            )
            for product in products
        ]


def products_asked_for(
    held: tuple[int, ...],
    words: tuple[LookedUp, ...],
    category: int | None,
    lowest: int | None,
    highest: int | None,
    but: int | None,
    but_family: int | None,
    in_index: str | None,
    *,
    in_stock: bool,
) -> ProductQuerySet:
    products = Product.objects.active().having(words, in_index)
    if category:
        products = products.filter(category=category)
    if lowest:
        products = products.filter(sort_price_cents__gte=lowest)
    if highest:
        products = products.filter(sort_price_cents__lte=highest)
    if in_stock:
        products = products.in_stock(held)
    if but:
        products = products.exclude(pk=but)
    return products.exclude(family=but_family) if but_family else products


@question
def rows_wanted(
    held: tuple[int, ...],
    *values: Any,
    in_stock: bool,
    order: tuple[str, ...],
    start: int,
    stop: int,
) -> "QuerySet[Product, Any]":
    products = products_asked_for(held, *values, in_stock=in_stock).once_a_family(held)
    return products.order_by(*order).values_list(*Listed._fields)[start:stop]


@counted
def number_wanted(*values: Any, in_stock: bool, most: int) -> "QuerySet[Product, Any]":
    """Each family once: to count them takes no look at which product is the first of each."""
    products = products_asked_for(*values, in_stock=in_stock).order_by()
    alone = products.filter(family=None).values_list("pk")
    families = products.filter(family__isnull=False).values_list("family").distinct()
    return alone.union(families, all=True)[:most]


@question
def members_of(families: tuple[int, ...]) -> "QuerySet[Product, Any]":
    return (
        Product.objects.active().filter(family__pk__in=families).values_list(*COLUMNS_OF_A_MEMBER)
    )
