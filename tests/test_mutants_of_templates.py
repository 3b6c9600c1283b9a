"""The tool behind `make mutants` that takes words out of pages."""

import re

import pytest

from tests.mutants.templates import (
    FOLDERS,
    MAY_STAY,
    NEIGHBOURS,
    TESTS,
    Mutant,
    all_mutants,
    files,
    speaking_of,
    without_one,
)

PAGE = """<p>{{ a }}, {{ a }}</p>
{% if b %}{{ c }}{% elif d %}<i>d</i>{% else %}<b>e</b>{% endif %}"""


@pytest.fixture(scope="module")
def every_mutant() -> list[Mutant]:
    """Those that may stay, too."""
    return [mutant for file in files(FOLDERS) for mutant in all_mutants(file)]


def test_each_mutant_lacks_one_thing():
    lacking = {
        mutant.words: mutant.source.splitlines() for mutant in without_one("page.html", PAGE)
    }

    first, second = PAGE.splitlines()
    assert lacking == {
        "{{ a }}": ["<p>, {{ a }}</p>", second],
        "{{ a }} (2)": ["<p>{{ a }}, </p>", second],
        "{{ c }}": [first, "{% if b %}{% elif d %}<i>d</i>{% else %}<b>e</b>{% endif %}"],
        "{% if b %}: the tags": [first, "{{ c }}<i>d</i><b>e</b>"],
        "{% if b %}: what is in it": [
            *(first, "{% if b %}{% elif d %}<i>d</i>{% else %}<b>e</b>{% endif %}")
        ],
        "{% elif d %}: what is in it": [
            *(first, "{% if b %}{{ c }}{% elif d %}{% else %}<b>e</b>{% endif %}")
        ],
        "{% else %}: what is in it": [
            *(first, "{% if b %}{{ c }}{% elif d %}<i>d</i>{% else %}{% endif %}")
        ],
    }


def test_every_mutant_of_our_templates_has_a_name_of_its_own(every_mutant):
    names = [(mutant.file, mutant.words) for mutant in every_mutant]

    assert len(names) == len(set(names)) > 400


def test_whatever_may_stay_is_still_there(every_mutant):
    names = [f"{mutant.file} {mutant.words}" for mutant in every_mutant]

    for words in MAY_STAY:
        assert any(re.search(words, name) for name in names), words


def test_templates_are_tried_with_the_tests_that_speak_of_them():
    assert speaking_of(files(["templates/accounts", "templates/orders"])) == ["accounts", "orders"]
    assert speaking_of(files(["templates/accounts", "templates/500.html"])) == TESTS
    # Two of the folders speak of these.
    both = speaking_of(files(["templates/admin/shop"]))
    assert both == ["orders/tests/test_large_lists.py", "shop", "tests/test_admin_frame.py"]
    every_file = files(FOLDERS)
    assert all(any(file.startswith(name) for file in every_file) for name in NEIGHBOURS)
