"""How often someone may try something: one table and one function for every kind of try."""

import logging
import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import Tries

logger = logging.getLogger(__name__)

TOO_MANY = "too_many_tries"
# New rows come one at a time, so that this many old ones a time keep the table small.
OLD_ROWS_A_TIME = 100
LONGEST = 200  # characters of an address that nobody can read


@dataclass(frozen=True)
class Limit:
    """At most `tries` per `window`, which starts with the first of them."""

    scope: str
    tries: int
    window: timedelta


# Strict for one name, generous for an address: a whole office or mobile network may share it.
LOGIN = Limit("login", 10, timedelta(minutes=15))
LOGIN_ADDRESS = Limit("login-address", 100, timedelta(minutes=15))
REGISTER_ADDRESS = Limit("register-address", 100, timedelta(hours=1))
RESET = Limit("reset", 5, timedelta(hours=1))
RESET_ADDRESS = Limit("reset-address", 50, timedelta(hours=1))
PASSWORD = Limit("password", 10, timedelta(minutes=15))
CODE = Limit("code", 10, timedelta(minutes=15))
EMAIL_CHANGE = Limit("email-change", 10, timedelta(hours=1))
BACK_IN_STOCK = Limit("back-in-stock", 50, timedelta(hours=1))
RECEIPT = Limit("receipt", 10, timedelta(hours=1))
CHECKOUT = Limit("checkout", 30, timedelta(minutes=10))


def too_many(limit: Limit, who: str) -> int:
    """Count a try; 0, or the seconds to wait when it is one too many.

    Counted before the thing is tried, so that many tries at once count too. Waiting does not
    start over with a try that was refused.
    """
    now = timezone.now()
    first = {"count": 1, "ends_at": now + limit.window}
    row, created = Tries.objects.get_or_create(**key(limit, who), defaults=first)
    if created:
        delete_old(now)
        return 0
    mine = Tries.objects.filter(pk=row.pk)
    if mine.filter(ends_at__lte=now).update(**first):
        return 0
    if mine.filter(count__lt=limit.tries).update(count=F("count") + 1):
        return 0
    # Read again: others may have begun and used up a new window since.
    ends_at = mine.values_list("ends_at", flat=True).first()
    logger.warning("too many tries: %s", limit.scope)
    return max(0, math.ceil((ends_at - now).total_seconds())) if ends_at else 0


def forget(limit: Limit, who: str) -> None:
    """Start counting from zero, after a success."""
    tries_of(limit, who).update(count=0)


def take_back(limit: Limit, who: str) -> None:
    """Not count the try that succeeded, where others share the count."""
    tries_of(limit, who).filter(count__gt=0).update(count=F("count") - 1)


def refusal(seconds: int) -> ValidationError:
    minutes = math.ceil(seconds / 60)
    wait = "1 minute" if minutes == 1 else f"{minutes} minutes"
    return ValidationError(f"Too many attempts. Wait {wait} and try again.", code=TOO_MANY)


def address_of(request: HttpRequest) -> str:
    """Where a visitor is: the address, or the network of an IPv6 one, as people have a whole one.

    Shoppers come from public addresses. A private one, or none (a unix socket), is a proxy of the
    shop's own, and what it appended to the header is whom it serves; what stands before that
    anybody can invent. What cannot be read as an address counts as it is, alone.
    """
    address = parse(request.META.get("REMOTE_ADDR", ""))
    if not address or address.is_private:
        appended = appended_for(request)
        if appended:
            address = parse(appended)
            if not address:
                return appended[:LONGEST]
    if isinstance(address, IPv6Address):
        return str(ip_network(f"{address}/64", strict=False))
    return str(address)


def appended_for(request: HttpRequest) -> str:
    """What the outermost of our own proxies wrote into the header; nothing if there is none."""
    proxies = settings.TRUSTED_PROXIES
    written = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    return written[-min(proxies, len(written))] if proxies else ""


def parse(text: str) -> IPv4Address | IPv6Address | None:
    """An address as proxies write it: in quotes or brackets, with a port or the name of a zone."""
    text = text.strip(" \t\"'")
    in_brackets = re.match(r"\[([^\]]*)\](:\d*)?$", text)
    without_port = text.rpartition(":")[0]
    for written in (in_brackets[1] if in_brackets else text, without_port):
        try:
            address = ip_address(written.partition("%")[0])
        except ValueError:
            continue
        return getattr(address, "ipv4_mapped", None) or address
    return None


def key(limit: Limit, who: str) -> dict[str, str]:
    """Names and addresses are kept as a keyed hash: the table tells nobody who was here."""
    digest = salted_hmac("accounts.throttle", who, algorithm="sha256").hexdigest()
    return {"scope": limit.scope, "who": digest}


def tries_of(limit: Limit, who: str) -> QuerySet[Tries]:
    return Tries.objects.filter(**key(limit, who))


def delete_old(now: datetime) -> None:
    old = Tries.objects.filter(ends_at__lte=now).order_by("ends_at")
    with transaction.atomic():
        # Two at once take different ones, rather than each other's in another order.
        free = old.select_for_update(skip_locked=True).values_list("pk", flat=True)
        Tries.objects.filter(pk__in=list(free[:OLD_ROWS_A_TIME])).delete()
