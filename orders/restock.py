"""Products that come back from an order to the stock."""

from collections import Counter
from collections.abc import Iterable

from orders.models import OrderLine
from shop.models import StockMovement


def put_back_in_stock(returned: Iterable[tuple[OrderLine, int]]) -> None:
    """So many of each line can be sold again; what is not counted stays so.

    Call it once for each return, in the transaction that notes the return and holds the order's
    lock: products are taken after it, the lowest primary key first.
    """
    quantities: Counter[int] = Counter()
    number = ""
    for line, quantity in returned:
        if line.product_id:
            quantities[line.product_id] += quantity
            number = line.order.number
    for pk in sorted(quantities):
        StockMovement(
            product_id=pk,
            change=quantities[pk],
            reason=StockMovement.Reason.RETURN,
            order_number=number,
        ).make()
