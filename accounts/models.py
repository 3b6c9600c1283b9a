import unicodedata
import uuid
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.functions import Lower

from accounts.locking import lock

USERNAME_IS_TAKEN = "This username is taken. Choose another one."
EMAIL_IS_TAKEN = "There is already an account with this e-mail address."


ONE_ALPHABET = "Use the letters of one alphabet: names that look alike are taken for one another."
TOGETHER = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL"}  # are written together


def alphabets_of(name: str) -> set[str]:
    """LATIN, CYRILLIC and so on: a Cyrillic letter in a Latin name looks like another one."""
    found = {unicodedata.name(letter, "?").split()[0] for letter in name if letter.isalpha()}
    return found - TOGETHER | ({"CJK"} if found & TOGETHER else set())


class User(AbstractUser):
    """A shopper or a member of staff; logs in with the username."""

    email = models.EmailField("e-mail address")
    # By which Stripe's metadata names a buyer: the primary key is given out again after a backup
    # was restored, and the order would go to whoever has it then.
    stripe_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    # A second account with an address that another one has: nobody is told that it has, but its
    # owner. Only the first one can be logged in to by the address.
    shares_email = models.BooleanField(default=False, db_default=False, editable=False)
    # Counts on with each change, so that no link of before can change the address back.
    email_changes = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    class Meta(AbstractUser.Meta):
        permissions = [
            ("export_person", "Can export what the shop knows of a person"),
            ("erase_person", "Can erase a person"),
        ]
        indexes = [
            models.Index(fields=["date_joined"], name="users_by_day"),
            # The filters of staff that hold few of many accounts.
            models.Index(
                fields=["username"], condition=models.Q(is_staff=True), name="staff_by_name"
            ),
            models.Index(
                fields=["username"],
                condition=models.Q(is_superuser=True),
                name="superusers_by_name",
            ),
            models.Index(
                fields=["username"], condition=models.Q(is_active=False), name="inactive_by_name"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=models.Q(shares_email=False),
                name="an_email_belongs_to_one_account",
                violation_error_message=EMAIL_IS_TAKEN,
            ),
            # Two shoppers whose names look the same to staff would be taken for one another.
            models.UniqueConstraint(
                Lower("username"),
                name="a_username_belongs_to_one_account",
                violation_error_message=USERNAME_IS_TAKEN,
            ),
        ]

    @property
    def has_history(self) -> bool:
        """Whether the admin's history names it: then it stays, to say who did what."""
        return self.logentry_set.exists()

    def clean(self) -> None:
        super().clean()
        if len(alphabets_of(self.username)) > 1:
            raise ValidationError({"username": ONE_ALPHABET})

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        """Waits for an order that is just being recorded, so that it is kept like the others.

        Raises ProtectedError where there is a history in the admin, which would go with it.
        """
        with transaction.atomic():
            # In the order that docs/payments.md gives; reached by their names, as these tables
            # belong to apps that build on this one.
            lock(User.objects.filter(pk=self.pk))
            if self.has_history:
                raise models.ProtectedError("The history says what this account did.", {self})
            tables = ("checkouts", "orders", "cart_items")
            for theirs in (*tables, "saved_products", "back_in_stock_requests"):
                lock(getattr(self, theirs).all())
            return super().delete(*args, **options)

    @classmethod
    def with_email(cls, email: str) -> models.QuerySet["User"]:
        """Whoever has the address, whatever its case; the constraint's index finds it."""
        first = cls.objects.filter(shares_email=False)
        lower = first.alias(lower_email=Lower("email"))
        return lower.filter(lower_email=Lower(models.Value(email)))

    def may_use(self, email: str) -> bool:
        """Whether no other account has the address."""
        return not User.with_email(email).exclude(pk=self.pk).exists()


class Tries(models.Model):
    """How often someone tried something lately; `accounts.throttle` counts here."""

    scope = models.CharField(max_length=30)
    who = models.CharField(max_length=64)
    count = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "tries"
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "who"], name="one_row_counts_the_tries_of_one_somebody"
            )
        ]

    def __str__(self) -> str:
        return f"{self.count} × {self.scope}"
