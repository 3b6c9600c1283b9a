import uuid
from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Case, Q, When

from accounts.locking import lock
from accounts.names import (
    LONGEST_KEY,
    ONE_ALPHABET,
    address_key,
    alphabets_of,
    name_key,
    with_keys,
    write_keys,
)

USERNAME_IS_TAKEN = "This username is taken, or looks like one that is. Choose another one."
EMAIL_IS_TAKEN = "There is already an account with this e-mail address."


class UserQuerySet(models.QuerySet):
    """Writes the keys of names and addresses with them, however they are written."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **options: Any) -> Any:
        users = list(objs)
        for user in users:
            write_keys(user)
        return super().bulk_create(users, *args, **options)

    def bulk_update(
        self, objs: Iterable[Any], fields: Iterable[str], batch_size: int | None = None
    ) -> int:
        users = list(objs)
        for user in users:
            write_keys(user)
        return super().bulk_update(users, with_keys(fields), batch_size)

    def update(self, **values: Any) -> int:
        """What is no text, but reckoned by the database, gets its key from `maintain`."""
        for field, (key, key_of) in KEYS.items():
            if field in values:
                text = values[field]
                values.setdefault(key, key_of(text) if isinstance(text, str) else None)
        return super().update(**values)


class Users(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    use_in_migrations = False

    def get_by_natural_key(self, username: str | None) -> Any:
        """For the login: by any spelling of the name."""
        if user := User.with_name(username or "").using(self._db).first():
            return user
        raise User.DoesNotExist


class User(AbstractUser):
    """A shopper or a member of staff; logs in with the username."""

    email = models.EmailField("e-mail address")
    # By which Stripe's metadata names a buyer: the primary key is given out again after a backup
    # was restored, and the order would go to whoever has it then.
    stripe_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    # A second account with an address that another one has: nobody is told that it has, but its
    # owner. Only the first one can be logged in to by the address.
    shares_email = models.BooleanField(default=False, db_default=False, editable=False)
    # By which names and addresses are compared: see accounts/names.py. None where an older version
    # of the shop wrote the row; `maintain` makes that good.
    name_key = models.CharField(max_length=LONGEST_KEY + 20, null=True, editable=False)
    email_key = models.CharField(max_length=LONGEST_KEY, null=True, editable=False)
    # Counts on with each change, so that no link of before can change the address back.
    email_changes = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    objects: ClassVar = Users()

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
                fields=["email_key"],
                condition=models.Q(shares_email=False),
                name="an_email_belongs_to_one_account",
                violation_error_message=EMAIL_IS_TAKEN,
            ),
            # Two shoppers whose names look the same to staff would be taken for one another.
            models.UniqueConstraint(
                fields=["name_key"],
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
        if not self.username:  # refused already, and for another reason
            return
        if len(alphabets_of(self.username)) > 1:
            raise ValidationError({"username": ONE_ALPHABET})
        if User.with_name(self.username).exclude(pk=self.pk).exists():
            raise ValidationError({"username": USERNAME_IS_TAKEN})

    def save(self, *args: Any, **options: Any) -> None:
        write_keys(self)
        if options.get("update_fields") is not None:
            options["update_fields"] = with_keys(options["update_fields"])
        super().save(*args, **options)

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
    def with_name(cls, name: str) -> models.QuerySet["User"]:
        """Whoever has the name in any spelling; who has it in just this one comes first."""
        same = cls.objects.filter(Q(username=name) | Q(name_key=name_key(name)))
        return same.order_by(Case(When(username=name, then=0), default=1))

    @classmethod
    def with_email(cls, email: str) -> models.QuerySet["User"]:
        """Whoever has the address, however it is spelt; the constraint's index finds it."""
        return cls.objects.filter(shares_email=False, email_key=address_key(email))

    def may_use(self, email: str) -> bool:
        """Whether no other account has the address."""
        return not User.with_email(email).exclude(pk=self.pk).exists()


KEYS = {"username": ("name_key", name_key), "email": ("email_key", address_key)}


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
