"""Read settings from the environment, failing loudly on values that make no sense."""

import os
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from django.core.exceptions import ImproperlyConfigured

from config.mailbox import ascii_host

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


def env(name: str, default: str = "") -> str:
    """The variable without surrounding blanks; an empty variable counts as not set.

    A secret pasted with a newline at its end would otherwise fail every request or signature.
    """
    return os.environ.get(name, "").strip() or default


def env_bool(name: str, *, default: bool) -> bool:
    value = env(name).lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    if value:
        raise ImproperlyConfigured(f"{name} is {value!r}; write true or false.")
    return default


def env_int(name: str, default: int) -> int:
    value = env(name, str(default))
    try:
        return int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is {value!r}; write a whole number.") from error


def env_host(name: str, default: str) -> str:
    """The host in small letters; of a whole address only its host. Nonsense is left for a check."""
    value = env(name, default).lower()
    try:
        host = urlsplit(value if "//" in value else f"//{value}").hostname
    except ValueError:  # a half bracket
        host = None
    return host or value


def env_list(name: str) -> list[str]:
    return [word.strip() for word in env(name).split(",") if word.strip()]


def env_site(name: str, default: str) -> str:
    """The address of a site as browsers send it: without a slash at its end, and in ASCII."""
    value = env(name, default).rstrip("/")
    try:
        parts = urlsplit(value)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name} is {value!r}; write it like https://shop.example.com."
        ) from error
    if parts.netloc.isascii():
        return value
    return urlunsplit(parts._replace(netloc=ascii_host(parts.netloc)))


def env_region(name: str, default: str) -> str:
    """A language and where it is spoken, as Django writes them: en-gb, also of en_GB."""
    value = env(name, default)
    region = value.lower().replace("_", "-")
    try:
        Locale.parse(region, sep="-")
    except (ValueError, UnknownLocaleError) as error:
        raise ImproperlyConfigured(
            f"{name} is {value!r}; write a language and a region, such as en-us, en-gb or de."
        ) from error
    return region


def env_zone(name: str, default: str) -> str:
    value = env(name, default)
    try:
        ZoneInfo(value)
    # A folder of the zones, a file that is none, a name with "..", or none that is known.
    except (ValueError, LookupError, OSError) as error:
        raise ImproperlyConfigured(
            f"{name} is {value!r}; write a time zone such as Europe/Oslo."
        ) from error
    return value
