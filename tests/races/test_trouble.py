"""PostgreSQL in trouble: a calm page, nothing lost, a line in the log that names the cause."""

import psycopg
import pytest
from django.db import IntegrityError, connection

from accounts.as_shown import AsShownAdmin
from accounts.models import User
from shop import views
from shop.admin_variants import NewFamilyForm
from shop.models import CartItem, Category, Family
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


# A connection that dies in the middle of a page


@pytest.fixture
def cut_once(monkeypatch):
    """The first page of products loses its connection; how often one was begun."""
    original, begun = views.page_of, []

    def cut(*args, **options):
        begun.append(args)
        if len(begun) == 1:
            pid = connection.connection.info.backend_pid
            with another_connection(autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        return original(*args, **options)

    monkeypatch.setattr(views, "page_of", cut)
    return begun


def test_a_page_whose_connection_is_cut_is_made_again(buyer, cut_once, caplog):
    page = buyer.get("/home/")

    assert page.status_code == 200
    assert len(cut_once) == 2
    assert "connection to the database cut: /home/ is made again" in caplog.messages


def test_a_page_that_has_written_is_not_made_again(buyer, cut_once, monkeypatch):
    original = views.page_of

    def write_before(*args, **options):
        Category.objects.create(name="New", slug="new")
        return original(*args, **options)

    monkeypatch.setattr(views, "page_of", write_before)
    page = buyer.get("/home/")

    assert (page.status_code, read(page).headings) == (503, CALM)
    assert len(cut_once) == 1


def test_a_form_is_not_sent_again(buyer, mug, monkeypatch):
    sent = []

    def cut(*args, **options):
        sent.append(args)
        pid = connection.connection.info.backend_pid
        with another_connection(autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        return say("SELECT 1")

    monkeypatch.setattr("shop.cart_views.add_to_cart", cut)
    page = put_in_cart(buyer, mug)

    connection.close()
    assert (page.status_code, len(sent)) == (503, 1)
    assert not CartItem.objects.exists()


# Two of the staff


def add_category(client):
    return lambda: client.post("/admin/shop/category/add/", {"name": "Garden", "slug": ""})


def add_user(client):
    form = {"username": "carol", "email": "carol@example.com", "usable_password": "false"}
    return lambda: client.post("/admin/accounts/user/add/", form)


@pytest.fixture
def two_forms(staff, meet):
    """Both are looked at before either is saved."""
    meet(AsShownAdmin, "save_model", threads=2, after=False)
    return lambda add: [add(logged_in(staff)) for _ in range(2)]


@pytest.mark.parametrize(("add", "made"), [(add_category, Category), (add_user, User)])
def test_of_two_who_save_one_new_name_the_second_reads_that_it_is_taken(two_forms, add, made):
    before = made.objects.count()
    pages = sorted(at_once(*two_forms(add)), key=lambda page: page.status_code)

    assert [page.status_code for page in pages] == [200, 302]
    assert "already" in read(pages[0]).part(".errorlist").text
    assert made.objects.count() == before + 1


def test_control_asked_once_the_second_one_fails(two_forms, monkeypatch):
    monkeypatch.delattr(AsShownAdmin, "changeform_view")

    assert IntegrityError in {type(result) for result in at_once(*two_forms(add_category))}


def make_family(product, client, name):
    form = {"name": name, "members_name": "sizes", "variant_name": "Small"}
    return lambda: client.post(f"/admin/shop/product/{product.pk}/variant/", form)


def test_of_two_who_make_one_new_family_the_second_reads_that_it_is_taken(staff, mug, bowl, meet):
    meet(NewFamilyForm, "is_valid", threads=2)
    forms = [make_family(product, logged_in(staff), "Tableware") for product in (mug, bowl)]
    pages = sorted(at_once(*forms), key=lambda page: page.status_code)

    assert [page.status_code for page in pages] == [200, 302]
    assert "already exists" in read(pages[0]).part(".errorlist").text
    assert Family.objects.count() == 1


def test_of_two_families_for_one_product_there_is_one(staff, mug, meet):
    meet(NewFamilyForm, "is_valid", threads=2)
    forms = [make_family(mug, logged_in(staff), name) for name in ("Mug", "Cup")]

    assert [page.status_code for page in at_once(*forms)] == [302, 302]
    mug.refresh_from_db()
    assert [mug.family] == list(Family.objects.all())
