"""Products that come back from an order to the stock."""

from collections import Counter
from collections.abc import Iterable

from django.db.models import F

from orders.models import OrderLine
from shop.models import Product


def put_back_in_stock(returned: Iterable[tuple[OrderLine, int]]) -> None:
    """So many of each line can be sold again; what is not counted stays so.

    Call it once for each return, in the transaction that notes the return and holds the order's
    lock: products are taken after it, the lowest primary key first.
    """
    quantities: Counter[int] = Counter()
    for line, quantity in returned:
        if line.product_id:
            quantities[line.product_id] += quantity
    for pk in sorted(quantities):
        counted = Product.objects.filter(pk=pk, stock__isnull=False)
        counted.update(stock=F("stock") + quantities[pk])
