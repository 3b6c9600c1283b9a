"""Whoever locks several rows takes them in one order: docs/payments.md names it."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress

import pytest
from django.db import OperationalError, transaction
from django.db.models import F, ProtectedError
from django.test import Client

from accounts import as_shown
from accounts.locking import in_order
from accounts.models import User
from orders import recording
from orders.models import Order
from orders.recording import record_order
from shop.checkout import write_checkout
from shop.models import Category, Checkout, CheckoutLine, Family, Product, catalogue, products
from stripe_simulator.testing import pay, set_webhooks
from tests.people import PASSWORD, logged_in
from tests.product_form import NO_MORE_PICTURES
from tests.races.conftest import at_once

pytestmark = pytest.mark.django_db(transaction=True)
Act = Callable[[], object]


@pytest.fixture(autouse=True)
def webhook_down(own_world):
    set_webhooks("lost")


@pytest.fixture
def interleave(monkeypatch) -> Callable[..., list[object]]:
    """Start a second act in a thread of its own when the first has passed a point of the code."""

    def run(first: Act, owner: object, name: str, second: Act) -> list[object]:
        begun: list[Future[object]] = []
        original = getattr(owner, name)

        def passed(*args, **kwargs):
            result = original(*args, **kwargs)
            if not begun:
                begun.append(pool.submit(at_once, second))
                wait(begun, timeout=0.5)  # it comes to its end, or to a lock
            return result

        monkeypatch.setattr(owner, name, passed)
        with ThreadPoolExecutor(1) as pool:
            results = at_once(first)
            return results + begun[0].result(30)

    return run


@pytest.fixture
def unlocked(monkeypatch) -> None:
    """The control: what has to be locked is only read."""

    def look(rows):
        return list(rows.order_by("pk").values_list("pk", flat=True))

    for module in (as_shown, catalogue, products):
        monkeypatch.setattr(module, "lock", look)


@pytest.fixture
def shelf(mug, bowl) -> list[Product]:
    """Two products that the database finds in the opposite order of their keys."""
    Product.objects.filter(pk=bowl.pk).update(stock=5)
    Product.objects.filter(pk=mug.pk).update(stock=5)
    return [mug, bowl]


def check_out(user: User, products: list[Product]) -> Act:
    lines = [
        CheckoutLine(product=p, product_name=p.name, unit_price_cents=1, quantity=1)
        for p in products
    ]
    return lambda: write_checkout(user, lines)


def rename_the_category(staff: Client) -> Act:
    return lambda: Category.objects.get().save()


def rename_the_family(staff: Client) -> Act:
    family = Family.objects.create(name="Vessel", members_name="sizes")
    Product.objects.update(family=family, variant_name=F("slug"))
    return family.save


def activate_all(staff: Client) -> Act:
    return lambda: Product.objects.all().switch(is_active=True)


def switch_all_off_in_the_list(staff: Client) -> Act:
    products = Product.objects.order_by("-created_at", "-pk")
    form = {f"form-{n}-id": product.pk for n, product in enumerate(products)}
    form |= {"form-TOTAL_FORMS": 2, "form-INITIAL_FORMS": 2, "_save": "Save"}
    return lambda: staff.post("/admin/shop/product/", form).status_code


MANY_PRODUCTS = pytest.mark.parametrize(
    "act",
    [rename_the_category, rename_the_family, activate_all, switch_all_off_in_the_list],
)


@MANY_PRODUCTS
def test_staff_who_change_many_products_and_a_checkout_never_wait_in_a_circle(
    alice, as_staff, shelf, interleave, act
):
    checkout = check_out(alice, shelf)
    results = interleave(checkout, Product, "take_stock", act(as_staff))

    assert "deadlock" not in " ".join(map(str, results))


@MANY_PRODUCTS
def test_control_many_products_as_they_are_found_are_a_deadlock(
    alice, as_staff, shelf, interleave, unlocked, act
):
    checkout = check_out(alice, shelf)
    results = interleave(checkout, Product, "take_stock", act(as_staff))

    assert "deadlock" in " ".join(map(str, results))


# Accounts


@pytest.fixture
def paid(alice, mug) -> str:
    """A session of alice's cart, paid and not heard of; the cart's line is still there."""
    client = logged_in(alice)
    client.post(f"/cart/add/{mug.pk}/", {"quantity": 1})
    client.post("/checkout/")
    checkout = Checkout.objects.get()
    pay(checkout.stripe_session_id)
    return checkout.stripe_session_id


def delete_own(user: User) -> Act:
    client = logged_in(user)
    return lambda: client.post("/accounts/delete/", {"password": PASSWORD}).status_code


def delete_in_the_admin(user: User) -> Act:
    staff = User.objects.create_superuser("staff", "staff@example.com", PASSWORD)
    url = f"/admin/accounts/user/{user.pk}/delete/"
    client = logged_in(staff)
    return lambda: client.post(url, {"post": "yes"}).status_code


def delete_from_the_list(user: User) -> Act:
    staff = User.objects.create_superuser("staff", "staff@example.com", PASSWORD)
    form = {"action": "delete_selected", "_selected_action": [user.pk], "post": "yes"}
    client = logged_in(staff)
    return lambda: client.post("/admin/accounts/user/", form).status_code


DELETIONS = pytest.mark.parametrize(
    "delete", [delete_own, delete_in_the_admin, delete_from_the_list]
)


@DELETIONS
def test_an_account_that_is_deleted_while_its_order_is_recorded_loses_no_order(
    alice, paid, interleave, delete
):
    order, status = interleave(lambda: record_order(paid), recording, "checkout_of", delete(alice))

    assert status == 302
    order.refresh_from_db()
    assert (order.user, order.email) == (None, "alice@example.com")
    assert not User.objects.filter(pk=alice.pk).exists()


@DELETIONS
def test_control_an_order_that_leaves_the_user_to_the_commit_is_a_deadlock(
    alice, paid, interleave, delete, monkeypatch
):
    monkeypatch.setattr(User.objects, "select_for_update", lambda **options: User.objects.all())
    results = interleave(lambda: record_order(paid), recording, "checkout_of", delete(alice))

    assert "deadlock" in " ".join(map(str, results))


def save_with_history(staff: User, product: Product) -> Act:
    form = {
        "name": "Mug",
        "slug": product.slug,
        "category": product.category_id,
        "description": "",
        "price_cents": "19.00",
        "is_active": "on",
        **NO_MORE_PICTURES,
    }
    url = f"/admin/shop/product/{product.pk}/change/"
    client = logged_in(staff)
    return lambda: client.post(url, form).status_code


@pytest.fixture
def a_member_of_staff_buys(alice, paid) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)


def test_staff_who_save_a_product_that_they_buy_do_not_stop_their_order(
    a_member_of_staff_buys, alice, mug, paid, interleave
):
    order, status = interleave(
        lambda: record_order(paid), recording, "checkout_of", save_with_history(alice, mug)
    )

    assert (order.user, status) == (alice, 302)


def test_control_a_stronger_lock_on_the_buyer_is_a_deadlock(
    a_member_of_staff_buys, alice, mug, paid, interleave, monkeypatch
):
    original = User.objects.select_for_update
    monkeypatch.setattr(User.objects, "select_for_update", lambda **options: original())
    results = interleave(
        lambda: record_order(paid), recording, "checkout_of", save_with_history(alice, mug)
    )

    assert "deadlock" in " ".join(map(str, results))


# Products that go, or move


@pytest.fixture
def in_a_cart(alice, paid, mug) -> Act:
    """Recording an order whose product staff delete, while its line is still in the cart."""
    return lambda: record_order(paid)


def delete_the_product(product: Product) -> Act:
    def delete() -> None:
        with suppress(ProtectedError):
            product.delete()

    return delete


def test_a_product_that_is_deleted_while_it_is_bought_stops_no_order(in_a_cart, mug, interleave):
    order, nothing = interleave(in_a_cart, recording, "write_lines", delete_the_product(mug))

    assert isinstance(order, Order)
    assert nothing is None
    assert Product.objects.filter(pk=mug.pk).exists()


def test_control_deleting_the_carts_lines_first_is_a_deadlock(in_a_cart, mug, interleave, unlocked):
    results = interleave(in_a_cart, recording, "write_lines", delete_the_product(mug))

    assert "deadlock" in " ".join(map(str, results))


@pytest.fixture
def put_off(alice, mug) -> Act:
    """Recording an order of a product which the buyer had saved for later, and waited for."""
    client = logged_in(alice)
    client.post(f"/checkout/{mug.pk}/", {"quantity": 1})
    session_id = Checkout.objects.get().stripe_session_id
    pay(session_id)
    alice.saved_products.create(product=mug)
    alice.back_in_stock_requests.create(product=mug)
    return lambda: record_order(session_id)


def test_a_product_that_is_deleted_while_who_put_it_off_buys_it_stops_no_order(
    put_off, mug, interleave
):
    order, nothing = interleave(put_off, recording, "write_lines", delete_the_product(mug))

    assert isinstance(order, Order)
    assert nothing is None


def test_control_deleting_what_was_put_off_first_is_a_deadlock(put_off, mug, interleave, unlocked):
    results = interleave(put_off, recording, "write_lines", delete_the_product(mug))

    assert "deadlock" in " ".join(map(str, results))


@pytest.fixture
def moves_and_renames(mug) -> list[Act]:
    """A product goes to another category while that gets its new name."""
    bath = Category.objects.create(name="Bath", slug="bath")
    Product.objects.create(name="Sponge", slug="sponge", category=bath, price_cents=100)
    mug.category = bath

    def rename() -> None:
        Category(pk=bath.pk, name="Bathroom", slug="bath").save()

    return [lambda: mug.save(update_fields=["category"]), rename]


def test_a_product_that_moves_to_a_category_is_found_by_its_new_name(moves_and_renames, interleave):
    move, rename = moves_and_renames
    assert interleave(rename, products, "lock", move) == [None, None]

    assert set(Product.objects.search("bathroom").values_list("name", flat=True)) == {
        "Sponge",
        "Speckled mug",
    }


def test_control_a_category_that_is_only_read_leaves_its_old_name_with_the_product(
    moves_and_renames, interleave, monkeypatch
):
    move, rename = moves_and_renames
    monkeypatch.setattr(Category.objects, "select_for_update", lambda **options: Category.objects)
    results = interleave(move, Product, "gather_search_text", rename)

    assert results == [None, None]
    assert not Product.objects.search("bathroom").filter(name="Speckled mug").exists()


def overtaken(mug: Product, bowl: Product, write: Act) -> None:
    """Lock the bowl while somebody's `write` of both waits for the mug."""
    Product.objects.filter(pk=mug.pk).update(stock=1)  # it lies behind the bowl from now on
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Product.objects.select_for_update().get(pk=mug.pk)
        wait([pool.submit(at_once, write)], timeout=0.5)
        Product.objects.select_for_update(nowait=True).get(pk=bowl.pk)


def test_one_update_of_many_rows_locks_the_lowest_key_first(mug, bowl):
    overtaken(mug, bowl, lambda: in_order(Product.objects.all()).update(stock=2))


def test_control_an_update_takes_them_as_it_finds_them(mug, bowl):
    with pytest.raises(OperationalError):
        overtaken(mug, bowl, lambda: Product.objects.update(stock=2))


def test_a_list_by_price_waits_for_nobody_who_writes_a_product_whose_sale_begins(as_alice, shelf):
    Product.objects.update(sale_price_cents=100)
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Product.objects.select_for_update().get(pk=shelf[0].pk)
        listed = pool.submit(at_once, lambda: as_alice.get("/home/?sort=price-low"))
        wait([listed], timeout=5)
        assert listed.done()

    assert listed.result()[0].status_code == 200
    assert [p.sort_price_cents for p in Product.objects.order_by("pk")].count(100) == 1
    assert Product.objects.begin_and_end_sales() == 1
