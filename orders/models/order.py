import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import URLValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from shop.days import days_in_words
from shop.models import Product

if TYPE_CHECKING:
    from accounts.models import User

NUMBER_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBER_LENGTH = 8
A_LINK = "Write the address of a page, as in https://carrier.example/track/123."


# Paid, with an address, not on its way, not called off or given back as a whole, and nothing wrong.
TO_SHIP = Q(shipped_at=None, cancelled_at=None, needs_review=False, disputed=False)
TO_SHIP &= ~Q(shipping_address="")
TO_SHIP &= Q(refunded_cents=0) | Q(refunded_cents__lt=F("total_cents"))


# What Order.status says, for the database; a test holds the two together.
STATUSES = {
    "shipped": ("Shipped", Q(shipped_at__isnull=False)),
    "cancelled": ("Cancelled", Q(cancelled_at__isnull=False)),
    "paid": (
        "Paid",
        Q(shipped_at=None, cancelled_at=None, refunded_cents=0, total_cents__gt=0),
    ),
    "ordered": (
        "Ordered",
        Q(shipped_at=None, cancelled_at=None, refunded_cents=0, total_cents=0),
    ),
    "partly": (
        "Partially refunded",
        Q(refunded_cents__gt=0, refunded_cents__lt=F("total_cents")),
    ),
    "refunded": ("Refunded", Q(refunded_cents__gt=0, refunded_cents=F("total_cents"))),
}

# The lists of staff that hold few of many orders; each has an index of its own.
WORK_LISTS = {"disputed": Q(disputed=True)} | {
    name: condition for name, (_, condition) in STATUSES.items()
}


def new_number() -> str:
    """A random order number; 30^8 of them, so that nobody can count or guess orders."""
    return "".join(secrets.choice(NUMBER_ALPHABET) for _ in range(NUMBER_LENGTH))


def tracking_values(tracking_number: str, tracking_url: str, carrier: str) -> dict[str, str]:
    return {
        "tracking_number": tracking_number,
        "tracking_url": tracking_url,
        "carrier": carrier,
    }


class OrderQuerySet(models.QuerySet["Order"]):
    def for_user(self, user: "User") -> "OrderQuerySet":
        return self.filter(user=user)


