import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from orders.models.order import Order, OrderLine

# Refunds that Stripe knows, and of which more is to be heard.
UNDER_WAY = Q(stripe_refund_id__isnull=False) & ~Q(status__in=["succeeded", "failed", "canceled"])


class RefundQuerySet(models.QuerySet["Refund"]):
    def given(self) -> "RefundQuerySet":
        """Money that is back or on its way, as Stripe says: what `Order.refunded_cents` adds up."""
        return self.filter(stripe_refund_id__isnull=False).exclude(status__in=Refund.DEAD)


class Refund(models.Model):
    """Money on its way back, begun here or at Stripe.

    Written before Stripe is called: its id is the idempotency key, and its amount is reserved from
    then on, so that staff cannot give back more than was paid.
    """

    class Status(models.TextChoices):
        """Stripe's own words; a word that is new to us counts like "pending"."""

        PENDING = "pending"
        REQUIRES_ACTION = "requires_action"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELED = "canceled"

    # No money goes back by these.
    DEAD = (Status.FAILED, Status.CANCELED)

    class Reason(models.TextChoices):
        REQUESTED = "requested_by_customer", "The buyer asked for it"
        DUPLICATE = "duplicate", "It was bought twice"
        FRAUDULENT = "fraudulent", "The payment was fraudulent"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey(Order, models.PROTECT, related_name="refunds")
    amount_cents = models.PositiveBigIntegerField("amount")
    reason = models.CharField(max_length=30, blank=True, choices=Reason)
    status = models.CharField(max_length=20, choices=Status, default=Status.PENDING)
    stripe_refund_id = models.CharField(
        "Stripe refund", max_length=255, unique=True, null=True, default=None
    )
    created_at = models.DateTimeField(default=timezone.now)
    # From when on word of it is due: empty until Stripe has it, and once the buyer was told.
    mail_due_at = models.DateTimeField(null=True, default=None)

    objects = RefundQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="a_refund_is_positive"),
        ]
        indexes = [
            models.Index(fields=["order"], condition=UNDER_WAY, name="refunds_under_way"),
            models.Index(
                fields=["mail_due_at"],
                condition=Q(mail_due_at__isnull=False),
                name="refund_mails_due",
            ),
            models.Index(fields=["created_at"], name="refunds_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents} of order {self.order_id}"

    @property
    def is_live(self) -> bool:
        """Whether the money is on its way or gone: it counts against what can be refunded."""
        return self.status not in self.DEAD

    def move_on(self, status: str) -> None:
        """Stripe's events and answers may be stale: a refund never moves back.

        Between "pending" and "requires_action" it may go to and fro; "failed" may follow
        "succeeded", and is the end. See https://docs.stripe.com/refunds
        """
        before = self.rank(self.status)
        if self.rank(status) > before or before == 0 == self.rank(status):
            self.status = status

    @classmethod
    def rank(cls, status: str) -> int:
        ends = {cls.Status.SUCCEEDED: 1, cls.Status.FAILED: 2, cls.Status.CANCELED: 2}
        return ends.get(status, 0)  # type: ignore[call-overload]


class RefundLine(models.Model):
    """So many of a line of the order, for which money goes back."""

    refund = models.ForeignKey(Refund, models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()
    # They are in stock again from the moment when Stripe has taken the refund.
    is_put_back = models.BooleanField("put back in stock", default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gte=1), name="a_refunded_quantity_is_positive"
            ),
            models.UniqueConstraint(fields=["refund", "line"], name="a_refund_names_a_line_once"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line.product_name}"
