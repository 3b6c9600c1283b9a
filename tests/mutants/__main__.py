"""Change the money path in one place after the other, and list what no test noticed.

    python -m tests.mutants [shop/checkout.py ...]

The tests that speak of these files (tests/mutants/files.py) run once, to learn which of them run
which line. Then each change gets a process of its own, forked from this one, and only the tests of
its line. Tools that start pytest, Django and the database anew for each change take hours for this.
"""

import ast
import gc
import inspect
import mmap
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

import coverage
import pytest
from _pytest.runner import runtestprotocol
from django.db import connections

from tests.mutants.changes import changes
from tests.mutants.files import FILES

# Of these files only what changes rows.
MODELS = [file for file in FILES if "/models/" in file]
CHANGES_ROWS = re.compile(
    r"\.update\(|\.save\(|bulk_create|get_or_create|select_for_update|lock\(|is_live|rank\("
)
SECONDS = 10  # of computing, for the tests of one change
SURVIVED, KILLED, NOT_TRIED, OUT_OF_TIME = range(4)
WORDS = {SURVIVED: "survived", NOT_TRIED: "not tried", OUT_OF_TIME: f"survived {SECONDS} s"}


class Mutant(NamedTuple):
    file: str
    line: int
    words: str
    name: str  # of the function, method or constant that it is in
    tree: ast.Module  # is what the mutant says only until the next one is asked for

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.words}"


def mutants(file: str) -> Iterator[Mutant]:
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    for name, node in pieces(tree):
        if file not in MODELS or CHANGES_ROWS.search(ast.unparse(node)):
            for line, words in changes(node):
                if not (name.isupper() and words[0].isdigit()):  # how long, or how many
                    yield Mutant(file, line, words, name, tree)


