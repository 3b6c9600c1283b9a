"""The catalogue as a file: a row a product, whatever can be typed of it but its pictures.

What is written here is read here, and is then the same. What people and their spreadsheets make of
a file is read, too, as far as it can be meant in one way only.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO

from django.conf import settings
from django.http import StreamingHttpResponse

from shop.models import ProductQuerySet
from shop.money import to_decimal
from shop.spreadsheet import Row, as_meant, csv_response

COLUMNS = (
    *("sku", "slug", "name", "family", "variant", "category", "description", "details"),
    *("price", "sale_price", "sale_from", "sale_until"),
    *("stock", "active", "position", "image_alt"),
)
# What `read_products` takes at once.
MOST_BYTES = 1_000_000
MOST_ROWS = 2000
CHUNK = 1000


class Unreadable(Exception):
    """Nothing of the file was read; it says in words why."""


@dataclass(frozen=True)
class Line:
    """One product of a file: the line on which it begins, and what its cells say."""

    number: int
    cells: dict[str, str]
    # Why it cannot be read.
    problems: list[str] = field(default_factory=list)


def products_csv(products: ProductQuerySet, kind: str) -> StreamingHttpResponse:
    asked = products.select_related("category", "family").order_by("pk")
    rows: Iterator[Row] = (
        (
            *(product.sku, product.slug, product.name, str(product.family or "")),
            *(product.variant_name, product.category.name, product.description, product.details),
            to_decimal(product.price_cents, settings.CURRENCY),
            product.sale_price_cents and to_decimal(product.sale_price_cents, settings.CURRENCY),
            *(product.sale_from, product.sale_until, product.stock),
            *("yes" if product.is_active else "no", product.position, product.image_alt),
        )
        for product in asked.iterator(chunk_size=CHUNK)
    )
    return csv_response("products", COLUMNS, rows, kind)


def read_products(data: bytes) -> list[Line]:
    """The rows below the headings, without blank ones. Raises Unreadable."""
    if len(data) > MOST_BYTES:
        raise Unreadable(f"The file has more than {MOST_BYTES:,} bytes. Cut it into several.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("Save the file as CSV in UTF-8: it is in another encoding.") from None
    if "\0" in text:
        raise Unreadable("This is no CSV file.")
    rows = numbered_rows(text)
    _, headings = next(rows, (0, []))
    columns = [re.sub(r"[\s_-]+", "_", heading.strip()).casefold() for heading in headings]
    while columns and not columns[-1]:
        columns.pop()
    check_columns(columns)
    lines: list[Line] = []
    for number, cells in rows:
        if len(lines) == MOST_ROWS:
            raise Unreadable(f"The file has more than {MOST_ROWS:,} products. Cut it into several.")
        lines.append(line_of(number, columns, cells))
    if not lines:
        raise Unreadable("The file has no products.")
    return lines


def numbered_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that says something, with the line on which it begins."""
    first = re.split(r"[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0]
    told = re.fullmatch(r"sep=([,;\t])", first)  # Excel's own word for it
    separator = told[1] if told else max(",;\t", key=first.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells) and not cells[0].startswith("sep="):
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        raise Unreadable(f"Line {begins} cannot be read: {error}.") from error


def check_columns(columns: list[str]) -> None:
    unknown = [column or "(empty)" for column in columns if column not in COLUMNS]
    if unknown:
        known = ", ".join(COLUMNS)
        raise Unreadable(f"Unknown in the headings: {', '.join(unknown)}. Known are: {known}.")
    if twice := sorted({column for column in columns if columns.count(column) > 1}):
        raise Unreadable(f"Twice in the headings: {', '.join(twice)}.")
    if not {"sku", "slug"} & set(columns):
        raise Unreadable("The headings have neither sku nor slug, by which a product is found.")


def line_of(number: int, columns: list[str], cells: list[str]) -> Line:
    """Spreadsheets leave out empty cells at the end of a row."""
    more = [cell for cell in cells[len(columns) :] if cell.strip()]
    meant = [as_meant(cell).strip() for cell in cells] + [""] * (len(columns) - len(cells))
    problems = ["It has more cells than the headings: is there a comma without quotes?"]
    return Line(number, dict(zip(columns, meant, strict=False)), problems if more else [])
