from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import (
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.locking import lock
from accounts.questions import question
from shop.days import end_in_words
from shop.fields import PictureField, PictureFile
from shop.models.products import FEW_LEFT, ProductQuerySet
from shop.models.sale import (
    SALE,
    has_sale,
    is_on_sale,
    price_at,
    prices_at,
    sort_price,
)
from shop.money import MAX_TOTAL_CENTS, format_money, unpayable_reason
from shop.search import search_text

MAX_QUANTITY = 99  # of one product in an order
# What search_text is made of.
SEARCHED = frozenset(("name", "variant_name", "sku", "category", "description", "details"))
# What a line of an order holds, and so what a product may be called with its variant.
LONGEST_NAME = 150
LONGEST_VARIANT = 50
# In the middle, so that staff can put a few products before all others, and a few behind.
COMMON_POSITION = 100


class CategoryQuerySet(models.QuerySet["Category"]):
    def covered(self) -> "CategoryQuerySet":
        """Each with the picture of what sells best in it, and whether anything is for sale."""
        products = Product.objects.active().filter(category=OuterRef("pk"))
        pictured = products.exclude(image="").best_selling()
        cover_name = Subquery(pictured.values("image")[:1])
        return self.annotate(cover_name=cover_name, sells=Exists(products))

    def shelves(self) -> "tuple[Shelf, ...]":
        return tuple(map(Shelf._make, covered_categories()))


class Category(models.Model):
    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True, allow_unicode=True)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name

    def save(self, **options: Any) -> None:
        """Together with what is searched of its products: it holds the category's name."""
        with transaction.atomic():
            super().save(**options)
            self.products.all().gather_search_text()


class Shelf(NamedTuple):
    """A category in plain values, as shop/remembered.py wants them."""

    pk: int
    name: str
    slug: str
    cover_name: str | None
    sells: bool

    def __str__(self) -> str:
        return self.name

    @property
    def cover_url(self) -> str:
        """The address of the small picture; nothing in it has one: of a plain one."""
        if not self.cover_name:
            return static("img/placeholder.svg")
        return stored_picture(self.cover_name).thumbnail_url


@question
def covered_categories() -> "QuerySet[Category, Any]":
    return Category.objects.covered().values_list(*Shelf._fields)


class OutOfStock(Exception):
    """Fewer are left than were wanted; `left` says how many, 0 for a product that left the shop."""

    def __init__(self, product: "Product", left: int) -> None:
        super().__init__(f"only {left} of {product} left")
        self.product = product
        self.left = left


class Family(models.Model):
    """One thing in several sizes, woods or sets. Each of them is a product of its own, with its own
    price, stock and picture; the catalogue shows the family once."""

    name = models.CharField(max_length=LONGEST_NAME - LONGEST_VARIANT - len(", "), unique=True)
    members_name = models.CharField(
        "what there are several of", max_length=30, help_text="Such as: sizes, woods, colours."
    )

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "families"

    def __str__(self) -> str:
        return self.name

    def save(self, **options: Any) -> None:
        """Together with its members, which bear its name."""
        with transaction.atomic():
            super().save(**options)
            members = self.members.filter(pk__in=lock(self.members.all()))
            members = members.select_related("category")
            for product in members:
                product.name = self.name
                product.gather_search_text(product.category)
            Product.objects.bulk_update(members, ["name", "search_text"], batch_size=500)


def stored_picture(name: str | None) -> PictureFile:
    """The picture that a row names, for who has read the name alone."""
    return Product(image=name or "").image


def full_name(name: str, variant_name: str) -> str:
    """What a product is called wherever it is named alone: "Linen apron, Small"."""
    return f"{name}, {variant_name}" if variant_name else name


# How lists of active products are sorted; each has an index.
LISTS = {
    "newest_active": ["-created_at", "-id"],
    "newest_of_a_category": ["category", "-created_at", "-id"],
    "placed_in_a_category": ["category", "position", "-created_at", "-id"],
    "cheapest_active": ["sort_price_cents", "-id"],
    "dearest_active": ["-sort_price_cents", "-id"],
    "best_selling_active": ["-sold_count", "-created_at", "-id"],
    "best_selling_of_a_category": ["category", "-sold_count", "-created_at", "-id"],
    "active_by_name": ["name", "id"],
}
# How they are counted, each family once.
COUNTS = {
    "active_members": ["family"],
    "active_members_of_a_category": ["category", "family"],
}
# How staff sort and filter them, on sale or not.
STAFF_LISTS = {
    "newest_products": ["-created_at", "-id"],
    "newest_products_of_a_category": ["category", "-created_at", "-id"],
    "newest_products_by_stock": ["stock", "-created_at", "-id"],
    "products_by_name": ["name", "id"],
    "products_by_price": ["price_cents", "id"],
}


