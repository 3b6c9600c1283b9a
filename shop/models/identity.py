import re
import uuid
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.questions import question
from shop.fields import PictureField


class Shop(models.Model):
    """One row: this shop, whatever its address is or becomes, and what its first page says."""

    # By which Stripe's metadata tells our sessions from those of others on the same account.
    stripe_key = models.UUIDField(default=uuid.uuid4, editable=False)

    name = models.CharField(
        max_length=60, blank=True, help_text="Unless it is here, it is the server’s SHOP_NAME."
    )
    wordmark = PictureField(
        upload_to="shop/",
        blank=True,
        help_text="The name as it is drawn: in place of it at the top and the foot of each page. "
        "A PNG or WebP without a background goes with light and dark; best is 600 pixels wide.",
    )
    headline = models.CharField(
        max_length=80, blank=True, help_text="In large letters on the first page."
    )
    introduction = models.CharField(
        max_length=200,
        blank=True,
        help_text="One sentence: what the shop sells. Search engines and login page show it too.",
    )
    picture = PictureField(
        upload_to="shop/",
        blank=True,
        help_text="Behind headline and sentence. JPEG, PNG or WebP of at most 10 MB; best is "
        "upright, and 1200 pixels wide or more.",
    )
    notice = models.CharField(
        max_length=300,
        blank=True,
        help_text="On top of every page, for example: Closed until Monday.",
    )
    notice_from = models.DateTimeField(null=True, blank=True, help_text="Empty: at once.")
    notice_until = models.DateTimeField(null=True, blank=True, help_text="Empty: for good.")
    legal_name = models.CharField(
        max_length=200, blank=True, help_text="Who sells, as the law wants it named."
    )
    address = models.TextField(max_length=500, blank=True)
    email = models.EmailField(
        "e-mail", blank=True, help_text="Unless it is here, it is the server’s CONTACT_EMAIL."
    )
    phone = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name = "shop front"
        verbose_name_plural = "shop front"
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="there_is_one_shop"),
            models.CheckConstraint(
                condition=Q(notice_until__isnull=True)
                | Q(notice_from__isnull=True)
                | Q(notice_until__gt=F("notice_from")),
                name="a_notice_begins_before_it_ends",
                violation_error_message="A notice has to end after it begins.",
            ),
        ]

    def __str__(self) -> str:
        return self.name or settings.SHOP_NAME

    def save(self, **options: Any) -> None:
        picture, wordmark = self.picture.only_with_its_row(), self.wordmark.only_with_its_row()
        with picture, wordmark, transaction.atomic():
            super().save(**options)

    def clean(self) -> None:
        # A line break or a control character would break the subjects of mails.
        self.name = " ".join(self.name.split())
        if not self.name.isprintable():
            raise ValidationError({"name": "Write one line of text."})

    @classmethod
    def load(cls) -> "Shop":
        for shop in shops():
            return shop
        shop, _ = cls.objects.get_or_create(pk=1)
        return shop

    @classmethod
    def key(cls) -> str:
        return str(cls.load().stripe_key)

    @property
    def contact_email(self) -> str:
        return self.email or settings.CONTACT_EMAIL

    @property
    def phone_digits(self) -> str:
        """As a telephone is told to dial it."""
        return re.sub(r"[^0-9+]", "", self.phone)

    @property
    def current_notice(self) -> str:
        now = timezone.now()
        has_begun = not self.notice_from or self.notice_from <= now
        has_ended = self.notice_until is not None and self.notice_until <= now
        return self.notice if has_begun and not has_ended else ""


@question
def shops() -> "QuerySet[Shop]":
    return Shop.objects.filter(pk=1)
