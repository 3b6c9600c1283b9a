"""What delivery costs: as pages say it before the payment, and as Stripe's page offers it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

from accounts.questions import question
from shop.countries import country_name
from shop.days import days_in_words
from shop.models import Checkout, DeliveryOption, Offer
from shop.stripe_objects import Session

# Stripe's own limit on the name of an option.
DISPLAY_NAME_LENGTH = 100
SATURDAY = 5


class Way(NamedTuple):
    """One of the options, and when it brings what is paid for today."""

    name: str
    price_cents: int
    first_day: date
    last_day: date

    @property
    def arrives(self) -> str:
        return days_in_words(self.first_day, self.last_day)


@dataclass(frozen=True)
class DeliveryCost:
    """What delivery costs for goods of one amount, whichever option is chosen."""

    cheapest_cents: int
    dearest_cents: int
    next_cents: int  # the least that is not nothing
    free_from_cents: int | None
    total_cents: int
    ways: tuple[Way, ...]

    @property
    def is_one_price(self) -> bool:
        return self.cheapest_cents == self.dearest_cents

    @property
    def missing_cents(self) -> int:
        """How much more makes it free; nothing where it is, or never gets so."""
        if not self.cheapest_cents or self.free_from_cents is None:
            return 0
        return self.free_from_cents - self.total_cents


def delivery_cost(total_cents: int) -> DeliveryCost | None:
    """In one query; None where the shop delivers nothing."""
    options = options_offered()
    if not options:
        return None
    prices = [option.price_for(total_cents) for option in options]
    limits = [o.free_from_cents for o in options if o.free_from_cents is not None and o.price_cents]
    return DeliveryCost(
        cheapest_cents=min(prices),
        dearest_cents=max(prices),
        next_cents=min(filter(None, prices), default=0),
        free_from_cents=min(limits, default=None),
        total_cents=total_cents,
        ways=ways([option.offer(total_cents) for option in options]),
    )


def ways(offers: Sequence[Offer]) -> tuple[Way, ...]:
    """As the order will say it, which counts from the day of the payment."""
    today = timezone.localdate()
    return tuple(
        Way(
            name,
            offer["price_cents"],
            working_days_after(today, offer["days_min"]),
            working_days_after(today, offer["days_max"]),
        )
        for name, offer in zip(names(offers), offers, strict=True)
    )


@question
def options_offered() -> "QuerySet[DeliveryOption]":
    return DeliveryOption.objects.offered()


def delivery_params(offers: Sequence[Offer], currency: str) -> dict[str, Any]:
    """The part of a session's parameters that asks for an address and offers the options."""
    countries = dict.fromkeys(code for offer in offers for code in offer["countries"])
    return {
        "shipping_address_collection": {"allowed_countries": list(countries)},
        "shipping_options": [
            {
                "shipping_rate_data": {
                    "type": "fixed_amount",
                    "display_name": name,
                    "fixed_amount": {"amount": offer["price_cents"], "currency": currency},
                    "delivery_estimate": {
                        "minimum": {"unit": "business_day", "value": offer["days_min"]},
                        "maximum": {"unit": "business_day", "value": offer["days_max"]},
                    },
                    "metadata": {"option": str(offer["option"])},
                }
            }
            for name, offer in zip(names(offers), offers, strict=True)
        ],
    }


def names(offers: Sequence[Offer]) -> list[str]:
    """As shoppers read them, on Stripe's page too, which offers every option in every country:
    where they do not all go to the same ones, each says where it goes."""
    places = [set(offer["countries"]) for offer in offers]
    is_same = all(place == places[0] for place in places)
    return [offer["name"] if is_same else name_and_places(offer) for offer in offers]


def name_and_places(offer: Offer) -> str:
    """Standard (United States, Canada), as far as Stripe's page has room for it."""
    codes = offer["countries"]
    number = f"{len(codes)} countries"
    places = [", ".join(map(country_name, codes)), ", ".join(codes), number]
    names = [f"{offer['name']} ({words})" for words in places]
    return next(name for name in names if len(name) <= DISPLAY_NAME_LENGTH)


def chosen_offer(checkout: Checkout, session: Session) -> Offer | None:
    """Which of its options the buyer chose; by its price where Stripe does not say it."""
    offers: list[Offer] = checkout.delivery
    named = [offer for offer in offers if offer["option"] == session.delivery_option]
    priced = [offer for offer in offers if offer["price_cents"] == session.shipping_cents]
    found = named or priced
    return found[0] if len(found) == 1 else None


def working_days_after(day: date, number: int) -> date:
    """So many days from Monday to Friday later."""
    while number:
        day += timedelta(days=1)
        number -= day.weekday() < SATURDAY
    return day
