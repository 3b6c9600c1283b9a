"""The pages of the admin that Django does not make: what each is called, and the way back."""

import pytest
from django.urls import reverse

from tests.pages import read

HOME, ORDERS, PRODUCTS = "/admin/", "/admin/orders/order/", "/admin/shop/product/"
USERS = "/admin/accounts/user/"


def way(page) -> tuple[str, list[tuple[str, str]], str]:
    """The title, the links, and what stands at their end."""
    trail = read(page, ".breadcrumbs")
    return read(page, "title").text, trail.links, trail.text.split(" › ")[-1]


@pytest.mark.parametrize(
    ("act", "title"),
    [
        ("refund", "Refund order"),
        ("ship", "Ship order"),
        ("cancel", "Cancel order"),
        ("correct", "Correct order"),
    ],
)
def test_from_what_is_done_with_an_order_one_comes_back_to_it(as_staff, order, act, title):
    page = as_staff.get(f"{ORDERS}{order.pk}/{act}/")

    assert way(page) == (
        f"{title} {order} | Fieldhouse admin",
        [("Home", HOME), ("Orders", ORDERS), (str(order), f"{ORDERS}{order.pk}/change/")],
        f"{title} {order}",
    )


@pytest.mark.parametrize(
    ("act", "title"), [("stock", "Stock of {}"), ("variant", "{} in another size")]
)
def test_from_what_is_done_with_a_product_one_comes_back_to_it(as_staff, mug, act, title):
    page = as_staff.get(f"{PRODUCTS}{mug.pk}/{act}/")

    assert way(page) == (
        f"{title.format(mug)} | Fieldhouse admin",
        [("Home", HOME), ("Products", PRODUCTS), (str(mug), f"{PRODUCTS}{mug.pk}/change/")],
        title.format(mug),
    )


def test_from_a_customers_page_one_comes_back_to_the_account(as_staff, alice):
    at = reverse("admin:orders_customer", args=[alice.pk])

    assert way(as_staff.get(at)) == (
        "Customer alice | Fieldhouse admin",
        [("Home", HOME), ("Users", USERS), ("alice", f"{USERS}{alice.pk}/change/")],
        "Customer alice",
    )
    assert way(as_staff.get(f"{at}erase/")) == (
        "Erase alice | Fieldhouse admin",
        [("Home", HOME), ("Users", USERS), ("alice", at)],
        "Erase alice",
    )


@pytest.mark.parametrize(
    ("at", "of", "title"),
    [
        (f"{ORDERS}export/", "Orders", "Export"),
        (f"{PRODUCTS}import/", "Products", "Import products"),
        (f"{PRODUCTS}export/", "Products", "Export products"),
        (f"{PRODUCTS}category/", "Products", "Change the category"),
        (f"{PRODUCTS}prices/", "Products", "Change prices"),
        (f"{ORDERS}ship/", "Orders", "Ship orders"),
        (f"{ORDERS}packing-slips/", "Orders", "Packing slips"),
    ],
)
def test_from_what_is_done_with_many_one_comes_back_to_the_list(as_staff, at, of, title):
    back = {"Orders": ORDERS, "Products": PRODUCTS}[of]

    assert way(as_staff.get(at)) == (
        f"{title} | Fieldhouse admin",
        [("Home", HOME), (of, back)],
        title,
    )
