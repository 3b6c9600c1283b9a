"""What the search compares: words without accents and capitals, and their stems.

A stem is what is left of a word without its ending: that of "mug" and of "mugs" is "mug".
"""

import unicodedata
from functools import lru_cache
from typing import NamedTuple

import snowballstemmer
from babel import Locale
from django.conf import settings

# Around each stem, so that the stem of "mats" does not find "material". No word that is looked up
# holds one.
MARK = "\n"
# Those of a household that do not just end in another letter.
IRREGULAR = {
    "children": "child",
    "feet": "foot",
    "geese": "goose",
    "halves": "half",
    "knives": "knife",
    "leaves": "leaf",
    "loaves": "loaf",
    "men": "man",
    "mice": "mouse",
    "scarves": "scarf",
    "shelves": "shelf",
    "teeth": "tooth",
    "women": "woman",
}


def searchable(text: str) -> str:
    """Without accents and capitals: "Crème" is found by "creme"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def search_text(*texts: str) -> str:
    """What is stored to be searched: the words as they stand, then each stem between two marks."""
    text = " ".join(" ".join(texts).split())
    stems = {stem for word in words_of(text) for stem in stems_of(word)}
    return MARK.join([searchable(text), *sorted(stems), ""])


class LookedUp(NamedTuple):
    """A word that was typed, as `search_text` may hold it."""

    word: str
    stems: tuple[tuple[str, ...], ...]  # of each part of it: "tea-towel" has two


def looked_up(typed: str) -> tuple[LookedUp, ...]:
    return tuple(map(look_up, typed.split()))


def look_up(typed: str) -> LookedUp:
    word, stems = searchable(typed).strip(), tuple(map(marked_stems, words_of(typed)))
    # To look for "mug" finds the stem "mug", too: the database need not look twice.
    if any(all(word in stem for stem in part) for part in stems):
        stems = ()
    return LookedUp(word, stems)


def marked_stems(word: str) -> tuple[str, ...]:
    return tuple(f"{MARK}{stem}{MARK}" for stem in sorted(stems_of(word)))


def words_of(text: str) -> list[str]:
    """Without what stands between them. One letter is none: it is the s of "cook's"."""
    composed = unicodedata.normalize("NFC", text.casefold())
    kept = (char if unicodedata.category(char)[0] in "LMN" else " " for char in composed)
    return [word for word in "".join(kept).split() if len(word) > 1]


def stems_of(word: str) -> set[str]:
    """In English and the shop's language, with and without accents: people leave them out."""
    word = IRREGULAR.get(word, word)
    forms = {word, searchable(word)}
    languages = stemmed_languages(settings.LANGUAGE_CODE)
    return {stem(form, language) for form in forms for language in languages}


@lru_cache
def stemmed_languages(code: str) -> tuple[str, ...]:
    # "Norwegian Bokmål" is stemmed as Norwegian.
    own = (Locale.parse(code, sep="-").english_name or "").lower().split()[:1]
    known = [name for name in own if name in snowballstemmer.algorithms()]
    return tuple({"english", *known})


@lru_cache(maxsize=20_000)
def stem(word: str, language: str) -> str:
    # A stemmer of its own: it holds the word that it works on, and threads would mix theirs.
    return searchable(snowballstemmer.stemmer(language).stemWord(word))
