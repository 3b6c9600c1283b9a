import re
from collections.abc import Collection
from typing import Any, TypedDict

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from shop.countries import read_codes
from shop.money import MAX_TOTAL_CENTS, amount_problem

# Stripe's own limit on the options of one session.
MOST_OFFERED = 5
# Stripe shows 100 letters: these leave room for where the option goes.
NAME_LENGTH = 60
MOST_DAYS = 99


class Offer(TypedDict):
    """An option as it was when the shopper pressed Buy, kept with the checkout."""

    option: int
    name: str
    price_cents: int
    days_min: int
    days_max: int
    countries: list[str]


class DeliveryOptionQuerySet(models.QuerySet["DeliveryOption"]):
    def offered(self) -> "DeliveryOptionQuerySet":
        """What shoppers can choose from: never more than Stripe takes."""
        return self.filter(is_active=True)[:MOST_OFFERED]


class DeliveryOption(models.Model):
    """A way in which parcels go, among which shoppers choose on Stripe's page."""

    name = models.CharField(
        max_length=NAME_LENGTH, unique=True, help_text="As shoppers read it, for example Standard."
    )
    price_cents = models.PositiveIntegerField("price")
    free_from_cents = models.PositiveIntegerField("free above", null=True, blank=True)
    days_min = models.PositiveSmallIntegerField(
        "working days, at least", validators=[MinValueValidator(1)]
    )
    days_max = models.PositiveSmallIntegerField(
        "working days, at most",
        validators=[MaxValueValidator(MOST_DAYS)],
        help_text="Monday to Friday, counted from the day after the payment.",
    )
    countries = models.TextField(
        help_text="Where it goes, as two-letter codes with commas between them: US, CA, GB."
    )
    position = models.PositiveSmallIntegerField(
        default=0, help_text="The lowest is the first, which Stripe's page proposes."
    )
    is_active = models.BooleanField(
        "active", default=True, help_text=f"At most {MOST_OFFERED} can be active."
    )

    objects = DeliveryOptionQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(price_cents__lte=MAX_TOTAL_CENTS),
                name="a_delivery_price_is_within_stripes_limit",
            ),
            models.CheckConstraint(
                condition=Q(free_from_cents=None) | Q(free_from_cents__gt=0),
                name="delivery_is_free_above_something",
            ),
            models.CheckConstraint(
                condition=Q(days_min__gte=1, days_min__lte=F("days_max"), days_max__lte=MOST_DAYS),
                name="delivery_takes_from_some_to_as_many_working_days",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def codes(self) -> list[str]:
        return re.findall("[A-Z]{2}", self.countries)

    def price_for(self, total_cents: int) -> int:
        """What it costs for goods of this much."""
        is_free = self.free_from_cents is not None and total_cents >= self.free_from_cents
        return 0 if is_free else self.price_cents

    def offer(self, total_cents: int) -> Offer:
        return {
            "option": self.pk,
            "name": self.name,
            "price_cents": self.price_for(total_cents),
            "days_min": self.days_min,
            "days_max": self.days_max,
            "countries": self.codes,
        }

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Refuse what Stripe would refuse, and write the countries in one way."""
        super().clean_fields(exclude)
        wrong: dict[str, Any] = {}
        given = {"price_cents", "countries", "is_active"} - set(exclude or ())
        if "price_cents" in given and (
            problem := amount_problem(self.price_cents, settings.CURRENCY)
        ):
            wrong["price_cents"] = problem
        if "countries" in given:
            try:
                self.countries = ", ".join(read_codes(self.countries))
            except ValueError as error:
                wrong["countries"] = str(error)
        if "is_active" in given and self.is_active and self.is_one_too_many():
            wrong["is_active"] = (
                f"Stripe offers shoppers at most {MOST_OFFERED} options: make another one "
                "inactive first."
            )
        if wrong:
            raise ValidationError(wrong)

    def clean(self) -> None:
        if self.days_min and self.days_max and self.days_min > self.days_max:
            raise ValidationError({"days_max": f"Write {self.days_min} or more: it is at most."})

    def is_one_too_many(self) -> bool:
        others = DeliveryOption.objects.filter(is_active=True).exclude(pk=self.pk)
        return others.count() >= MOST_OFFERED
