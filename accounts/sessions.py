"""Django's sessions in the database, asked for by a question whose SQL is remembered."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from accounts.questions import question


@question
def sessions(key: str) -> "QuerySet[Session]":
    return Session.objects.filter(session_key=key)


class SessionStore(DatabaseStore):
    def _get_session_from_db(self) -> Any:  # Django's hook
        for session in sessions(self.session_key or ""):
            if session.expire_date > timezone.now():
                return session
        self._session_key = None
        return None
