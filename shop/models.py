import unicodedata
import uuid
from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from accounts.locking import lock
from shop.fields import PictureField
from shop.money import MAX_TOTAL_CENTS, unpayable_reason

if TYPE_CHECKING:
    from accounts.models import User

MAX_QUANTITY = 99
FEW_LEFT = 5
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


# What search_text is made of.
SEARCHED = frozenset(("name", "category", "description"))


def searchable(text: str) -> str:
    """Without accents and capitals: "Crème" is found by "creme"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


class Shop(models.Model):
    """One row: this shop, whatever its address is or becomes."""

    # By which Stripe's metadata tells our sessions from those of others on the same account.
    stripe_key = models.UUIDField(default=uuid.uuid4, editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="there_is_one_shop")]

    def __str__(self) -> str:
        return settings.SHOP_NAME

    @classmethod
    def key(cls) -> str:
        shop, _ = cls.objects.get_or_create(pk=1)
        return str(shop.stripe_key)


class Category(models.Model):
    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name

    def save(self, **options: Any) -> None:
        """Together with what is searched of its products: it holds the category's name."""
        with transaction.atomic():
            super().save(**options)
            products = self.products.filter(pk__in=lock(self.products.all()))
            for product in products:
                product.gather_search_text(self)
            Product.objects.bulk_update(products, ["search_text"], batch_size=500)


class ProductQuerySet(models.QuerySet["Product"]):
    def active(self) -> "ProductQuerySet":
        return self.filter(is_active=True)

    def seen_by(self, user: "User") -> "ProductQuerySet":
        """As this shopper sees them: what the own open checkout holds is not sold out."""
        return self.annotate(is_held=Q(pk__in=CheckoutLine.objects.held_by(user)))

    def search(self, words: str) -> "ProductQuerySet":
        """Products with all of the words in name, category or description; accents do not count."""
        found = self
        for word in searchable(words).split():
            found = found.filter(search_text__contains=word)
        return found

    def low_on_stock(self) -> "ProductQuerySet":
        return self.filter(stock__lte=FEW_LEFT)

    def best_selling(self) -> "ProductQuerySet":
        return self.order_by("-sold_count", "-created_at", "-pk")

    def switch(self, *, is_active: bool) -> int:
        """Put them into the shop or take them out of it; how many they are."""
        with transaction.atomic():
            return Product.objects.filter(pk__in=lock(self)).update(is_active=is_active)


class OutOfStock(Exception):
    """Fewer are left than were wanted; `left` says how many, 0 for a product that left the shop."""

    def __init__(self, product: "Product", left: int) -> None:
        super().__init__(f"only {left} of {product} left")
        self.product = product
        self.left = left


