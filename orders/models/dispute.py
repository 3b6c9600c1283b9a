from django.db import models
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.timezone import localtime

from orders.models.order import Order
from shop.money import format_money


class Dispute(models.Model):
    """A buyer's dispute with the bank, as Stripe reports it."""

    LOST, WON = "lost", "won"
    CLOSED = (LOST, WON, "warning_closed", "prevented")

    order = models.ForeignKey(Order, models.PROTECT, related_name="disputes")
    stripe_dispute_id = models.CharField("Stripe dispute", max_length=255, unique=True)
    status = models.CharField(max_length=40)
    amount_cents = models.PositiveBigIntegerField("amount")
    due_by = models.DateTimeField("answer by", null=True, default=None)
    is_charge_refundable = models.BooleanField("refund possible", default=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at", "pk"]
        indexes = [
            models.Index(
                fields=["order"],
                condition=~Q(status__in=["lost", "won", "warning_closed", "prevented"]),
                name="open_disputes",
            )
        ]

    def __str__(self) -> str:
        return f"{self.status} dispute of order {self.order_id}"

    @property
    def is_open(self) -> bool:
        return self.status not in self.CLOSED

    @property
    def is_lost(self) -> bool:
        return self.status == self.LOST

    @property
    def advice(self) -> str:
        """What happened and what staff should do about it; nothing while there is only to wait."""
        amount = format_money(self.amount_cents, self.order.currency)
        by = f" by {date_format(localtime(self.due_by), 'DATETIME_FORMAT')}" if self.due_by else ""
        match self.status:
            case "warning_needs_response":
                return (
                    f"The buyer's bank asks about the payment; no money was taken yet. Answer in "
                    f"Stripe's dashboard{by}, or refund it. Send nothing meanwhile."
                )
            case "lost":
                return f"The dispute was lost: {amount} went back to the buyer. Send nothing."
            case "won":
                return "The dispute was won: the money is the shop's. Send what was not sent yet."
            case "warning_closed":
                return "The bank's question about the payment was closed; no money was taken."
            case "prevented":
                return "A dispute was prevented: see in Stripe's dashboard what was given back."
            case "under_review" | "warning_under_review" | "appeal_under_review":
                return ""
        return (
            f"The buyer disputes the payment of {amount} with the bank. Answer in Stripe's "
            f"dashboard{by}, and do not send or refund anything meanwhile."
        )
