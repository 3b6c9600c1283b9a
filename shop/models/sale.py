"""A product's price for a time, and which of its two prices it is sorted by.

What is shown and what is charged is worked out from the row and the clock: `current_price_cents` of
`shop/models/catalogue.py`, in one place and never stored. So it is right at the very second at
which a sale begins or ends, whoever runs and whoever does not.

A list of many products is sorted by an index, and no index knows the time. So the row also says
whether its sale is on, as far as the lists know, and the database works out from that what the row
is sorted and filtered by. `begin_and_end_sales` puts right what the clock has changed: on the way
to each list that is sorted or filtered by price, and from cron for the rest. Until it has run, a
product may stand in another place of a list; never at another price.
"""

from datetime import datetime

from django.db.models import Case, F, Q, When

# What a sale is made of.
SALE = frozenset(("sale_price_cents", "sale_from", "sale_until"))

has_sale = Q(sale_price_cents__isnull=False)
sort_price = Case(
    When(has_sale & Q(is_sorted_by_sale=True), then=F("sale_price_cents")),
    default=F("price_cents"),
)


def has_begun(moment: datetime) -> Q:
    """Of those with a sale the ones whose is on, which the lists do not know."""
    no_later = Q(sale_from=None) | Q(sale_from__lte=moment)
    not_over = Q(sale_until=None) | Q(sale_until__gt=moment)
    return Q(is_sorted_by_sale=False) & no_later & not_over


def is_over(moment: datetime) -> Q:
    """And the ones whose is over."""
    return Q(is_sorted_by_sale=True, sale_until__lte=moment)
