"""What keeps the shop readable: who imports whom, held by the code's own import statements."""

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from django.conf import settings

ROOT = settings.BASE_DIR
APPS = ("accounts", "shop", "orders")


def product_files(app: str) -> Iterator[Path]:
    for path in sorted((ROOT / app).rglob("*.py")):
        if not {"tests", "migrations"} & set(path.relative_to(ROOT).parts):
            yield path


def imports(path: Path) -> set[str]:
    """The top-level packages that a file imports, wherever in the file it does."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names.add(node.module.partition(".")[0])
    return names


def importers(package: str, folders: tuple[str, ...]) -> list[str]:
    return [
        str(path.relative_to(ROOT))
        for folder in folders
        for path in product_files(folder)
        if package in imports(path)
    ]


def test_imports_point_one_way_from_orders_to_shop_to_accounts():
    assert importers("orders", ("accounts", "shop")) == []
    assert importers("shop", ("accounts",)) == []


def test_the_rooms_know_each_other_as_the_picture_of_the_house_shows():
    rooms = {path.parent.name for path in ROOT.glob("*/apps.py")}
    known = {(room, other) for room in rooms for other in rooms if importers(other, (room,))}
    picture = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawn = re.findall(r"^ +(\w+) --> (\w+)$", picture, re.M)

    assert known - {(room, room) for room in rooms} == set(drawn)
    assert rooms == {room for arrow in drawn for room in arrow}
    below = {room: {other for one, other in drawn if one == room} for room in rooms}
    TopologicalSorter(below).prepare()  # raises where the arrows lead in a circle


def test_one_file_talks_to_stripe():
    assert importers("stripe", (*APPS, "config")) == ["shop/payments.py"]


def test_the_simulator_is_chosen_in_one_line_and_knows_nothing_of_the_shop():
    assert importers("stripe_simulator", (*APPS, "config")) == ["shop/payments.py"]
    source = (ROOT / "shop" / "payments.py").read_text(encoding="utf-8")
    assert source.count("stripe_simulator") == 1
    for app in APPS:
        assert importers(app, ("stripe_simulator",)) == []


@pytest.mark.parametrize("app", [*APPS, "config", "stripe_simulator", "demo"])
def test_the_imports_of_a_folder_are_really_read(app):
    assert any("django" in imports(path) for path in product_files(app))


def read_at_import(node: ast.AST) -> Iterator[str]:
    """The settings that a file reads as soon as it is imported, outside its functions."""
    is_setting = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    if is_setting and node.value.id == "settings":
        yield node.attr
    for name, value in ast.iter_fields(node):
        if name == "body" and isinstance(node, ast.FunctionDef | ast.Lambda):
            continue  # runs later; decorators and defaults do not
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from read_at_import(child)


@pytest.mark.parametrize("app", [*APPS, "config", "stripe_simulator", "demo"])
def test_nothing_is_decided_at_import_by_a_setting_that_may_change(app):
    """Else the first one who needs the file decides for all: a test with other settings, say."""
    for path in product_files(app):
        found = set(read_at_import(ast.parse(path.read_text(encoding="utf-8"))))
        # Django itself reads the user's model once.
        assert found <= {"AUTH_USER_MODEL"}, path


def test_settings_read_at_import_are_found():
    source = """
if settings.A:
    class Form:
        field = Field(settings.B)
        def clean(self, limit=settings.C): return settings.NOT_YET
        later = lambda: settings.NOT_YET
@decorated(settings.D)
def view(): return settings.NOT_YET
"""
    assert list(read_at_import(ast.parse(source))) == ["A", "B", "C", "D"]


def test_no_page_carries_style_or_script_of_its_own():
    pages = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "stripe_simulator").rglob("*.html")]

    assert len(pages) > 20
    for page in pages:
        if page.name.lstrip("_").startswith("mail_"):
            continue  # no page, and many mail programs know no other styles
        text = page.read_text(encoding="utf-8")
        assert " style=" not in text, page
        assert "<style" not in text, page
        assert "<script>" not in text, page
        assert "https://" not in text.replace("https://checkout.stripe.com", ""), page


def test_a_colour_stands_in_one_style_sheet():
    where: dict[str, set[str]] = {}
    for sheet in (ROOT / "static" / "shop" / "css").glob("*.css"):
        for colour in re.findall(r"#[0-9a-f]{6}\b", sheet.read_text(encoding="utf-8").lower()):
            where.setdefault(colour, set()).add(sheet.name)

    assert len(where) > 20
    assert {colour: sheets for colour, sheets in where.items() if len(sheets) > 1} == {}
