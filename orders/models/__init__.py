"""What was paid and given back, and what Stripe told of it."""

from orders.models.dispute import Dispute
from orders.models.event import StripeEvent, WebhookRefusal
from orders.models.order import A_LINK, STATUSES, TO_SHIP, Order, OrderLine, new_number
from orders.models.refund import UNDER_WAY, Refund, RefundLine
from orders.models.refused import RefusedAddress
from orders.models.run import Run

__all__ = [
    "A_LINK",
    "STATUSES",
    "TO_SHIP",
    "UNDER_WAY",
    "Dispute",
    "Order",
    "OrderLine",
    "Refund",
    "RefundLine",
    "RefusedAddress",
    "Run",
    "StripeEvent",
    "WebhookRefusal",
    "new_number",
]
