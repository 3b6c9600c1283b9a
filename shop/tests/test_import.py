"""Products come from a file into the shop, all or none, and go out into one."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from shop import importing, product_csv
from shop.importing import import_products
from shop.models import Family, Product, StockMovement
from shop.product_csv import Unreadable, products_csv
from shop.spreadsheet import COMMA, POINT, as_meant, as_text
from tests.pages import read

IMPORT = "/admin/shop/product/import/"
NEW = "sku,name,category,price\nB-1,Linen apron,Kitchen,45.00\n"


def outcomes(text: str | bytes, **options) -> list[tuple[str, tuple[str, ...]]]:
    data = text.encode() if isinstance(text, str) else text
    return [(row.outcome, row.words) for row in import_products(data, **options).rows]


def upload(client, text: str):
    return client.post(IMPORT, {"file": SimpleUploadedFile("p.csv", text.encode())})


def exported(kind: str) -> bytes:
    return b"".join(products_csv(Product.objects.all(), kind))


def test_a_new_product_is_created(mug):
    assert outcomes(NEW) == [("created", ())]

    apron = Product.objects.get(sku="B-1")
    assert (apron.name, apron.slug, apron.price_cents) == ("Linen apron", "linen-apron", 4500)
    assert (apron.category, apron.is_active, apron.stock) == (mug.category, True, None)


def test_a_product_is_found_by_its_sku_and_else_by_its_slug(mug, bowl):
    Product.objects.filter(pk=mug.pk).update(sku="M-1")
    report = outcomes("sku,slug,price\nM-1,,20\n,walnut-bowl,54.5\n")

    assert report == [("changed", ("price from $19.00 to $20.00",)), ("unchanged", ())]
    mug.refresh_from_db()
    assert (mug.price_cents, mug.name, mug.sku) == (2000, "Speckled mug", "M-1")


@pytest.mark.parametrize(
    "text",
    [
        "slug,price,active\nspeckled-mug,12.50,yes\n",
        "\ufeffSLUG;Price;Active\r\n\r\nspeckled-mug;12,50;TRUE\r\n;;\r\n",
        "sep=;\nslug;price;active;\nspeckled-mug;'12,50;1;\n",
        "\nslug\tprice\nspeckled-mug\t$12.50",
        'slug,price,active\rspeckled-mug,"12,50",y\r',
    ],
)
def test_a_file_is_read_as_people_and_spreadsheets_write_it(mug, text):
    assert outcomes(text) == [("changed", ("price from $19.00 to $12.50",))]


@pytest.mark.parametrize("kind", [POINT, COMMA])
def test_what_was_exported_comes_back_unchanged(mug, bowl, kind, settings):
    settings.TIME_ZONE = "Europe/Oslo"
    boards = Family.objects.create(name="Board", members_name="sizes")
    board = Product(name="Board", family=boards, variant_name="1/2", slug="é", sku="007")
    board.category, board.price_cents, board.stock = mug.category, 990, 3
    board.details = "'=1+1\r\n-2,'-3;=4 \"quoted\""
    board.description = "=HYPERLINK()"
    board.sale_price_cents = 850
    # The hour that is there twice, when summer time ends.
    board.sale_from = datetime(2026, 10, 25, 1, 30, 0, 5, tzinfo=UTC)
    board.sale_until = datetime(2026, 11, 30, 17, tzinfo=UTC)
    board.save()
    before = list(Product.objects.order_by("pk").values())

    report = import_products(exported(kind))

    assert {row.outcome for row in report.rows} == {"unchanged"}
    assert list(Product.objects.order_by("pk").values()) == before


def test_a_sale_is_imported_in_the_shops_zone(mug, settings):
    settings.TIME_ZONE = "Europe/Oslo"
    sale = "slug,sale_price,sale_from,sale_until\nspeckled-mug,14,2026-11-27 09:00,\n"
    words = (
        "sale_price from nothing to $14.00",
        "sale_from from nothing to 2026-11-27 09:00:00",
    )
    assert outcomes(sale) == [("changed", words)]
    mug.refresh_from_db()
    assert (mug.sale_price_cents, mug.sale_until) == (1400, None)
    assert mug.sale_from == datetime(2026, 11, 27, 8, tzinfo=UTC)

    ended = outcomes("slug,sale_price,sale_from,sale_until\nspeckled-mug,,,\n")
    assert ended[0][1][0] == "sale_price from $14.00 to nothing"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("19.00,,", "sale_price: The sale price is $19.00. It has to be lower than the price."),
        ("14,2026-11-30,", "sale_from: write day and time like 2026-11-30 18:00."),
        ("14,,30.11.2026 18:00", "sale_until: write day and time like 2026-11-30 18:00."),
        ("14,2026-02-31 18:00,", "sale_from: write day and time like 2026-11-30 18:00."),
        ("14,2026-11-30 09:00,2026-11-30 08:00", "A sale has to end after it begins."),
    ],
)
def test_a_sale_that_is_none_is_refused_in_a_file_too(mug, row, words):
    ((outcome, said),) = outcomes(f"slug,sale_price,sale_from,sale_until\nspeckled-mug,{row}\n")

    assert outcome == "refused"
    assert said[0].startswith(words)


@pytest.mark.parametrize("text", ["=1+1", "'=1", "''007", "'tis", "\t=x", "1,-2", "a\n'-b", "2E5"])
def test_a_guarded_cell_is_read_as_it_was_meant(text):
    assert as_meant(as_text(text)) == text


def test_if_a_row_is_refused_nothing_is_written_and_each_is_named(mug, bowl):
    report = import_products(
        b"slug,price,stock,category\n"
        b"walnut-bowl,60,1,Kitchen\n"
        b"speckled-mug,cheap,-1,Garden\n"
        b"speckled-mug,0.10,1,Kitchen\n"
        b"walnut-bowl,61,1,Kitchen\n"
        b"apron,5,1,Kitchen\n"
        b',5,1,"Kitchen"\n'
    )

    assert not report.is_written
    assert {row.line: row.words for row in report.refused} == {
        3: (
            "price: Write an amount like 120.00, digits only.",
            "stock: write a whole number up to 1,000,000, or nothing: not counted.",
            "category: there is no category “Garden”.",
        ),
        4: ("price: Stripe takes no less than $0.50 in one payment.",),
        5: ("Line 2 is about this product, too.",),
        6: ("name: a new product needs one.",),
        7: ("It has neither a SKU nor a slug.",),
    }
    bowl.refresh_from_db()
    assert (bowl.price_cents, bowl.stock) == (5450, None)


def test_a_dry_run_writes_nothing(mug):
    assert outcomes(NEW, dry_run=True) == [("created", ())]
    assert Product.objects.count() == 1


def test_a_changed_stock_is_a_movement(mug, staff):
    outcomes("slug,stock\nspeckled-mug,7\n")
    outcomes("slug,stock\nspeckled-mug,5\n", user=staff)

    latest = StockMovement.objects.order_by("created_at").values_list("change", "reason", "user")
    assert list(latest) == [(7, "count", None), (-2, "count", staff.pk)]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"slug,prise\nx,1\n", "Unknown in the headings: prise."),
        (b"slug,slug\nx,1\n", "Twice in the headings: slug."),
        (b"name\nx\n", "neither sku nor slug"),
        (b"slug\n", "no products"),
        (b"", "neither sku nor slug"),
        ("slug\né\n".encode("latin-1"), "UTF-8"),
        (b'slug\n"x\n', "Line 2 cannot be read"),
    ],
)
def test_what_is_no_list_of_products_is_refused_in_words(db, data, reason):
    with pytest.raises(Unreadable, match=reason):
        import_products(data)


def test_a_file_is_bounded_in_bytes_rows_and_time(mug, monkeypatch):
    monkeypatch.setattr(importing, "MOST_SECONDS", -1)
    with pytest.raises(Unreadable, match="longer than"):
        import_products(NEW.encode())
    monkeypatch.setattr(product_csv, "MOST_ROWS", 0)
    with pytest.raises(Unreadable, match="more than 0 products"):
        import_products(NEW.encode())
    monkeypatch.setattr(product_csv, "MOST_BYTES", 3)
    with pytest.raises(Unreadable, match="more than 3 bytes"):
        import_products(NEW.encode())


def test_a_comma_without_quotes_is_no_second_cell(mug):
    assert outcomes("slug,price\nspeckled-mug,12,50\n") == [
        ("refused", ("It has more cells than the headings: is there a comma without quotes?",))
    ]


def test_staff_see_what_an_import_would_do_before_it_does(as_staff, staff, mug):
    page = read(upload(as_staff, "slug,price\nspeckled-mug,20\n"))
    assert page.headings[1:] == ["What the import would do", "Created and changed", "Another file"]
    assert page.paragraphs[0] == "0 created, 1 changed, 0 unchanged, 0 refused."
    assert page.rows == [
        {
            "Line": "2",
            "Product": "Speckled mug",
            "Outcome": "changed",
            "What": "price from $19.00 to $20.00",
        }
    ]
    assert Product.objects.get().price_cents == 1900

    done = as_staff.post(page.button("Import 1 product"), page.sent, follow=True)
    assert "Imported: 0 created, 1 changed, 0 unchanged, 0 refused." in read(done).text
    assert Product.objects.get().price_cents == 2000
    entry = LogEntry.objects.get(object_id=str(mug.pk))
    assert (entry.user, entry.change_message) == (
        staff,
        "Imported: price from $19.00 to $20.00.",
    )


def test_staff_see_which_rows_are_refused_and_import_none(as_staff, mug, bowl):
    page = read(upload(as_staff, "slug,price\nspeckled-mug,cheap\nwalnut-bowl,20\n"))

    assert page.headings[2:] == ["Refused", "Created and changed", "Another file"]
    assert page.paragraphs[0].startswith("0 created, 1 changed, 0 unchanged, 1 refused. As long as")
    told = [(row["Line"], row["Product"], row["Outcome"]) for row in page.rows]
    assert told == [("2", "Speckled mug", "refused"), ("3", "Walnut bowl", "changed")]
    assert page.buttons == {"See what it would do": IMPORT}


def test_staff_read_how_many_products_a_button_imports(as_staff, mug, bowl):
    page = read(upload(as_staff, "slug,price\nspeckled-mug,21\nwalnut-bowl,20\n"))
    assert list(page.buttons) == ["Import 2 products", "See what it would do"]

    page = read(upload(as_staff, "slug,price\nspeckled-mug,19\n"))
    assert page.headings[1:] == ["What the import would do", "Another file"]
    assert list(page.buttons) == ["See what it would do"]


def test_before_a_file_is_chosen_the_page_says_what_it_takes(as_staff, mug):
    page = read(as_staff.get(IMPORT))

    assert page.headings == ["Import products"]
    assert "found by its SKU or else by its slug" in page.paragraphs[0]
    assert ", ".join(product_csv.COLUMNS) in page.paragraphs[0]
    assert page.part("#id_file_helptext").text
    assert read(upload(as_staff, "")).part(".errorlist").text


@pytest.mark.parametrize(("rights", "is_offered"), [(("add",), True), ((), False)])
def test_the_list_leads_there_whoever_may_import(as_clerk, rights, is_offered):
    rights = (f"{right}_product" for right in ("view", "change", *rights))
    links = dict(read(as_clerk(*rights).get("/admin/shop/product/"), "body").links)

    assert (links.get("Import"), links.get("Export")) == (
        (IMPORT, "/admin/shop/product/export/") if is_offered else (None, None)
    )


def test_what_a_colleague_changed_since_is_shown_before_it_is_written(as_staff, mug):
    page = read(upload(as_staff, "slug,price\nspeckled-mug,20\n"))
    Product.objects.update(price_cents=2500)
    again = read(as_staff.post(page.button("Import 1 product"), page.sent))

    assert again.row("Speckled mug")["What"] == "price from $25.00 to $20.00"
    assert Product.objects.get().price_cents == 2500


def test_a_file_that_was_not_looked_through_is_not_written(as_staff, mug):
    answer = as_staff.post(f"{IMPORT}write/", {"checked": "made up"}, follow=True)

    assert "Choose the file again." in read(answer).text


def test_staff_download_every_product(as_staff, mug):
    answer = as_staff.post("/admin/shop/product/export/", {"kind": POINT})

    assert b"speckled-mug,Speckled mug,,,Kitchen,Holds tea.,,19.00,,,,,yes," in answer.getvalue()
    assert LogEntry.objects.get().object_repr == "1 product"


@pytest.mark.parametrize("page", ["import/", "import/write/", "export/"])
def test_who_may_not_add_products_neither_imports_nor_exports(mug, as_clerk, page):
    client = as_clerk("view_product", "change_product")

    assert client.post(f"/admin/shop/product/{page}").status_code == 403


def test_the_command_imports_and_tells_row_by_row(mug, tmp_path):
    file, out, counting = tmp_path / "products.csv", StringIO(), StringIO()
    file.write_text(NEW)
    call_command("import_products", file, "--dry-run", stdout=out, stderr=counting)
    assert "Line 2: Linen apron, created" in out.getvalue()
    assert "1 of 1" in counting.getvalue()
    assert Product.objects.count() == 1

    call_command("import_products", file, stdout=out, stderr=counting)
    assert Product.objects.count() == 2


def test_the_command_fails_where_a_row_is_refused(mug, tmp_path):
    file = tmp_path / "products.csv"
    file.write_text("slug,price\nspeckled-mug,cheap\n")
    with pytest.raises(CommandError, match="Nothing was written"):
        call_command("import_products", file, stdout=StringIO(), stderr=StringIO())
