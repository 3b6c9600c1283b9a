"""Take each value and each condition out of the pages in turn, and list what no test noticed.

    python -m tests.mutants.templates [templates/accounts ...]

A template loses one `{{ … }}`, or the tags of one `{% if %}`, or what stands in one branch of it;
then the tests that render this line run until one of them fails. Files stay as they are: the
template is changed on its way to Django's engine. What may go is not tried, and named with its
reason.
"""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.template import engines
from django.template.base import VariableNode
from django.template.defaulttags import IfNode
from django.template.loaders import app_directories, filesystem

from tests.mutants.__main__ import Mutants, main

FOLDERS = ["templates", "stripe_simulator/templates"]
# What drives other programs, or takes long, renders nothing that the others do not.
LEFT_OUT = ["--ignore-glob=tests/*/*", "--ignore=tests/test_mutants_of_templates.py"]
TESTS = ["accounts", "shop", "orders", "config", "stripe_simulator", "tests", *LEFT_OUT]
FRAME = ["shop/tests/test_shop_front.py", "shop/tests/test_cart.py", "shop/tests/test_catalogue.py"]
FRAME += ["tests/test_every_page.py", "tests/test_moments.py", "accounts/tests/test_forms.py"]
# The tests that speak of these; with fewer to run, the answer is there in a few minutes.
NEIGHBOURS = {
    "templates/_": FRAME,
    "templates/base.html": FRAME,
    "templates/bootstrap5/": FRAME,
    "templates/mail_base": ["orders/tests/test_mail_look.py"],
    "templates/accounts/": ["accounts"],
    "templates/orders/": ["orders"],
    "templates/shop/": ["shop"],
    "templates/admin/": ["tests/test_admin_frame.py", "orders/tests/test_large_lists.py"],
    "templates/admin/accounts/": ["accounts", "orders"],
    "templates/admin/orders/": ["orders"],
    "templates/admin/shop/": ["shop"],
    "stripe_simulator/": ["stripe_simulator"],
}

# What may go although no test misses it: the words of the mutant, and why.
MAY_STAY = {
    r"_field\.html {{ field\.name }}": "Classes that only the styles look at.",
    r"_mail_lines\.html {% if (with_prices|picture) %}: [a-z ]+$": "How wide a space is.",
    r"_mail_lines\.html {% else %}: what is in it": "How wide a space is.",
    r"refunded_email\.txt {% if forloop\.last %}: the tags": "An empty line between products.",
    r"_overview\.html {% if tile\.note %}: the tags": "An empty line under a number.",
    r"(base_site|packing_slips)\.html {{ block\.super }}": "What Django may put there one day.",
    r"_header\.html {% if words %}: the tags": "An empty value of a field is as good as none.",
    r"refund\.html {% if form\.lines %}: the tags$": "An input without a name is not sent.",
}

TAG = re.compile(r"{%\s*(if|elif|else|endif)\b.*?%}", re.S)
VARIABLE = re.compile(r"{{.*?}}", re.S)


class Mutant(NamedTuple):
    file: str
    line: int  # of the variable, or of the "if"
    words: str  # "{{ order.number }}", "{% if order %}: the tags", with "(2)" if again
    source: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.words}"


def mutants(file: str) -> Iterator[Mutant]:
    return (mutant for mutant in all_mutants(file) if not why_it_may_stay(mutant))


def all_mutants(file: str) -> Iterator[Mutant]:
    return without_one(file, Path(file).read_text(encoding="utf-8"))


def why_it_may_stay(mutant: Mutant) -> str:
    """The reason, or ""."""
    named = f"{mutant.file} {mutant.words}"
    return next((why for words, why in MAY_STAY.items() if re.search(words, named)), "")


def without_one(file: str, source: str) -> Iterator[Mutant]:
    seen: Counter[str] = Counter()

    def without(*spans: tuple[int, int], words: str, of: re.Match[str]) -> Mutant:
        words = " ".join(words.split())
        seen[words] += 1
        number = f" ({seen[words]})" if seen[words] > 1 else ""
        changed = source
        for start, end in sorted(spans, reverse=True):
            changed = changed[:start] + changed[end:]
        return Mutant(file, source.count("\n", 0, of.start()) + 1, words + number, changed)

    for variable in VARIABLE.finditer(source):
        yield without(variable.span(), words=variable[0], of=variable)
    for tags in conditions(source):
        first = tags[0]
        yield without(*(tag.span() for tag in tags), words=f"{first[0]}: the tags", of=first)
        for tag, following in pairwise(tags):
            if source[tag.end() : following.start()].strip():
                inside = tag.end(), following.start()
                yield without(inside, words=f"{tag[0]}: what is in it", of=first)


def conditions(source: str) -> Iterator[list[re.Match[str]]]:
    """The tags of each condition: if, elif …, else, endif."""
    opened: list[list[re.Match[str]]] = []
    for tag in TAG.finditer(source):
        if tag[1] == "if":
            opened.append([])
        opened[-1].append(tag)
        if tag[1] == "endif":
            yield opened.pop()


def put_in_place(mutant: Mutant) -> bool:
    """Make this process render the mutant."""
    for loader in (filesystem.Loader, app_directories.Loader):
        get_contents = loader.get_contents

        def changed(self: Any, origin: Any, get_contents: Any = get_contents) -> str:
            if Path(origin.name) == Path(mutant.file).resolve():
                return mutant.source
            return get_contents(self, origin)

        loader.get_contents = changed  # type: ignore[method-assign]
    for engine in engines.all():
        for loaded in engine.engine.template_loaders:
            loaded.reset()
    return True


class TemplateMutants(Mutants):
    mutants = staticmethod(mutants)
    put_in_place = staticmethod(put_in_place)

    def measure(self, items: list[pytest.Item]) -> Callable[[Mutant], set[str]]:
        """Run all tests once; the result tells which of them render the line of a mutant."""
        rendered_by = defaultdict(set)
        running = [""]
        with pytest.MonkeyPatch.context() as patched:
            for kind in (VariableNode, IfNode):

                def noted(self: Any, context: Any, render: Any = kind.render) -> str:
                    said = render(self, context)
                    if said or isinstance(self, IfNode):
                        rendered_by[self.origin.name, self.token.lineno].add(running[-1])
                    return said

                patched.setattr(kind, "render", noted)
            self.run_all(items, running.append)

        def ran_by(mutant: Mutant) -> set[str]:
            return rendered_by[str(Path(mutant.file).resolve()), mutant.line] - self.broken

        return ran_by


def files(places: list[str]) -> list[str]:
    found = [[path] if path.is_file() else path.rglob("*.*") for path in map(Path, places)]
    return sorted({path.as_posix() for paths in found for path in paths})


def speaking_of(files: list[str]) -> list[str]:
    """Those of the neighbours, unless there is one without neighbours."""
    found = [
        [tests for folder, tests in NEIGHBOURS.items() if file.startswith(folder)] for file in files
    ]
    return sorted(set(chain(*chain(*found)))) if all(found) else TESTS


if __name__ == "__main__":
    plugin = TemplateMutants(files(sys.argv[1:] or FOLDERS))
    status = main(plugin, speaking_of(plugin.files))
    for mutant in (mutant for file in plugin.files for mutant in all_mutants(file)):
        if why := why_it_may_stay(mutant):
            print(f"may stay {mutant}: {why}", file=plugin.out)
    sys.exit(status)
