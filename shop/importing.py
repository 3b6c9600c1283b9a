"""Products from a file into the shop: all of them, or none."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from time import monotonic
from typing import Any

from django.conf import settings
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils.dateparse import parse_datetime
from django.utils.text import Truncator
from django.utils.timezone import is_aware, make_aware

from accounts.locking import lock
from accounts.models import User
from shop.admin_slugs import free_slug
from shop.models import COMMON_POSITION, Category, Family, Product, StockMovement
from shop.money import format_money
from shop.money_field import read_amount, without_sign
from shop.product_csv import Line, Unreadable, read_products
from shop.spreadsheet import POINT, as_typed

MOST_STOCK = 1_000_000
# Meanwhile others wait for the products: less than a web server waits for a page.
MOST_SECONDS = 20
# The model's names of the columns that have another one in the file.
FIELDS = {
    "variant": "variant_name",
    "price": "price_cents",
    "sale_price": "sale_price_cents",
    "active": "is_active",
}
COLUMN_OF = {name: column for column, name in FIELDS.items()}
# Nobody types these: they are not in the file.
NOT_TYPED = ("search_text", "sold_count", "image", "is_sorted_by_sale")


@dataclass(frozen=True)
class ImportedRow:
    """What became of one row, or would: "created", "changed", "unchanged" or "refused"."""

    line: int
    name: str
    outcome: str
    # What was changed, or why it was refused.
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    rows: list[ImportedRow]
    is_written: bool

    @property
    def fingerprint(self) -> str:
        """The same for two reports that say the same of each row."""
        return sha256(repr(self.rows).encode()).hexdigest()

    def of(self, outcome: str) -> list[ImportedRow]:
        return [row for row in self.rows if row.outcome == outcome]

    @property
    def refused(self) -> list[ImportedRow]:
        return self.of("refused")

    @property
    def news(self) -> list[ImportedRow]:
        """What there is to be written."""
        return [row for row in self.rows if row.outcome in ("created", "changed")]

    @property
    def summary(self) -> str:
        outcomes = ("created", "changed", "unchanged", "refused")
        return ", ".join(f"{len(self.of(outcome))} {outcome}" for outcome in outcomes)


def import_products(
    data: bytes,
    user: User | None = None,
    *,
    dry_run: bool = False,
    expected: str = "",
    progress: Callable[[int, int], object] = lambda done, of: None,
) -> Report:
    """Create each product of the file, or update the one that has its SKU, or else its slug.

    What the file has no column for stays as it is. Nothing at all is written in a dry run, if any
    row is refused, or if what comes of it has another fingerprint than `expected`: the report
    says what would be. Raises Unreadable.
    """
    lines = read_products(data)
    with transaction.atomic():
        run = Import(lines, user)
        rows, started = [], monotonic()
        for done, line in enumerate(lines, 1):
            if monotonic() - started > MOST_SECONDS:
                raise Unreadable(
                    f"It takes longer than {MOST_SECONDS} seconds. Cut the file into several."
                )
            rows.append(run.take(line))
            progress(done, len(lines))
        report = Report(rows, is_written=False)
        if dry_run or report.refused or expected not in ("", report.fingerprint):
            transaction.set_rollback(True)
            return report
        LogEntry.objects.bulk_create(run.entries)
    return Report(rows, is_written=True)


class Import:
    """What is known while the rows are taken one after the other, each of their rows locked."""

    def __init__(self, lines: list[Line], user: User | None) -> None:
        self.user = user
        self.entries: list[LogEntry] = []
        # On which line a product was named.
        self.taken: dict[int, int] = {}
        named = [{line.cells.get(key, "") for line in lines} - {""} for key in ("sku", "slug")]
        products = Product.objects.filter(Q(sku__in=named[0]) | Q(slug__in=named[1]))
        # Before the products, as whoever renames a category takes them.
        categories = list(Category.objects.filter(pk__in=lock(Category.objects.all())))
        found = Product.objects.filter(pk__in=lock(products)).select_related("family", "category")
        self.by_sku = {product.sku: product for product in found if product.sku}
        self.by_slug = {product.slug: product for product in found}
        self.categories = by_name(categories) | {each.slug: each for each in categories}
        self.families = by_name(Family.objects.all())

    def take(self, line: Line) -> ImportedRow:
        cells = line.cells
        sku, slug = cells.get("sku", ""), cells.get("slug", "")
        product = self.by_sku.get(sku) or self.by_slug.get(slug)
        name = str(product or cells.get("name") or sku or slug or "–")
        problems = list(line.problems)
        if not sku and not slug:
            problems.append("It has neither a SKU nor a slug.")
        if product and product.pk in self.taken:
            problems.append(f"Line {self.taken[product.pk]} is about this product, too.")
        if problems:
            return ImportedRow(line.number, name, "refused", tuple(problems))
        values, problems = self.read(cells, is_new=not product)
        try:
            with transaction.atomic():  # so that the rows below are looked at, too
                row = self.write(line.number, product, values, problems)
        except IntegrityError:
            problems = ["Another product has its SKU, slug or variant already."]
            row = ImportedRow(line.number, name, "refused", tuple(problems))
        return row

    def read(self, cells: dict[str, str], *, is_new: bool) -> tuple[dict[str, Any], list[str]]:
        """The values by the names of the model's fields, and what cannot be one."""
        values, problems = {}, []
        for column, cell in cells.items():
            if column in ("sku", "slug") and not cell:
                continue  # it was found by the other one
            try:
                values[FIELDS.get(column, column)] = self.value(column, cell)
            except ValueError as error:
                problems.append(f"{column}: {error}")
        if is_new:
            needed = [column for column in ("name", "category", "price") if column not in cells]
            problems += [f"{column}: a new product needs one." for column in needed]
        return values, problems

    def value(self, column: str, cell: str) -> Any:
        match column:
            case "sale_price" | "sale_from" | "sale_until" if not cell:
                return None
            case "price" | "sale_price":
                return read_amount(without_sign(cell, settings.CURRENCY), settings.CURRENCY)
            case "sale_from" | "sale_until":
                return read_moment(cell)
            case "stock":
                return read_stock(cell)
            case "position":
                return read_position(cell)
            case "active":
                return read_yes_or_no(cell)
            case "category":
                return known(self.categories, cell, "category")
            case "family":
                return known(self.families, cell, "family") if cell else None
        longest = Product._meta.get_field(FIELDS.get(column, column)).max_length  # type: ignore[union-attr]
        if longest and len(cell) > longest:
            raise ValueError(f"it has {len(cell)} characters, and may have {longest}.")
        return cell

    def write(
        self, line: int, found: Product | None, values: dict[str, Any], problems: list[str]
    ) -> ImportedRow:
        """Or refuse; a product that is refused stays as it was."""
        product = found or Product()
        before = {name: getattr(product, name) for name in values if found}
        changed = {
            name: value
            for name, value in values.items()
            if not found or not is_same(before[name], value)
        }
        for name, value in changed.items():
            if name != "stock":  # which is counted below
                setattr(product, name, value)
        if not found and not product.slug:
            product.slug = free_slug(Product, f"{product.name} {product.variant_name}")
        if changed and not problems:
            problems = problems_of(product)
        if problems:
            for name, value in before.items():
                setattr(product, name, value)
            name = str(found or product)
            return ImportedRow(line, name or "–", "refused", tuple(problems))
        if not found:
            product.save()
        elif columns := changed.keys() - {"stock"}:
            product.save(update_fields=columns)
        if "stock" in changed and changed["stock"] != product.stock:
            about = {"user_id": self.user.pk} if self.user else {}
            StockMovement.count(product, changed["stock"], product.stock, **about)
        self.taken[product.pk] = line
        self.by_slug[product.slug] = product
        if product.sku:
            self.by_sku[product.sku] = product
        if not found:
            self.note(product, ADDITION, "Imported.")
            return ImportedRow(line, str(product), "created")
        if not changed:
            return ImportedRow(line, str(product), "unchanged")
        words = tuple(in_words(name, before[name], value) for name, value in changed.items())
        self.note(product, CHANGE, f"Imported: {', '.join(words)}.")
        return ImportedRow(line, str(product), "changed", words)

    def note(self, product: Product, flag: int, words: str) -> None:
        """For the history, which is of people: a command may have run for nobody."""
        if self.user:
            self.entries.append(
                LogEntry(
                    user_id=self.user.pk,
                    content_type=ContentType.objects.get_for_model(Product),
                    object_id=str(product.pk),
                    object_repr=str(product)[:200],
                    action_flag=flag,
                    change_message=words,
                )
            )


