"""PostgreSQL in trouble: a calm page, nothing lost, a line in the log that names the cause."""

import psycopg
import pytest
from django.db import IntegrityError, connection

from accounts.as_shown import AsShownAdmin
from shop.models import CartItem, Category
from tests.pages import read
from tests.people import logged_in
from tests.races.conftest import at_once

pytestmark = pytest.mark.django_db(transaction=True)
CALM = ["The shop is busy for a moment"]


@pytest.fixture
def buyer(as_alice, mug):
    as_alice.raise_request_exception = False
    yield as_alice
    connection.close()  # it may be one that was cut


def put_in_cart(buyer, mug):
    return buyer.post(f"/cart/add/{mug.pk}/", {"quantity": 1})


def another_connection(**options):
    params = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    return psycopg.connect(**{name: params[name] for name in names if name in params}, **options)


def say(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_lock_that_is_held_is_a_calm_page_and_the_next_try_succeeds(buyer, mug, caplog):
    say("SET lock_timeout = '50ms'")
    with another_connection() as other:
        other.execute("LOCK TABLE shop_cartitem IN EXCLUSIVE MODE")
        page = put_in_cart(buyer, mug)
        other.rollback()
    say("RESET lock_timeout")

    assert (page.status_code, read(page).headings) == (503, CALM)
    assert "database or disk: canceling statement due to lock timeout" in caplog.text
    put_in_cart(buyer, mug)
    assert CartItem.objects.count() == 1


def test_nobody_waits_longer_than_ten_seconds_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("10s",)


def test_a_read_only_database_is_a_calm_page(buyer, mug, caplog):
    say("SET default_transaction_read_only = on")
    page = put_in_cart(buyer, mug)
    say("SET default_transaction_read_only = off")

    assert (page.status_code, read(page).headings) == (503, CALM)
    assert "in a read-only transaction" in caplog.text


# Two of the staff


def add_category(client):
    return lambda: client.post("/admin/shop/category/add/", {"name": "Garden", "slug": ""})


@pytest.fixture
def two_forms(staff, meet):
    """Both are looked at before either is saved."""
    meet(AsShownAdmin, "save_model", threads=2, after=False)
    return [add_category(logged_in(staff)) for _ in range(2)]


def test_of_two_who_save_one_new_name_the_second_reads_that_it_is_taken(two_forms):
    pages = sorted(at_once(*two_forms), key=lambda page: page.status_code)

    assert [page.status_code for page in pages] == [200, 302]
    assert "already exists" in read(pages[0]).part(".errorlist").text
    assert Category.objects.count() == 1


def test_control_asked_once_the_second_one_fails(two_forms, monkeypatch):
    monkeypatch.delattr(AsShownAdmin, "changeform_view")

    assert IntegrityError in {type(result) for result in at_once(*two_forms)}
