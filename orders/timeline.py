"""What happened to an order, in words, for its buyer and for staff."""

from datetime import datetime
from typing import NamedTuple

from orders.models import Order, Refund
from shop.money import format_money


class Happening(NamedTuple):
    at: datetime
    words: str
    is_money_back: bool = False


def timeline(order: Order) -> list[Happening]:
    """Oldest first."""
    total = format_money(order.total_cents, order.currency)
    happenings = [Happening(order.paid_at, f"Paid {total}" if order.total_cents else "Ordered")]
    if order.receipt_sent_at:
        happenings.append(Happening(order.receipt_sent_at, f"Receipt sent to {order.email}"))
    if order.shipped_at:
        happenings.append(Happening(order.shipped_at, "Shipped"))
    happenings += [money_back(refund) for refund in order.refunds.all() if refund.stripe_refund_id]
    return sorted(happenings)


def money_back(refund: Refund) -> Happening:
    amount = format_money(refund.amount_cents, refund.order.currency)
    if not refund.is_live:
        words = f"Refund of {amount} {refund.status}"
    elif refund.status == Refund.Status.SUCCEEDED:
        words = f"Refunded {amount}"
    else:
        words = f"Refund begun: {amount}"
    return Happening(refund.created_at, words, is_money_back=True)