def by_name(rows: Iterable[Any]) -> dict[str, Any]:
    """In any case; two that differ in it alone are told apart by it."""
    rows = list(rows)
    return {row.name.casefold(): row for row in rows} | {row.name: row for row in rows}


def known(rows: dict[str, Any], name: str, what: str) -> Any:
    if not name:
        raise ValueError(f"write the name of a {what}.")
    row = rows.get(name) or rows.get(name.casefold())
    if not row:
        raise ValueError(f"there is no {what} “{Truncator(name).chars(60)}”.")
    return row


def read_stock(cell: str) -> int | None:
    if not cell:
        return None
    if not (cell.isascii() and cell.isdecimal() and len(cell) < 10 and int(cell) <= MOST_STOCK):
        raise ValueError(f"write a whole number up to {MOST_STOCK:,}, or nothing: not counted.")
    return int(cell)


def read_moment(cell: str) -> datetime:
    """In the shop's zone, unless it names another."""
    try:
        # A day alone could be meant until its beginning or until its end.
        moment = parse_datetime(cell) if ":" in cell else None
    except ValueError:  # the 31st of February
        moment = None
    if not moment:
        raise ValueError("write day and time like 2026-11-30 18:00.")
    return moment if is_aware(moment) else make_aware(moment)


def read_position(cell: str) -> int:
    if not cell:
        return COMMON_POSITION
    if not (cell.isascii() and cell.isdecimal() and len(cell) < 5):
        raise ValueError("write a whole number up to 9999.")
    return int(cell)