class Order(models.Model):
    """A paid purchase: a record, with Stripe's amounts. Staff note the parcel, nothing else."""

    number = models.CharField(max_length=NUMBER_LENGTH, unique=True, default=new_number)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="orders"
    )
    email = models.EmailField("e-mail", blank=True)
    # Where the first receipt went, if buyer or staff have corrected the address since.
    former_email = models.EmailField("former e-mail", blank=True, default="", db_default="")
    email_corrected_at = models.DateTimeField("e-mail corrected", null=True, default=None)
    stripe_session_id = models.CharField("Stripe session", max_length=255, unique=True)
    stripe_payment_intent_id = models.CharField(
        "Stripe payment", max_length=255, unique=True, null=True, default=None
    )
    currency = models.CharField(max_length=3)
    subtotal_cents = models.PositiveBigIntegerField("subtotal")
    discount_cents = models.PositiveBigIntegerField("discount", default=0)
    shipping_cents = models.PositiveBigIntegerField("shipping", default=0)
    tax_cents = models.PositiveBigIntegerField("tax", default=0)
    total_cents = models.PositiveBigIntegerField("total")
    shipping_name = models.CharField(max_length=255, blank=True)
    shipping_address = models.TextField(blank=True)
    # Name and address as they were ordered, if staff have corrected them since.
    former_address = models.TextField(blank=True, default="", db_default="")
    # How it goes, by the name that the buyer chose, and the days between which it should be there.
    delivery_name = models.CharField(max_length=100, blank=True, default="", db_default="")
    expected_from = models.DateField(null=True, default=None)
    expected_to = models.DateField(null=True, default=None)
    shipped_at = models.DateTimeField("shipped", null=True, default=None)
    # From when on word of the parcel is due: empty before it is shipped, and once it was told.
    parcel_mail_due_at = models.DateTimeField(null=True, default=None)
    cancelled_at = models.DateTimeField("cancelled", null=True, default=None)
    # From when on word of that is due: empty before it is cancelled, and once it was told.
    cancel_mail_due_at = models.DateTimeField(null=True, default=None)
    # From when on the buyer, who was told of the parcel before, was to be told of other tracking.
    tracking_corrected_at = models.DateTimeField(null=True, default=None)
    carrier = models.CharField(max_length=50, blank=True, default="", db_default="")
    tracking_number = models.CharField(max_length=100, blank=True)
    tracking_url = models.URLField(
        "tracking link",
        max_length=500,
        blank=True,
        validators=[URLValidator(["http", "https"], message=A_LINK)],
    )
    paid_at = models.DateTimeField("paid")
    created_at = models.DateTimeField("recorded", default=timezone.now)
    # What Stripe has given back or is giving back; a refund that Stripe has not confirmed is not.
    refunded_cents = models.PositiveBigIntegerField("refunded", default=0)
    disputed = models.BooleanField(default=False)
    lost_cents = models.PositiveBigIntegerField("lost in disputes", default=0)
    receipt_claimed_at = models.DateTimeField(null=True, default=None)
    receipt_sent_at = models.DateTimeField("receipt sent", null=True, default=None)
    needs_review = models.BooleanField(default=False)
    review_reason = models.TextField("what happened", blank=True)
    review_note = models.TextField("how it was resolved", blank=True)

    staff_note = models.TextField("internal note", blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-paid_at", "-pk"]
        permissions = [
            ("correct_order", "Can correct addresses of orders"),
            ("export_order", "Can export orders"),
            ("resolve_order", "Can settle reviews of orders"),
            ("view_turnover", "Can see what the shop earns"),
        ]
        indexes = [
            models.Index(fields=["user", "-paid_at", "-id"], name="latest_of_a_shopper"),
            models.Index(fields=["-needs_review", "-paid_at", "-id"], name="as_staff_list_them"),
            models.Index(fields=["paid_at", "id", "currency", "total_cents"], name="orders_by_day"),
            *(
                models.Index(
                    fields=["-needs_review", "-paid_at", "-id"],
                    condition=condition,
                    name=f"staff_list_{name}",
                )
                for name, condition in WORK_LISTS.items()
            ),
            models.Index(fields=["paid_at", "id"], condition=TO_SHIP, name="staff_list_to_ship"),
            models.Index(fields=["total_cents", "id"], name="orders_by_amount"),
            models.Index(Lower("email"), name="orders_by_email"),
            models.Index(
                fields=["tracking_number"],
                condition=~Q(tracking_number=""),
                name="orders_by_tracking_number",
            ),
            models.Index(
                fields=["-paid_at", "-id"], condition=Q(receipt_sent_at=None), name="receipts_due"
            ),
            models.Index(
                fields=["parcel_mail_due_at"],
                condition=Q(parcel_mail_due_at__isnull=False),
                name="parcel_mails_due",
            ),
            models.Index(
                fields=["cancel_mail_due_at"],
                condition=Q(cancel_mail_due_at__isnull=False),
                name="cancel_mails_due",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(shipped_at=None) | Q(cancelled_at=None),
                name="what_is_cancelled_is_not_shipped",
            ),
            models.CheckConstraint(
                condition=Q(needs_review=False) | ~Q(review_reason=""),
                name="a_review_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(refunded_cents__lte=F("total_cents")),
                name="refunds_never_exceed_the_payment",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("orders:order", args=[self.number])

    @property
    def status(self) -> str:
        """In words, as pages, mails, badge, filter and CSV say it: a buyer wants to know both
        whether the parcel is on its way and whether money went back."""
        facts = []
        if self.cancelled_at:
            facts.append("Cancelled")
        if self.shipped_at:
            facts.append("Shipped")
        if self.refunded_cents:
            facts.append("Refunded" if self.is_refunded else "Partially refunded")
        if not facts:
            # A promotion code may take everything off.
            facts.append("Paid" if self.total_cents else "Ordered")
        return ", ".join(facts).capitalize()

    @property
    def has_parcel(self) -> bool:
        """Whether anything is sent; a shop may sell what needs no delivery."""
        return not self.cancelled_at and bool(self.shipping_address or self.delivery_name)

    @property
    def delivery(self) -> str:
        """How it goes, and when it should be there unless the money went back; may be empty."""
        return ", expected ".join(filter(None, (self.delivery_name, self.expected)))

    @property
    def is_refunded(self) -> bool:
        """As a whole: no parcel is to be expected any more."""
        return bool(self.refunded_cents) and self.refunded_cents == self.total_cents

    @property
    def expected(self) -> str:
        """On Fri, November 27, or between two such days; nothing once it was cancelled or the money
        went back."""
        if self.cancelled_at or self.is_refunded or not self.expected_from or not self.expected_to:
            return ""
        return days_in_words(self.expected_from, self.expected_to)

    @property
    def kept_cents(self) -> int:
        """Of the total, what was not refunded."""
        return self.total_cents - self.refunded_cents

    @property
    def refundable_cents(self) -> int:
        """What staff may still give back: not what is on its way, nor what a bank has taken."""
        if any(not dispute.is_charge_refundable for dispute in self.disputes.all()):
            return 0
        given = sum(refund.amount_cents for refund in self.refunds.all() if refund.is_live)
        return max(0, self.total_cents - self.lost_cents - given)

    @property
    def nothing_left_reason(self) -> str:
        """Why there is nothing to give back, in words for staff."""
        if not self.total_cents:
            return "Nothing was paid, so there is nothing to refund."
        if any(not dispute.is_charge_refundable for dispute in self.disputes.all()):
            return "The payment is disputed: Stripe can’t refund it now."
        return "Already fully refunded, or on its way."

    @property
    def tax_label(self) -> str:
        """Stripe Tax adds it to the price, or finds it in there: then it is only named."""
        before_tax = self.subtotal_cents - self.discount_cents + self.shipping_cents
        return "Tax, included" if self.total_cents == before_tax else "Tax"

    @property
    def reasons(self) -> list[str]:
        """What asked for a review, the oldest first; none is ever taken away."""
        return self.review_reason.splitlines()

    def ship(
        self, tracking_number: str, tracking_url: str, carrier: str = "", *, only: Q | None = None
    ) -> bool:
        """Note that the parcel is on its way, if the order is as in `only`; True for the one call
        that is the first."""
        unshipped = Order.objects.filter(
            only or Q(), pk=self.pk, shipped_at=None, cancelled_at=None
        )
        now = timezone.now()
        tracking = tracking_values(tracking_number, tracking_url, carrier)
        return bool(unshipped.update(shipped_at=now, parcel_mail_due_at=now, **tracking))

    def track(
        self, tracking_number: str, tracking_url: str, carrier: str = "", *, tell: bool = False
    ) -> bool:
        """Correct how to follow the parcel, and `tell` the buyer; whether that was news.

        A buyer whose first e-mail is still due reads it there.
        """
        tracking = tracking_values(tracking_number, tracking_url, carrier)
        sent = Order.objects.filter(pk=self.pk, shipped_at__isnull=False)
        other, now = sent.exclude(**tracking), timezone.now()
        untold = other.filter(parcel_mail_due_at=None)
        if tell and untold.update(parcel_mail_due_at=now, tracking_corrected_at=now, **tracking):
            return True
        return bool(other.update(**tracking))

    @property
    def is_parcel_told(self) -> bool:
        """Whether the buyer got an e-mail which says that the parcel is on its way."""
        is_told = self.tracking_corrected_at or not self.parcel_mail_due_at
        return bool(self.shipped_at and self.email and is_told)

    def unship(self, shipped_at: datetime) -> bool:
        """Note that the parcel did not go after all; whether it was on its way since then."""
        that = Order.objects.filter(pk=self.pk, shipped_at=shipped_at)
        return bool(
            that.update(shipped_at=None, parcel_mail_due_at=None, tracking_corrected_at=None)
        )

    def correct_email(self, email: str) -> bool:
        """Write to this address from now on, and make the receipt due once more; whether it was
        another one. The one before it is kept."""
        as_seen = Order.objects.filter(pk=self.pk, email=self.email).exclude(email=email)
        return bool(
            as_seen.update(
                email=email,
                former_email=self.email,
                email_corrected_at=timezone.now(),
                receipt_claimed_at=None,
                receipt_sent_at=None,
            )
        )

    def resolve(self, note: str, reasons_read: int) -> bool:
        """Take the order off the staff's list; what happened stays to be read.

        False, changing nothing, if it was off already or more has happened than was read.
        """
        with transaction.atomic():
            locked = Order.objects.select_for_update().get(pk=self.pk)
            if not locked.needs_review or len(locked.reasons) != reasons_read:
                return False
            locked.needs_review = False
            locked.review_note = "\n".join(filter(None, (locked.review_note, note)))
            locked.save(update_fields=["needs_review", "review_note"])
        return True

    def count_refunds(self) -> None:
        """Recompute what is refunded; call it in a transaction that holds the order's lock."""
        at_stripe = [refund for refund in self.refunds.all() if refund.stripe_refund_id]
        refunded = sum(refund.amount_cents for refund in at_stripe if refund.is_live)
        self.refunded_cents = min(refunded, self.total_cents)
        self.save(update_fields=["refunded_cents"])

    def count_disputes(self) -> None:
        """Recompute flag and loss; call it in a transaction that holds the order's lock."""
        disputes = self.disputes.all()
        self.disputed = any(dispute.is_open or dispute.is_lost for dispute in disputes)
        lost = sum(dispute.amount_cents for dispute in disputes if dispute.is_lost)
        self.lost_cents = min(lost, self.total_cents)
        self.save(update_fields=["disputed", "lost_cents"])

    def ask_for_review(self, reason: str) -> bool:
        """Put the order on top of the staff's list, once for each reason; whether it is new.

        Call it in a transaction that holds the order's lock.
        """
        if reason in self.reasons:
            return False
        self.needs_review = True
        self.review_reason = "\n".join(filter(None, (self.review_reason, reason)))
        self.save(update_fields=["needs_review", "review_reason"])
        return True


class OrderLine(models.Model):
    """A product at the name and price it was bought for."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    # PROTECT: a bought product is deactivated, not deleted. It is null where the product was
    # deleted between the checkout and the payment.
    product = models.ForeignKey(Product, models.PROTECT, null=True, related_name="+")
    product_name = models.CharField(max_length=150)
    unit_price_cents = models.PositiveBigIntegerField("unit price")
    quantity = models.PositiveIntegerField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gte=1), name="an_order_quantity_is_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_name}"

    @property
    def total_cents(self) -> int:
        return self.unit_price_cents * self.quantity

    @property
    def available_product(self) -> Product | None:
        """The product, if it can be bought again."""
        return self.product if self.product and self.product.is_available else None
