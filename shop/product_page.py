"""What a product's own page asks of the database, in the plain values that it shows."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse

from accounts.models import User
from accounts.questions import question
from shop.fields import PictureFile
from shop.models import Product, ProductPicture, stored_picture
from shop.models.sale import price_at, prices_at


class Member(NamedTuple):
    """One of a family, as a link to its page says it."""

    pk: int
    slug: str
    variant_name: str
    current_price_cents: int
    was_cents: int | None
    is_sold_out: bool

    @property
    def get_absolute_url(self) -> str:
        return reverse("shop:product", args=[self.slug])


class MemberRow(NamedTuple):
    """The columns that it is made of."""

    pk: int
    slug: str
    variant_name: str
    price_cents: int
    sale_price_cents: int | None
    sale_from: datetime | None
    sale_until: datetime | None
    stock: int | None


class Shown(NamedTuple):
    """All that the page's template reads of a product, by the names that it has there."""

    pk: int
    get_absolute_url: str
    full_name: str
    current_price_cents: int
    was_cents: int | None
    on_sale_until: str
    stock: int | None
    most: int
    is_sold_out: bool
    has_few_left: bool
    description: str
    details: str
    is_saved: bool
    is_awaited: bool
    category: tuple[str, str]  # as the address has it, and its name
    members_name: str

    @classmethod
    def of(cls, product: Product) -> "Shown":
        return cls(
            pk=product.pk,
            get_absolute_url=product.get_absolute_url(),
            full_name=product.full_name,
            current_price_cents=product.current_price_cents,
            was_cents=product.was_cents,
            on_sale_until=product.on_sale_until,
            stock=product.stock,
            most=product.most,
            is_sold_out=product.is_sold_out,
            has_few_left=product.has_few_left,
            description=product.description,
            details=product.details,
            is_saved=product.is_saved,
            is_awaited=product.is_awaited,
            category=(product.category.slug, product.category.name),
            members_name=product.family.members_name if product.family else "",
        )


class Picture(NamedTuple):
    image_name: str
    alt_text: str

    @property
    def image(self) -> PictureFile:
        return stored_picture(self.image_name)


def looked_at(user: User, held: frozenset[int], slug: str) -> Product:
    """As `Product.objects.looked_at_by`, of what is for sale; raises Http404."""
    for product in products_looked_at(user.pk, slug):
        product.is_held = product.pk in held
        return product
    raise Http404


@question
def products_looked_at(user: int, slug: str) -> "QuerySet[Product]":
    products = Product.objects.active().with_plans_of(user).defer("search_text")
    return products.select_related("category", "family").filter(slug=slug)


def members_of(product: Product, held: frozenset[int]) -> tuple[Member, ...]:
    """The active members of its family, itself among them."""
    if not product.family_id:
        return ()
    members = [MemberRow._make(row) for row in active_members(product.family_id)]
    return tuple(
        Member(
            *(row.pk, row.slug, row.variant_name),
            *prices_at(row, product.moment),
            is_sold_out=row.stock == 0 and row.pk not in held,
        )
        for row in sorted(members, key=lambda row: (price_at(row, product.moment), row.pk))
    )


@question
def active_members(family: int) -> "QuerySet[Product, Any]":
    return Product.objects.active().filter(family=family).values_list(*MemberRow._fields)


def gallery_of(product: Product) -> tuple[Picture, ...]:
    """All pictures of a product, the first one first; none that is not there."""
    alt_text = product.image_alt or product.full_name
    first = [Picture(product.image.name, alt_text)] if product.image.name else []
    return (*first, *map(Picture._make, further_pictures(product.pk)))


@question
def further_pictures(product: int) -> "QuerySet[ProductPicture, Any]":
    return ProductPicture.objects.filter(product=product).values_list("image", "alt_text")
