"""The documents tell the truth."""

import ast
import itertools
import re
import tomllib

from django.conf import settings
from django.core.management import get_commands

ROOT = settings.BASE_DIR
FOLDERS = "accounts|shop|orders|demo|stripe_simulator|config|deploy|docs|static|templates|tests"
DOCS = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_example_environment_names_what_the_settings_read():
    calls = [node for node in ast.walk(ast.parse(read("config/settings.py"))) if is_env_call(node)]
    read_names = [call.args[0].value for call in calls]
    named = re.findall(r"^# ([A-Z_0-9]+)=", read(".env.example"), re.M)

    assert sorted(set(read_names)) == sorted(named)


def is_env_call(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id.startswith("env")
    )


def test_every_line_of_the_example_environment_is_explained():
    lines = read(".env.example").splitlines()
    for before, line in itertools.pairwise(lines):
        if re.match(r"# [A-Z_0-9]+=", line):
            assert re.match(r"# [A-Z].*\.$", before), line


def test_the_commands_that_the_documents_name_exist():
    readme = read("README.md") + read("CONTRIBUTING.md")
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.M))
    named_targets = set(re.findall(r"\bmake ([a-z]+)", readme))
    named_commands = set(re.findall(r"manage\.py ([a-z_]+)", readme))

    assert named_targets >= {"run", "test"}
    assert named_targets <= targets
    assert named_commands >= {"migrate", "createsuperuser", "runserver"}
    assert named_commands <= set(get_commands())


def test_the_files_that_the_documents_point_to_exist():
    for document in ("README.md", "CONTRIBUTING.md", *DOCS):
        folder = (ROOT / document).parent
        for target in re.findall(r"\]\(([^)#:]+)\)", read(document)):
            assert (folder / target).exists(), f"{document}: {target}"
        for path in re.findall(rf"`((?:{FOLDERS})/[\w./]*)`", read(document)):
            assert (ROOT / path).exists(), f"{document}: {path}"


def test_the_readme_stays_short_enough_to_read():
    assert len(read("README.md").splitlines()) <= 150


def test_one_oldest_python_is_named_everywhere():
    project = tomllib.loads(read("pyproject.toml"))
    oldest = project["project"]["requires-python"].removeprefix(">=")

    assert project["tool"]["mypy"]["python_version"] == oldest
    assert project["tool"]["ruff"]["target-version"] == f"py{oldest.replace('.', '')}"
    for document in ("README.md", "CONTRIBUTING.md", "Makefile"):
        assert f"Python {oldest} or newer" in read(document), document


def test_ci_runs_the_test_command_of_the_readme():
    assert "make test" in read("README.md")
    assert re.search(r"^make test$", read(".ci/run"), re.M)
