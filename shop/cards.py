"""A product as a list of products shows it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from django.urls import reverse

from shop.fields import PictureFile
from shop.models import FEW_LEFT, full_name, stored_picture
from shop.models.sale import price_at, prices_at


class Listed(NamedTuple):
    """The columns of a product that its card depends on."""

    pk: int
    slug: str
    name: str
    variant_name: str
    description: str
    price_cents: int
    sale_price_cents: int | None
    sale_from: datetime | None
    sale_until: datetime | None
    stock: int | None
    image: str
    family: int | None


class Member(NamedTuple):
    """The columns of a product that the card of its family depends on."""

    family: int
    members_name: str
    pk: int
    price_cents: int
    sale_price_cents: int | None
    sale_from: datetime | None
    sale_until: datetime | None
    stock: int | None


class Card(NamedTuple):
    """All that a card shows, in plain values: shop/remembered.py tells why.

    Its template reads it as it would read a product.
    """

    pk: int
    slug: str
    name: str
    description: str
    current_price_cents: int
    is_the_least: bool  # of several prices: "from $19.00"
    was_cents: int | None  # the regular price, where a sale has lowered it
    image_name: str
    is_sold_out: bool
    only_left: int | None  # where there are few of a product that is not one of several
    several: tuple[int, str] | None  # how many active members its family has, and of what
    in_cart: int

    @classmethod
    def of(
        cls,
        product: Listed,
        members: Sequence[Member],
        held: Collection[int],
        in_cart: int,
        moment: datetime,
    ) -> "Card":
        """Of a product as `once_a_family` gives it, with the active members of its family, for a
        shopper whose open checkout holds these; with the prices of that moment."""

        def first_of_family(member: Member) -> tuple[bool, int, int]:
            """The cheapest that can be bought comes first, as in `once_a_family`."""
            return is_sold_out(member, held), price_at(member, moment), member.pk

        several = (len(members), members[0].members_name) if len(members) > 1 else None
        # Not so where somebody searched for "large": then the card shows the large one.
        stands_for_family = bool(several) and product.pk == min(members, key=first_of_family).pk
        has_few_left = product.stock is not None and 0 < product.stock <= FEW_LEFT
        price, was = prices_at(product, moment)
        is_the_least = stands_for_family and any(price_at(m, moment) > price for m in members)
        return cls(
            pk=product.pk,
            slug=product.slug,
            name=product.name
            if stands_for_family
            else full_name(product.name, product.variant_name),
            description=product.description,
            current_price_cents=price,
            is_the_least=is_the_least,
            # Of "from $19.00" nobody could say which of the prices was higher.
            was_cents=None if is_the_least else was,
            image_name=product.image,
            is_sold_out=is_sold_out(product, held),
            only_left=product.stock if has_few_left and not several else None,
            several=several,
            in_cart=in_cart,
        )

    @property
    def get_absolute_url(self) -> str:
        return reverse("shop:product", args=[self.slug])

    @property
    def image(self) -> PictureFile:
        return stored_picture(self.image_name)


def is_sold_out(product: Listed | Member, held: Collection[int]) -> bool:
    return product.stock == 0 and product.pk not in held
