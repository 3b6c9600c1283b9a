import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.locking import lock
from accounts.questions import question
from shop.models.catalogue import MAX_QUANTITY, Product
from shop.models.delivery import Offer

if TYPE_CHECKING:
    from accounts.models import User

# Stripe accepts 30 minutes to 24 hours; ten more leave room for the call that makes the session.
CHECKOUT_LIFETIME = timedelta(minutes=40)
SHORTEST_SESSION = timedelta(minutes=31)  # and a minute for clocks that differ
# A shopper who is led back to an open Stripe page needs some minutes to fill it in.
REUSABLE_UNTIL = timedelta(minutes=5)


# The ids that the simulator gives its sessions: from the first of these up to the second.
SIMULATED_SESSIONS = ("cs_test_simulated", "cs_test_simulatee")

SESSION_IS_UNKNOWN = "The Stripe account whose key is set does not know this checkout's session."
LOOK_FOR_THE_PAYMENT = (
    " The buyer had confirmed the payment: look for it at Stripe under the key that was set then."
)


class CheckoutQuerySet(models.QuerySet["Checkout"]):
    def simulated(self) -> "CheckoutQuerySet":
        """Those whose session the simulator made: a range, which the unique index finds."""
        start, end = SIMULATED_SESSIONS
        return self.filter(stripe_session_id__gte=start, stripe_session_id__lt=end)

    def real(self) -> "CheckoutQuerySet":
        start, end = SIMULATED_SESSIONS
        return self.filter(Q(stripe_session_id__lt=start) | Q(stripe_session_id__gte=end))


