"""Where an order is, and what happened to it, in words for its buyer and for staff."""

from datetime import datetime
from typing import NamedTuple

from orders.models import Order, Refund
from shop.money import format_money


class Happening(NamedTuple):
    at: datetime
    words: str
    is_money_back: bool = False


class Step(NamedTuple):
    """Of the way that every order goes; `at` is empty while it has not come there."""

    name: str
    at: datetime | None


def progress(order: Order) -> list[Step]:
    """Paid, cancelled, shipped, refunded: what is to come is named only where it will come."""
    steps = [Step("Paid" if order.total_cents else "Ordered", order.paid_at)]
    if order.cancelled_at:
        steps.append(Step("Cancelled", order.cancelled_at))
    if order.shipped_at or (order.has_parcel and not order.is_refunded):
        steps.append(Step("Shipped", order.shipped_at))
    if order.refunded_cents:
        given = [refund for refund in order.refunds.all() if refund.is_live]
        last = max((refund.created_at for refund in given), default=order.paid_at)
        steps.append(Step("Refunded" if order.is_refunded else "Partially refunded", last))
    return steps


def timeline(order: Order) -> list[Happening]:
    """Oldest first."""
    total = format_money(order.total_cents, order.currency)
    happenings = [Happening(order.paid_at, f"Paid {total}" if order.total_cents else "Ordered")]
    if order.receipt_sent_at:
        happenings.append(Happening(order.receipt_sent_at, f"Receipt sent to {order.email}"))
    if order.email_corrected_at:
        was = f" from {order.former_email}" if order.former_email else ""
        words = f"E-mail address changed{was} to {order.email}"
        happenings.append(Happening(order.email_corrected_at, words))
    if order.shipped_at:
        happenings.append(Happening(order.shipped_at, "Shipped"))
    if order.cancelled_at:
        happenings.append(Happening(order.cancelled_at, "Cancelled"))
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
