from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from accounts.questions import question


@question
def users(pk: int) -> "QuerySet[User]":
    return User.objects.filter(pk=pk)


class UsernameOrEmailBackend(ModelBackend):
    """Logs in by either: people remember their address, and what they called themselves here."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Any:
        return super().authenticate(request, username_of(username), password, **kwargs)

    def get_user(self, user_id: int) -> User | None:
        """Whoever is logged in: each page asks."""
        found = [user for user in users(user_id) if self.user_can_authenticate(user)]
        return found[0] if found else None


def username_of(typed: str | None) -> str | None:
    """The name of the account whose address was typed; all else is a name as it stands.

    An address goes before a name that looks like one, or whoever chose it would lock its owner out.
    """
    if not typed or "@" not in typed:
        return typed
    found = User.with_email(typed.strip()).values_list("username", flat=True)
    return found.first() or typed
