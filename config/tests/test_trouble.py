"""Database or disk in trouble: a calm page, nothing lost, a line in the log that names the cause.

On SQLite; tests/races/test_trouble.py has the same on PostgreSQL.
"""

import errno
import sqlite3
from contextlib import closing

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from shop.models import CartItem, Product
from shop.tests.test_pictures import plain
from tests.pages import read
from tests.product_form import NO_MORE_PICTURES

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="holds the locks of SQLite"),
]
CALM = ["The shop is busy for a moment"]


@pytest.fixture
def buyer(as_alice, mug):
    as_alice.raise_request_exception = False
    return as_alice


def put_in_cart(buyer, mug):
    return buyer.post(f"/cart/add/{mug.pk}/", {"quantity": 1})


def change(staff, mug, **changed):
    form = {"name": mug.name, "slug": mug.slug, "category": mug.category.pk, "price_cents": "19.00"}
    url = f"/admin/shop/product/{mug.pk}/change/"
    return staff.post(url, form | {"is_active": "on", "position": 0} | NO_MORE_PICTURES | changed)


def another_connection() -> sqlite3.Connection:
    return sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)


def pragma(words: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {words}")


def test_a_lock_that_is_held_is_a_calm_page_and_the_next_try_succeeds(buyer, mug, caplog):
    pragma("busy_timeout = 50")
    with closing(another_connection()) as other:
        other.execute("BEGIN IMMEDIATE")
        page = put_in_cart(buyer, mug)
        other.execute("ROLLBACK")

    assert (page.status_code, read(page).headings) == (503, CALM)
    assert "database or disk: database is locked" in caplog.messages
    put_in_cart(buyer, mug)
    assert CartItem.objects.count() == 1


def test_nobody_waits_longer_than_ten_seconds_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        assert cursor.fetchone() == (10_000,)


def test_pages_are_read_while_a_lock_is_held(buyer):
    with closing(another_connection()) as other:
        other.execute("BEGIN IMMEDIATE")
        status = buyer.get("/home/").status_code
        other.execute("ROLLBACK")

    assert status == 200


def test_a_read_only_database_is_a_calm_page(buyer, mug, caplog):
    pragma("query_only = on")
    page = put_in_cart(buyer, mug)
    pragma("query_only = off")

    assert (page.status_code, read(page).headings) == (503, CALM)
    assert "database or disk: attempt to write a readonly database" in caplog.messages


def test_a_full_database_is_a_calm_page_and_keeps_what_it_has(as_staff, mug, caplog):
    as_staff.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # no page is free
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
    pragma(f"max_page_count = {pages}")
    page = change(as_staff, mug, description="\N{HOT BEVERAGE}" * 2000)
    pragma(f"max_page_count = {2**31}")

    assert (page.status_code, read(page).headings) == (503, CALM)
    assert "database or disk: database or disk is full" in caplog.messages
    assert Product.objects.get().description == "Holds tea."


@pytest.mark.parametrize("why", [errno.ENOSPC, errno.EROFS])
def test_a_disk_that_takes_no_upload_is_a_calm_page_and_the_product_stays(
    as_staff, mug, monkeypatch, caplog, why
):
    def fail(*_):
        raise OSError(why, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", fail)
    as_staff.raise_request_exception = False
    image = SimpleUploadedFile("mug.png", plain(400, 500))
    page = change(as_staff, mug, name="Blue mug", image=image)

    assert (page.status_code, read(page).headings) == (503, CALM)
    assert any(line.startswith("database or disk: ") for line in caplog.messages)
    assert Product.objects.get().name == "Speckled mug"
