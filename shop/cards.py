"""A product as a list of products shows it."""

from typing import NamedTuple

from django.urls import reverse

from shop.fields import PictureFile
from shop.models import Product


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
    def of(cls, product: Product) -> "Card":
        """Of a product as `once_a_family` gives it."""
        family = product.family
        members = list(family.members.all()) if family else []
        several = (len(members), family.members_name) if family and len(members) > 1 else None
        # Not so where somebody searched for "large": then the card shows the large one.
        stands_for_family = bool(several) and product == min(members, key=first_of_family)
        price = product.current_price_cents
        is_the_least = stands_for_family and any(m.current_price_cents > price for m in members)
        return cls(
            pk=product.pk,
            slug=product.slug,
            name=product.name if stands_for_family else product.full_name,
            description=product.description,
            current_price_cents=price,
            is_the_least=is_the_least,
            # Of "from $19.00" nobody could say which of the prices was higher.
            was_cents=None if is_the_least else product.was_cents,
            image_name=product.image.name or "",
            is_sold_out=product.is_sold_out,
            only_left=product.stock if product.has_few_left and not several else None,
            several=several,
            in_cart=product.in_cart,
        )

    @property
    def get_absolute_url(self) -> str:
        return reverse("shop:product", args=[self.slug])

    @property
    def image(self) -> PictureFile:
        return Product(image=self.image_name).image


def first_of_family(member: Product) -> tuple[bool, int, int]:
    """The cheapest that can be bought comes first, as in `once_a_family`."""
    return member.is_sold_out, member.current_price_cents, member.pk