class Product(models.Model):
    """Something to buy. Once bought it is deactivated rather than deleted: orders point to it."""

    name = models.CharField(max_length=150)
    slug = models.SlugField(max_length=160, unique=True)
    category = models.ForeignKey(Category, models.PROTECT, related_name="products")
    description = models.TextField(blank=True, max_length=2000)
    price_cents = models.PositiveIntegerField("price")
    stock = models.IntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="How many can still be sold, without those held by open checkouts: they are sold "
        "when they are paid, and come back here otherwise. Empty: not counted.",
    )
    image = PictureField(
        upload_to="products/",
        blank=True,
        help_text="JPEG, PNG or WebP of at most 10 MB. Best is 4:5, upright, "
        "and 1200 pixels wide or more.",
    )
    search_text = models.TextField(editable=False, default="")
    sold_count = models.PositiveIntegerField("sold", editable=False, default=0)
    is_active = models.BooleanField(
        "active", default=True, help_text="Only active products show in the shop."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(price_cents__gt=0, price_cents__lte=MAX_TOTAL_CENTS),
                name="a_price_is_positive_and_within_stripes_limit",
            ),
            models.CheckConstraint(condition=Q(stock__gte=0), name="stock_is_never_negative"),
        ]
        indexes = [
            models.Index(
                fields=["-created_at", "-id"], condition=Q(is_active=True), name="newest_active"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, **options: Any) -> None:
        changed = options.get("update_fields")
        with self.image.only_with_its_row(), transaction.atomic():
            if changed is None or not SEARCHED.isdisjoint(changed):
                # Before the product, as whoever renames the category takes them.
                categories = Category.objects.select_for_update(no_key=True)
                self.gather_search_text(categories.get(pk=self.category_id))
                if changed is not None:
                    options["update_fields"] = {*changed, "search_text"}
            super().save(**options)
            if changed is None or "stock" in changed:
                self.count_holds()

    def get_absolute_url(self) -> str:
        return reverse("shop:product", args=[self.slug])

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        with transaction.atomic():
            lock(Product.objects.filter(pk=self.pk))
            lock(CartItem.objects.filter(product=self.pk))
            return super().delete(*args, **options)

    def count_holds(self) -> None:
        """What open checkouts hold is put back when they end just if it is counted at all.

        Staff count without it: after a first count, too, it comes back on top, or was sold. Call
        it in the transaction that wrote the stock, and so has the product's lock.
        """
        lines = CheckoutLine.objects.filter(
            product=self.pk, checkout__status__in=Checkout.UNFINISHED
        )
        lines.update(holds_stock=self.stock is not None)

    def gather_search_text(self, category: Category) -> None:
        self.search_text = searchable(" ".join((self.name, category.name, self.description)))

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Refuse a price that Stripe would refuse, too: that depends on the shop's currency."""
        super().clean_fields(exclude)
        if "price_cents" not in (exclude or ()):
            reason = unpayable_reason(self.price_cents, settings.CURRENCY)
            if reason:
                raise ValidationError({"price_cents": reason})

    # Whether the visitor's own open checkout holds some of it: `seen_by` asks with the query.
    is_held = False

    @property
    def is_sold_out(self) -> bool:
        return self.stock == 0 and not self.is_held

    @property
    def is_available(self) -> bool:
        """Whether the visitor can buy it now."""
        return self.is_active and not self.is_sold_out

    @property
    def has_few_left(self) -> bool:
        return self.stock is not None and 0 < self.stock <= FEW_LEFT

    def take_stock(self, quantity: int) -> bool:
        """Take it in one conditional UPDATE; False where stock is not counted.

        Raises OutOfStock, taking nothing. Of many buyers of the last one the database lets one by.
        """
        on_sale = Product.objects.active().filter(pk=self.pk)
        if on_sale.filter(stock__gte=quantity).update(stock=F("stock") - quantity):
            return True
        # Locked, so that nobody deletes it until the snapshot that points to it is committed.
        product = on_sale.select_for_update(no_key=True).first()
        if product and product.stock is None:
            return False
        raise OutOfStock(self, (product and product.stock) or 0)


class CartItem(models.Model):
    """What a shopper means to buy; it belongs to the account, so it is there on every device."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="cart_items")
    product = models.ForeignKey(Product, models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()
    # What the shopper last saw: a change since then is said, and never charged silently.
    price_seen_cents = models.PositiveIntegerField()
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["added_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "product"], name="a_product_is_in_a_cart_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=MAX_QUANTITY),
                name="a_cart_quantity_is_within_the_limit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product}"

    @property
    def total_cents(self) -> int:
        return self.product.price_cents * self.quantity

    @property
    def is_available(self) -> bool:
        return self.product.is_available

    @property
    def is_repriced(self) -> bool:
        return self.price_seen_cents != self.product.price_cents


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

    def is_for(self, lines: list["CheckoutLine"]) -> bool:
        """Whether these are the same products, names, prices and quantities."""
        return {line.contents for line in self.lines.all()} == {line.contents for line in lines}

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
            for line in self.lines.filter(holds_stock=True):
                counted = Product.objects.filter(pk=line.product_id or 0, stock__isnull=False)
                counted.update(stock=F("stock") + line.quantity)
        return True

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
    def held_by(self, user: "User") -> models.QuerySet[Any, Any]:
        """The ids of the products whose stock the user's open checkout holds: a subquery.

        It does not depend on the product, so that the database asks it once for a whole page.
        """
        held = self.filter(holds_stock=True, product__isnull=False)
        open_ones = held.filter(checkout__user=user, checkout__status=Checkout.Status.OPEN)
        return open_ones.values("product")


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
