"""When two names of users are one: in another case or width, or by letters that look alike.

What is compared is a key that the database holds unique. Letters look alike as Unicode says in its
technical standard 39, one by one; the whole of a name in another alphabet counts too.
"""

import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import islice
from typing import Any

from django.db import models, transaction

from accounts.locking import lock

ONE_ALPHABET = "Use the letters of one alphabet: names that look alike are taken for one another."
TOGETHER = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL"}  # are written together
LONGEST = 254  # letters of a name or an address that are looked at: no column holds more
LONGEST_KEY = 3 * LONGEST  # a letter folds to three at most
# A capital i is a small L to the eye, so small and capital i and l are one letter here.
LIKE_IN_ASCII = str.maketrans({"0": "o", "1": "l", "i": "l", "m": "rn"})
APART = " "  # is in no key of a name
A_TIME = 500


def alphabets_of(name: str) -> set[str]:
    """LATIN, CYRILLIC and so on: a Cyrillic letter in a Latin name looks like another one."""
    found = {unicodedata.name(letter, "?").split()[0] for letter in name if letter.isalpha()}
    return found - TOGETHER | ({"CJK"} if found & TOGETHER else set())


def address_key(typed: str) -> str:
    """The same for every spelling that is one e-mail address: case, width, blanks around it."""
    plain = unicodedata.normalize("NFKC", typed[:LONGEST])
    return unicodedata.normalize("NFKC", plain.strip().casefold())[:LONGEST_KEY]


def name_key(typed: str) -> str:
    """The same for every spelling that is one name, or looks like it."""
    key = "".join(map(look_of, address_key(typed))).translate(LIKE_IN_ASCII)
    return "".join(key.split())[:LONGEST_KEY]


@lru_cache(maxsize=4096)
def look_of(letter: str) -> str:
    """The letter that a small one is taken for, as it is or as a capital; else itself."""
    if letter.isascii():
        return letter
    alike = [*looks_like(letter), *looks_like(letter.upper())]
    latin = [other.casefold() for other in alike if other.isascii() and other.isalnum()]
    return next(iter([*latin, *alike]), letter)


def looks_like(letter: str) -> list[str]:
    """Those that Unicode has for the look of this letter: one, as others are said to be like it.

    Read where it is needed: it takes 20 MB, and many a shop has no name that needs it.
    """
    from confusable_homoglyphs.confusables import is_confusable

    def others(of: str) -> list[str]:
        found = is_confusable(of, greedy=True) or [{"homoglyphs": []}]
        return [other["c"] for other in found[0]["homoglyphs"]]

    alike = others(letter)
    if len(alike) == 1 and len(others(alike[0])) == 1:  # two, of which neither is the first
        return [min(letter, alike[0])]
    return [other for other in alike if len(alike) == 1 or other.isascii()]


def write_keys(user: Any) -> None:
    """Make the keys of a user, to be stored, those of name and address.

    A key that was kept apart from another account's stays so for as long as the name does.
    """
    key = name_key(user.username)
    if (user.name_key or "").partition(APART)[0] != key:
        user.name_key = key
    user.email_key = address_key(user.email)


def with_keys(fields: Iterable[str]) -> set[str]:
    """The columns to be written, with the keys that go with them."""
    keys = {"username": "name_key", "email": "email_key"}
    return {*fields, *(keys[field] for field in fields if field in keys)}


def give_keys(users: models.QuerySet, tell: Callable[[str], Any]) -> int:
    """Give keys to those who have none yet; how many. It may be repeated, and run while open.

    Of accounts whose names look alike, or have one address, the first one has it; the others keep
    their name and log in by just that, and `tell` is told who they are.
    """
    count = 0
    waiting = users.filter(name_key=None).order_by("pk")
    while pks := list(islice(waiting.values_list("pk", flat=True), A_TIME)):
        with transaction.atomic(using=users.db):
            for user in users.filter(pk__in=lock(users.filter(pk__in=pks))).order_by("pk"):
                give_key(user, users, tell)
                count += 1
    return count


def give_key(user: Any, users: models.QuerySet, tell: Callable[[str], Any]) -> None:
    write_keys(user)
    others = users.exclude(pk=user.pk)
    twin = others.filter(name_key=user.name_key).first()
    if twin:
        tell(f"{user.username} (beside {twin.username})")
        user.name_key += f"{APART}{user.pk}"
    first = others.filter(shares_email=False, email_key=user.email_key)
    user.shares_email = user.shares_email or first.exists()
    columns = ("name_key", "email_key", "shares_email")
    users.filter(pk=user.pk).update(**{column: getattr(user, column) for column in columns})