def read_yes_or_no(cell: str) -> bool:
    match cell.casefold():
        case "yes" | "y" | "true" | "1":
            return True
        case "no" | "n" | "false" | "0":
            return False
    raise ValueError("write yes or no.")


def is_same(before: Any, after: Any) -> bool:
    """Spreadsheets write line breaks in their own way, and files no parts of a second."""
    if isinstance(before, str) and isinstance(after, str):
        return before.split() == after.split()
    if isinstance(before, datetime) and isinstance(after, datetime):
        return as_typed(before, POINT) == as_typed(after, POINT)
    return bool(before == after)


def problems_of(product: Product) -> list[str]:
    try:
        product.full_clean(exclude=NOT_TYPED)
    except ValidationError as error:
        return [
            message if name == "__all__" else f"{COLUMN_OF.get(name, name)}: {message}"
            for name, messages in error.message_dict.items()
            for message in messages
        ]
    return []


def in_words(name: str, before: Any, after: Any) -> str:
    """One change: "price from $12.50 to $14.00"."""
    return f"{COLUMN_OF.get(name, name)} from {said(name, before)} to {said(name, after)}"


def said(name: str, value: Any) -> str:
    if isinstance(value, datetime):
        return as_typed(value, POINT)
    if name in ("price_cents", "sale_price_cents") and value:
        return format_money(value, settings.CURRENCY)
    if name == "stock":
        return "not counted" if value is None else str(value)
    if value is True or value is False:
        return "yes" if value else "no"
    if isinstance(value, models.Model | int):
        return str(value)
    return f"“{Truncator(' '.join(value.split())).chars(100)}”" if value else "nothing"
