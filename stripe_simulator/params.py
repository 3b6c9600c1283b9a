"""Rules for request parameters, refusing what Stripe refuses in the way in which it does.

A rule is a function of a value and its name as Stripe writes it (`line_items[0][quantity]`); it
returns the value in its own type or raises ApiError.
"""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from .errors import refused
from .lists import CURRENCIES

Rule = Callable[[Any, str], Any]


def parse_form(text: str) -> dict[str, Any]:
    """Turn `a[b][0]=c` into {"a": {"b": {"0": "c"}}}."""
    root: dict[str, Any] = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        *parents, last = [re.match(r"[^\[]*", key)[0], *re.findall(r"\[([^\]]*)\]", key)]  # type: ignore[index]
        node = root
        for part in parents:
            node = node.setdefault(part, {})
            if not isinstance(node, dict):
                raise refused(f"Invalid parameters: {key} is both a value and a hash", param=key)
        if last in node:
            raise refused(f"Invalid parameters: {key} is given twice", param=key)
        node[last] = value
    return root


def text(at_most: int = 5000) -> Rule:
    def check(value: Any, name: str) -> str:
        if not isinstance(value, str):
            raise refused(f"Invalid string: {value}", param=name)
        if value == "":
            raise refused(
                f"You passed an empty string for '{name}'; leave it out instead.",
                code="parameter_invalid_empty",
                param=name,
            )
        if len(value) > at_most:
            raise refused(
                f"Invalid string: {value[:20]}...; must be at most {at_most} characters",
                param=name,
            )
        return value

    return check


def integer(low: int = 0, high: int = 999_999_999_999) -> Rule:
    def check(value: Any, name: str) -> int:
        if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,18}", value):
            raise refused(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)
        if not low <= int(value) <= high:
            bound = f"greater than or equal to {low}" if int(value) < low else f"at most {high}"
            raise refused(
                f"This value must be {bound}.", code="parameter_invalid_integer", param=name
            )
        return int(value)

    return check


def boolean(value: Any, name: str) -> bool:
    if value not in ("true", "false"):
        raise refused(f"Invalid boolean: {value}", param=name)
    return bool(value == "true")


def one_of(*words: str) -> Rule:
    def check(value: Any, name: str) -> str:
        if value not in words:
            known = ", ".join(sorted(words))
            raise refused(f"Invalid {name}: must be one of {known}", param=name)
        return str(value)

    return check


def email(value: Any, name: str) -> str:
    try:
        validate_email(value)
    except ValidationError as error:
        raise refused(
            f"Invalid email address: {value}", code="email_invalid", param=name
        ) from error
    return str(value)


def url(value: Any, name: str) -> str:
    address = text(5000)(value, name)
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise refused("Not a valid URL", code="url_invalid", param=name)
    return address


def currency(value: Any, name: str) -> str:
    if not isinstance(value, str) or value.lower() not in CURRENCIES:
        raise refused(f"Invalid currency: {value}", param=name)
    return value.lower()


def metadata(value: Any, name: str) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(word, str) for word in value.values()):
        raise refused("Invalid hash", param=name)
    if len(value) > 50:
        raise refused("Metadata can have at most 50 keys.", param=name)
    for key, word in value.items():
        if len(key) > 40 or len(word) > 500:
            raise refused(
                "Metadata keys can have up to 40 characters, values up to 500.",
                param=f"{name}[{key}]",
            )
    return {key: word for key, word in value.items() if word}


def list_of(rule: Rule, at_most: int) -> Rule:
    def check(value: Any, name: str) -> list[Any]:
        if not isinstance(value, dict) or not all(key.isdecimal() or not key for key in value):
            raise refused("Invalid array", param=name)
        if len(value) > at_most:
            raise refused(f"{name} can have at most {at_most} entries.", param=name)
        ordered = sorted(value, key=lambda key: int(key or 0))
        return [rule(value[key], f"{name}[{key}]") for key in ordered]

    return check


def mapping(required: str = "", **rules: Rule) -> Rule:
    """A hash with these keys and no others."""

    def check(value: Any, name: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise refused("Invalid hash", param=name)
        path = (lambda key: f"{name}[{key}]") if name else str
        for key in value:
            if key not in rules:
                raise refused(
                    f"Received unknown parameter: {path(key)}"
                    " (or one that this simulator does not serve)",
                    code="parameter_unknown",
                    param=path(key),
                )
        for key in required.split():
            if key not in value:
                raise refused(
                    f"Missing required param: {path(key)}.",
                    code="parameter_missing",
                    param=path(key),
                )
        return {key: rules[key](value[key], path(key)) for key in value}

    return check


def created(value: Any, name: str) -> dict[str, int]:
    if isinstance(value, dict):
        moments = mapping(gt=integer(), gte=integer(), lt=integer(), lte=integer())(value, name)
        return dict(moments)
    return {"gte": (moment := integer()(value, name)), "lte": moment}


expand = list_of(text(), at_most=20)
