"""A product's price for a time, and which of its two prices it is sorted by.

What is shown and what is charged is worked out from the row and the clock by `price_at`, in one
place and never stored. So it is right at the very second at
which a sale begins or ends, whoever runs and whoever does not.

A list of many products is sorted by an index, and no index knows the time. So the row also says
whether its sale is on, as far as the lists know, and the database works out from that what the row
is sorted and filtered by. `begin_and_end_sales` puts right what the clock has changed: on the way
to each list that is sorted or filtered by price, and from cron for the rest. Until it has run, a
product may stand in another place of a list; never at another price.
"""

from datetime import datetime
from typing import Protocol

from django.db.models import Case, F, Q, When

# What a sale is made of.
SALE = frozenset(("sale_price_cents", "sale_from", "sale_until"))

has_sale = Q(sale_price_cents__isnull=False)
sort_price = Case(
    When(has_sale & Q(is_sorted_by_sale=True), then=F("sale_price_cents")),
    default=F("price_cents"),
)


class Priced(Protocol):
    """A product, or a row of some of its columns."""

    @property
    def price_cents(self) -> int: ...
    @property
    def sale_price_cents(self) -> int | None: ...
    @property
    def sale_from(self) -> datetime | None: ...
    @property
    def sale_until(self) -> datetime | None: ...


def price_at(product: Priced, moment: datetime) -> int:
    """What it costs then, in cents: the one price that pages show and that is charged."""
    sale_price = product.sale_price_cents
    if sale_price is None or not is_on_sale(product, moment):
        return product.price_cents
    return sale_price


def prices_at(product: Priced, moment: datetime) -> tuple[int, int | None]:
    """What it costs then, and what it costs otherwise where that is more."""
    price = price_at(product, moment)
    return price, product.price_cents if price < product.price_cents else None


def is_on_sale(product: Priced, moment: datetime) -> bool:
    has_begun = product.sale_from is None or product.sale_from <= moment
    is_over = product.sale_until is not None and product.sale_until <= moment
    return product.sale_price_cents is not None and has_begun and not is_over


def has_begun(moment: datetime) -> Q:
    """Of those with a sale the ones whose is on, which the lists do not know."""
    no_later = Q(sale_from=None) | Q(sale_from__lte=moment)
    not_over = Q(sale_until=None) | Q(sale_until__gt=moment)
    return Q(is_sorted_by_sale=False) & no_later & not_over


def is_off(moment: datetime) -> Q:
    """And the ones whose is not on: it is over, or was put off."""
    return Q(is_sorted_by_sale=True) & (Q(sale_until__lte=moment) | Q(sale_from__gt=moment))