class Product(models.Model):
    """Something to buy. Once bought it is deactivated rather than deleted: orders point to it."""

    name = models.CharField(max_length=LONGEST_NAME)
    slug = models.SlugField(max_length=160, unique=True, allow_unicode=True)
    category = models.ForeignKey(Category, models.PROTECT, related_name="products")
    position = models.PositiveSmallIntegerField(
        default=COMMON_POSITION,
        db_default=COMMON_POSITION,
        blank=True,
        validators=[MaxValueValidator(9999)],
        help_text="In its category the smallest comes first; of those with the same, the newest. "
        f"Empty: {COMMON_POSITION}.",
    )
    family = models.ForeignKey(
        Family, models.PROTECT, null=True, blank=True, related_name="members"
    )
    variant_name = models.CharField(
        "variant",
        max_length=LONGEST_VARIANT,
        blank=True,
        default="",
        db_default="",
        help_text="What sets it apart in its family, such as: Small.",
    )
    sku = models.CharField(
        "SKU",
        max_length=40,
        blank=True,
        default="",
        db_default="",
        help_text="Your own number for it, if you have one. The search finds it.",
    )
    description = models.TextField(blank=True, max_length=2000)
    details = models.TextField(
        blank=True,
        default="",
        db_default="",
        max_length=2000,
        help_text="Material, size, care: what people look up.",
    )
    price_cents = models.PositiveIntegerField("price")
    sale_price_cents = models.PositiveIntegerField(
        "sale price",
        null=True,
        blank=True,
        help_text="For a time; lists show the price struck out beside it. Empty: no sale.",
    )
    sale_from = models.DateTimeField(null=True, blank=True, help_text="Empty: at once.")
    sale_until = models.DateTimeField(null=True, blank=True, help_text="Empty: for good.")
    # As far as the lists know: shop/models/sale.py tells why. Nothing else may read these two.
    is_sorted_by_sale = models.BooleanField(editable=False, default=False, db_default=False)
    sort_price_cents = models.GeneratedField(
        expression=sort_price, output_field=models.PositiveIntegerField(), db_persist=True
    )
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
    image_alt = models.CharField(
        "what the image shows",
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text="For those who do not see it. Empty: the product's name.",
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
            models.CheckConstraint(
                condition=~has_sale | Q(sale_price_cents__gt=0), name="a_sale_price_is_positive"
            ),
            models.CheckConstraint(
                condition=~has_sale | Q(sale_price_cents__lt=F("price_cents")),
                name="a_sale_price_is_lower_than_the_price",
            ),
            models.CheckConstraint(
                condition=Q(sale_from=None) | Q(sale_until=None) | Q(sale_until__gt=F("sale_from")),
                name="a_sale_begins_before_it_ends",
                violation_error_message="A sale has to end after it begins.",
            ),
            models.CheckConstraint(condition=Q(stock__gte=0), name="stock_is_never_negative"),
            models.CheckConstraint(
                condition=Q(family=None, variant_name="")
                | Q(family__isnull=False) & ~Q(variant_name=""),
                name="a_variant_belongs_to_a_family",
                violation_error_message="Give both a family and a variant, or neither.",
            ),
            models.UniqueConstraint(
                fields=["family", "variant_name"],
                condition=Q(family__isnull=False),
                name="a_variant_is_in_its_family_once",
                violation_error_message="The family has a variant of this name already.",
            ),
            models.UniqueConstraint(
                fields=["sku"],
                condition=~Q(sku=""),
                name="a_sku_belongs_to_one_product",
                violation_error_message="Another product has this SKU already.",
            ),
            models.CheckConstraint(
                condition=Q(variant_name="")
                | Q(
                    LessThanOrEqual(
                        Length("name") + Length("variant_name"), Value(LONGEST_NAME - len(", "))
                    )
                ),
                name="a_name_with_its_variant_fits_an_order_line",
            ),
        ]
        indexes = [
            models.Index(fields=fields, condition=Q(is_active=True), name=name)
            for name, fields in LISTS.items()
        ]
        # What staff list is not only what is on sale.
        indexes += [models.Index(fields=fields, name=name) for name, fields in STAFF_LISTS.items()]
        indexes += [
            models.Index(
                fields=["-created_at", "-id"], condition=Q(is_active=False), name="newest_inactive"
            ),
            models.Index(fields=["stock"], condition=Q(is_active=True), name="low_active"),
            models.Index(
                fields=["is_sorted_by_sale", "sale_until"], condition=has_sale, name="sales_by_end"
            ),
            # Of each product of a family a list asks whether it is the first: SQLite would look
            # through the whole category for that. And a list is counted in one of these indexes
            # alone, with its limits of price and stock: whatever is asked of every row has to
            # stand in it, for SQLite `is_active` too.
            *(
                models.Index(
                    fields=[*fields, "is_active", "sort_price_cents", "stock"],
                    condition=Q(is_active=True),
                    name=name,
                )
                for name, fields in COUNTS.items()
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    def save(self, **options: Any) -> None:
        changed = options.get("update_fields")
        if changed is None or not SALE.isdisjoint(changed):
            self.is_sorted_by_sale = is_on_sale(self, timezone.now())
            if changed is not None:
                options["update_fields"] = changed = {*changed, "is_sorted_by_sale"}
        with self.image.only_with_its_row(), transaction.atomic():
            if changed is None or not SEARCHED.isdisjoint(changed):
                # Before the product, as whoever renames the category takes them.
                categories = Category.objects.select_for_update(no_key=True)
                self.gather_search_text(categories.get(pk=self.category_id))
                if changed is not None:
                    options["update_fields"] = {*changed, "search_text"}
            if changed is not None and "stock" not in changed:
                super().save(**options)
                return
            rows = Product.objects.select_for_update(no_key=True).filter(pk=self.pk)
            before = rows.values_list("stock", flat=True).first()
            super().save(**options)
            self.note_stock(before)

    def get_absolute_url(self) -> str:
        return reverse("shop:product", args=[self.slug])

    def note_stock(self, before: int | None) -> None:
        """What goes with a stock that was just written: its movement, and what is held of it."""
        from shop.models.stock import StockMovement  # which are of products

        reason = StockMovement.Reason.COUNT
        StockMovement.note_difference(self, before, self.stock, reason=reason)
        self.count_holds()

    @property
    def latest_movements(self) -> QuerySet[Any]:
        return self.stock_movements.select_related("user")[:20]

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        from shop.models.cart import CartItem  # which is made of products

        with transaction.atomic():
            lock(Product.objects.filter(pk=self.pk))
            lock(CartItem.objects.filter(product=self.pk))
            lock(self.saved.all())
            lock(self.back_in_stock_requests.all())
            return super().delete(*args, **options)

    def count_holds(self) -> None:
        """What open checkouts hold is put back when they end just if it is counted at all.

        Staff count without it: after a first count, too, it comes back on top, or was sold. Call
        it in the transaction that wrote the stock, and so has the product's lock.
        """
        from shop.models.checkout import Checkout, CheckoutLine  # which are made of products

        lines = CheckoutLine.objects.filter(
            product=self.pk, checkout__status__in=Checkout.UNFINISHED
        )
        lines.update(holds_stock=self.stock is not None)

    def gather_search_text(self, category: Category) -> None:
        self.search_text = search_text(
            *(self.name, self.variant_name, self.sku, category.name),
            *(self.description, self.details),
        )

    def clean(self) -> None:
        if self.family and self.name != self.family.name:
            reason = f"In a family it is called {self.family}, too. Rename the family instead."
            raise ValidationError({"name": reason})

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Refuse prices that Stripe would refuse, too: that depends on the shop's currency."""
        super().clean_fields(exclude)
        given = {"price_cents", "sale_price_cents"} - set(exclude or ())
        wrong = {}
        for name in given:
            cents = getattr(self, name)
            if cents is not None and (reason := unpayable_reason(cents, settings.CURRENCY)):
                wrong[name] = reason
        sale_price, price = self.sale_price_cents, self.price_cents
        if given and not wrong and sale_price and price and sale_price >= price:
            # Here, as a form with one of the two alone would break the constraint.
            words = format_money(sale_price, settings.CURRENCY)
            wrong[max(given)] = f"The sale price is {words}. It has to be lower than the price."
        if wrong:
            raise ValidationError(wrong)

    # Whether the visitor's own open checkout holds some of it: `seen_by` asks with the query.
    is_held = False
    # Whether the visitor saved it for later, and waits for it: `looked_at_by` asks with the query.
    is_saved = False
    is_awaited = False

    @property
    def current_price_cents(self) -> int:
        """What it costs now: the one price that pages show and that is charged."""
        return price_at(self, self.moment)

    @property
    def was_cents(self) -> int | None:
        """What it costs otherwise, where it costs less now."""
        _, was = prices_at(self, self.moment)
        return was

    @property
    def on_sale_until(self) -> str:
        """Of a sale that is on the last day, in words; empty if it has no end."""
        if not self.sale_until or not is_on_sale(self, self.moment):
            return ""
        return end_in_words(self.sale_until)

    @cached_property
    def moment(self) -> datetime:
        """The moment that "now" is for this row: a page that says twice what it costs, once for the
        shopper to read and once to be sent back as the price seen, says the same."""
        return timezone.now()

    @property
    def full_name(self) -> str:
        return full_name(self.name, self.variant_name)

    @property
    def most(self) -> int:
        """How many one can order: the limit, or what is left if that is less.

        Of what the visitor's own checkout holds nobody counts here how many: Buy tells.
        """
        if self.stock is None or self.is_held:
            return MAX_QUANTITY
        return min(self.stock, MAX_QUANTITY)

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