def pieces(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """Functions, methods and constants, by their names."""
    for node in tree.body:
        match node:
            case ast.FunctionDef():
                yield node.name, node
            case ast.ClassDef():
                methods = [method for method in node.body if isinstance(method, ast.FunctionDef)]
                yield from ((f"{node.name}.{method.name}", method) for method in methods)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name, node


def put_in_place(mutant: Mutant) -> bool:
    """Make this process run the mutant; False where that cannot be done."""
    module = sys.modules[mutant.file.removesuffix(".py").replace("/", ".")]
    whole = compile(mutant.tree, mutant.file, "exec")
    codes = {code.co_qualname: code for code in code_objects(whole)}
    if mutant.name in codes:
        try:
            function_of(module, mutant.name).__code__ = codes[mutant.name]
        except ValueError:  # it has lost its super(), or has become a generator
            return False
        return True
    old = getattr(module, mutant.name)
    statement = next(node for name, node in pieces(mutant.tree) if name == mutant.name)
    names = dict(vars(module))
    exec(compile(ast.Module([statement], []), mutant.file, "exec"), names)  # noqa: S102
    for user in list(sys.modules.values()):
        if vars(user).get(mutant.name) is old:
            setattr(user, mutant.name, names[mutant.name])
    return True


def code_objects(code: CodeType) -> Iterator[CodeType]:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from (inner, *code_objects(inner))


def function_of(module: ModuleType, name: str) -> FunctionType:
    found: Any = module
    for part in name.split("."):
        found = vars(found)[part]
    found = getattr(found, "fget", None) or getattr(found, "__func__", found)
    return inspect.unwrap(found)


def speaking_of(file: str, tests: set[str]) -> set[str]:
    """Those of the others notice a change too, but of so many the first ones take the seconds."""
    return {test for test in tests if test.startswith(tuple(FILES[file]))}


def test_function(test: str) -> str:
    return test.partition("[")[0]


class Mutants:
    """In place of pytest's own loop over the tests."""

    mutants = staticmethod(mutants)
    put_in_place = staticmethod(put_in_place)

    def __init__(self, files: list[str]) -> None:
        self.files = files
        self.found: dict[str, Counter[int]] = {file: Counter() for file in files}
        self.running: dict[int, tuple[Any, list[pytest.Item], memoryview]] = {}
        self.seconds: dict[str, float] = {}
        self.broken: set[str] = set()
        # How often each test function met a change, and how often it noticed.
        self.tries: Counter[str] = Counter()
        self.kills: Counter[str] = Counter()
        # The tests that noticed a change of a file, the last one first.
        self.noticed: defaultdict[str, list[str]] = defaultdict(list)
        self.folder = tempfile.TemporaryDirectory(prefix="shop-mutants-")
        # pytest keeps what tests print.
        self.out = os.fdopen(os.dup(2), "w", buffering=1)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        ran_by = self.measure(session.items)
        gc.freeze()  # or each process copies whatever it collects
        for file in self.files:
            for mutant in self.mutants(file):
                while len(self.running) >= len(os.sched_getaffinity(0)):
                    self.wait()
                tests = self.in_turn(mutant.file, ran_by(mutant))
                self.start(mutant, [items[test] for test in tests])
        while self.running:
            self.wait()
        return True

    def in_turn(self, file: str, tests: set[str]) -> list[str]:
        """First those that noticed the changes shortly before. Then the most promising test of each
        file, then the next of each: neighbours see the same."""
        noticed = [test for test in self.noticed[file] if test in tests][:5]
        files: defaultdict[str, list[str]] = defaultdict(list)
        for test in sorted(tests, key=self.promise):
            files[test.partition("::")[0]].append(test)
        turns = zip_longest(*files.values())
        return list(dict.fromkeys(test for turn in [noticed, *turns] for test in turn if test))

    def promise(self, test: str) -> float:
        """How long it takes until a test notices something, by what it did so far."""
        name = test_function(test)
        return self.seconds[test] * (1 + self.tries[name]) / (1 + self.kills[name])

    def measure(self, items: list[pytest.Item]) -> Callable[[Mutant], set[str]]:
        """Run all tests once; the result tells which of them run the lines of a mutant."""
        measured = coverage.Coverage(data_file=None, config_file=False, include=[*FILES])
        measured.start()
        self.run_all(items, measured.switch_context)
        measured.stop()
        data = measured.get_data()
        lines = {name: data.contexts_by_lineno(str(Path(name).resolve())) for name in FILES}

        def ran_by(mutant: Mutant) -> set[str]:
            if mutant.name.isupper():  # a constant: whoever runs a line that uses it
                found = [
                    lines[file].get(number, [])
                    for file in FILES
                    for number, text in enumerate(Path(file).read_text().splitlines(), start=1)
                    if re.search(rf"\b{mutant.name}\b", text)
                ]
            else:
                found = [lines[mutant.file].get(mutant.line, [])]
            return speaking_of(mutant.file, set().union(*found)) - self.broken

        return ran_by

    def run_all(self, items: list[pytest.Item], starting: Callable[[str], object]) -> None:
        for item, following in zip(items, [*items[1:], items[0]], strict=True):
            starting(item.nodeid)
            started = time.process_time()
            reports = runtestprotocol(item, log=False, nextitem=following)
            self.seconds[item.nodeid] = time.process_time() - started
            if any(report.failed for report in reports):
                print("fails already:", item.nodeid, file=self.out)
                self.broken.add(item.nodeid)

    def start(self, mutant: Any, items: list[pytest.Item]) -> None:
        connections.close_all()
        tried = memoryview(mmap.mmap(-1, 4)).cast("I")  # how many tests, in shared memory
        child = os.fork()
        if child:
            self.running[child] = mutant, items, tried
            return
        # What hangs is ended, whether it computes or waits.
        signal.setitimer(signal.ITIMER_PROF, 2 * SECONDS)
        signal.alarm(20 * SECONDS)
        ended = KILLED  # also by whatever is raised
        try:
            ended = self.ran(items, tried) if self.put_in_place(mutant) else NOT_TRIED
        finally:
            os._exit(ended)  # never on into pytest: the database is the other process's

    def ran(self, items: list[pytest.Item], tried: memoryview) -> int:
        ends_at = time.process_time() + SECONDS
        database = connections["default"].settings_dict
        database["NAME"] = shutil.copy(database["NAME"], self.copy_for(os.getpid()))
        for item, following in zip(items, [*items[1:], None], strict=False):
            item.session._setupstate.teardown_exact(item)
            tried[0] += 1
            reports = runtestprotocol(item, log=False, nextitem=following)
            if any(report.failed for report in reports):
                return KILLED
            if time.process_time() > ends_at:
                return OUT_OF_TIME
        return SURVIVED

    def copy_for(self, child: int) -> Path:
        """The database of a process: removed by this one, as the other may not live to do it."""
        return Path(self.folder.name, f"{child}.sqlite3")

    def wait(self) -> None:
        child, status = os.wait()
        for left in Path(self.folder.name).glob(f"{child}.sqlite3*"):
            left.unlink()
        mutant, items, tried = self.running.pop(child)
        if os.WIFSIGNALED(status):
            # Who did not even get to compute for long may only be slow, on a busy machine.
            ended = OUT_OF_TIME if os.WTERMSIG(status) == signal.SIGALRM else KILLED
        else:
            ended = os.WEXITSTATUS(status)
        self.found[mutant.file][ended] += 1
        tests = [item.nodeid for item in items[: tried[0]]]
        self.tries.update(map(test_function, tests))
        if ended == KILLED and tests:
            self.kills[test_function(tests[-1])] += 1
            earlier = [test for test in self.noticed[mutant.file] if test != tests[-1]]
            self.noticed[mutant.file] = [tests[-1], *earlier]
        if ended in WORDS:
            print(WORDS[ended], mutant, file=self.out)


def main(plugin: Mutants, tests: list[str]) -> int:
    options = ["-q", "-n", "0", "-p", "no:randomly", "-p", "no:cacheprovider"]
    status = pytest.main([*options, *tests], plugins=[plugin])
    words = {KILLED: "killed"} | WORDS
    for file, found in plugin.found.items():
        said = ", ".join(f"{found[ended]} {word}" for ended, word in words.items() if found[ended])
        print(f"{file}: {said}", file=plugin.out)
    return int(status)


if __name__ == "__main__":
    files = sys.argv[1:] or list(FILES)
    tests = {test for file in files for test in FILES[file]}
    sys.exit(main(Mutants(files), sorted(tests)))