class Checkout(models.Model):
    """What a shopper is about to pay: written before the redirect to Stripe, never edited after.

    Only `status`, the session's id and what staff are told change: the Stripe call, its repetition
    under the same idempotency key, and the order are all made from this snapshot, whatever happens
    meanwhile to the products, the account and the settings.
    """

    class Status(models.TextChoices):
        OPEN = "open"  # at Stripe's page, or on the way to it
        PROCESSING = "processing"  # confirmed there, the money is not here yet
        PAID = "paid"  # an order exists
        EXPIRED = "expired"  # ended without money

    UNFINISHED = (Status.OPEN, Status.PROCESSING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="checkouts"
    )
    email = models.EmailField(blank=True)
    currency = models.CharField(max_length=3)
    total_cents = models.PositiveBigIntegerField("total")
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    # The ways of delivery to choose from, with what each costs: a list of `Offer`.
    delivery = models.JSONField(default=list, db_default=[], editable=False)
    # JSON as text: PostgreSQL's own type does not keep the order, and then the second half of a
    # double click would send other bytes under the same idempotency key.
    session_params = models.TextField(default="{}", editable=False)
    stripe_session_id = models.CharField(max_length=255, unique=True, null=True, default=None)
    from_cart = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    # A delayed payment that did not arrive, and whether the buyer was told.
    payment_failed_at = models.DateTimeField(null=True, default=None)
    failure_claimed_at = models.DateTimeField(null=True, default=None)
    failure_told_at = models.DateTimeField(null=True, default=None)
    needs_review = models.BooleanField(default=False)
    review_reason = models.TextField("what happened", blank=True)

    objects = CheckoutQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["status", "expires_at"], name="overdue_checkouts"),
            models.Index(fields=["-created_at"], name="latest_checkouts"),
            models.Index(fields=["status", "-created_at"], name="latest_checkouts_by_status"),
            models.Index(
                fields=["-created_at"], condition=Q(needs_review=True), name="checkouts_to_review"
            ),
            models.Index(Lower("email"), name="checkouts_by_email"),
            models.Index(
                fields=["payment_failed_at"],
                condition=Q(payment_failed_at__isnull=False, failure_told_at=None),
                name="failures_to_tell",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(status="open"), name="one_open_checkout_a_shopper"
            ),
            models.CheckConstraint(
                condition=Q(total_cents__gt=0), name="a_checkout_total_is_positive"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def is_for(self, lines: list["CheckoutLine"], delivery: list[Offer]) -> bool:
        """Whether these are the same products, names, prices, quantities and ways of delivery."""
        ours, theirs = ({line.contents for line in each} for each in (self.lines.all(), lines))
        return self.delivery == delivery and ours == theirs

    @property
    def has_time_left(self) -> bool:
        return self.expires_at - timezone.now() > REUSABLE_UNTIL

    @property
    def can_be_created(self) -> bool:
        """Whether Stripe would still make its session: it wants 30 minutes from then on."""
        return self.expires_at - timezone.now() > SHORTEST_SESSION

    @property
    def may_be_paid(self) -> bool:
        """Whether the buyer may have paid, for all that is known here."""
        return self.status in (self.Status.PROCESSING, self.Status.PAID) or (
            self.status == self.Status.OPEN and self.stripe_session_id is not None
        )

    def store_session(self, session_id: str) -> bool:
        """Remember the session of an unfinished checkout; False if it was given up meanwhile.

        Nobody gets the address of a session that was not stored: so a checkout without one can
        be given up without asking Stripe, and is never paid.
        """
        mine = Q(stripe_session_id=None) | Q(stripe_session_id=session_id)
        unfinished = Checkout.objects.filter(mine, pk=self.pk, status__in=self.UNFINISHED)
        if not unfinished.update(stripe_session_id=session_id):
            return False
        self.stripe_session_id = session_id
        return True

    def move_on(self, status: str, /, **only_if: Any) -> bool:
        """Change an open or processing checkout; False if it was neither: paid is never undone."""
        this = Checkout.objects.filter(pk=self.pk, status__in=self.UNFINISHED).filter(**only_if)
        if not this.update(status=status):
            return False
        self.status = status
        return True

    def release(self, **only_if: Any) -> bool:
        """Expired: the one caller that ends it puts the stock back, in the same transaction."""
        with transaction.atomic():
            if not self.move_on(self.Status.EXPIRED, **only_if):
                return False
            # Locked before the look at what is held: staff may just be counting.
            lock(Product.objects.filter(pk__in=self.lines.values("product_id")))
            put_back = []
            for line in self.lines.filter(holds_stock=True):
                # Where nobody counts, null stays null.
                product = Product.objects.filter(pk=line.product_id or 0, stock__isnull=False)
                if product.update(stock=F("stock") + line.quantity):
                    put_back.append(line)
            self.note_movements(put_back, is_back=True)
        return True

    def note_movements(self, lines: Sequence["CheckoutLine"], *, is_back: bool) -> None:
        """The rows of the stock that it just took or put back; call it in the same transaction."""
        from shop.models.stock import StockMovement  # which are made by checkouts

        reason = StockMovement.Reason.RELEASED if is_back else StockMovement.Reason.HELD
        StockMovement.objects.bulk_create(
            StockMovement(
                product_id=line.product_id or 0,
                change=line.quantity if is_back else -line.quantity,
                reason=reason,
                checkout=self,
            )
            for line in lines
        )

    def note_sale(self, order_number: str) -> None:
        """What it held is sold; what was put back before stays so."""
        if self.status != self.Status.EXPIRED:
            held = self.stock_movements.filter(reason="held")
            held.update(reason="sale", order_number=order_number)

    def fail(self) -> bool:
        """Release it because its delayed payment did not arrive: the buyer is to be told."""
        with transaction.atomic():
            released = self.release()
            if released:
                Checkout.objects.filter(pk=self.pk).update(payment_failed_at=timezone.now())
        return released

    def release_unknown(self) -> bool:
        """Release it because Stripe's account does not know its session (another key, say).

        Staff are told, and asked to look where the buyer had confirmed the payment already.
        """
        was_processing = self.status == self.Status.PROCESSING
        reason = SESSION_IS_UNKNOWN + (LOOK_FOR_THE_PAYMENT if was_processing else "")
        with transaction.atomic():
            released = self.release(status=self.status)
            if released:
                Checkout.objects.filter(pk=self.pk).update(
                    needs_review=was_processing, review_reason=reason
                )
        return released


class CheckoutLineQuerySet(models.QuerySet["CheckoutLine"]):
    def held_by(self, user: "User") -> frozenset[int]:
        """The ids of the products whose stock the user's open checkout holds.

        One small question for a page: within each question about products it costs much more.
        """
        return frozenset(pk for pk in held_products(user.pk) if pk)


@question
def held_products(user: int) -> "QuerySet[CheckoutLine, int | None]":
    lines = CheckoutLine.objects.filter(holds_stock=True, product__isnull=False)
    lines = lines.filter(checkout__user=user, checkout__status=Checkout.Status.OPEN)
    return lines.order_by().values_list("product", flat=True)


class CheckoutLine(models.Model):
    """A product as it was when the shopper pressed Buy."""

    checkout = models.ForeignKey(Checkout, models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, models.SET_NULL, null=True, related_name="+")
    product_name = models.CharField(max_length=150)
    unit_price_cents = models.PositiveIntegerField("unit price")
    quantity = models.PositiveIntegerField()
    holds_stock = models.BooleanField(default=False)

    objects = CheckoutLineQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=MAX_QUANTITY),
                name="a_checkout_quantity_is_within_the_limit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_name}"

    @property
    def total_cents(self) -> int:
        return self.unit_price_cents * self.quantity

    @property
    def contents(self) -> tuple[Any, ...]:
        return (self.product_id, self.product_name, self.unit_price_cents, self.quantity)
