"""Every address of the admin, as each group that the shop begins with: who comes in, and who not.

A new address fails here until somebody has decided who may see it.
"""

from collections.abc import Iterator
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.urls import URLPattern, URLResolver, reverse
from django.utils import timezone

from accounts.models import User
from orders.models import Order, StripeEvent
from shop.models import (
    BackInStockRequest,
    Checkout,
    DeliveryOption,
    Family,
    Page,
    Product,
    SavedProduct,
    Shop,
)
from tests.people import PASSWORD, logged_in

GROUPS = {"M": "Manager", "P": "Packer", "S": "Support", "C": "Catalogue editor"}
VIEWS = ("changelist", "add", "history", "delete", "change")
# Of each kind of record who may see the list, add one, see its history, delete it and see its page.
RECORDS = {
    "accounts_user": ("MS", "M", "MS", "", "MS"),
    "auth_group": ("M", "", "M", "", "M"),
    "orders_order": ("MPS", "", "MPS", "", "MPS"),
    "orders_stripeevent": ("M", "", "M", "", "M"),
    "shop_backinstockrequest": ("MS", "", "MS", "", "MS"),
    "shop_category": ("MC", "MC", "MC", "MC", "MC"),
    "shop_checkout": ("MS", "", "MS", "", "MS"),
    "shop_deliveryoption": ("M", "M", "M", "M", "M"),
    "shop_family": ("MC", "MC", "MC", "MC", "MC"),
    "shop_page": ("M", "M", "M", "M", "M"),
    "shop_product": ("MC", "MC", "MC", "MC", "MC"),
    "shop_savedproduct": ("MS", "", "MS", "", "MS"),
    "shop_shop": ("M", "", "M", "", "M"),
}
# And whatever else there is.
ACTS = {
    "accounts_user_first_code": "",
    "auth_user_password_change": "M",
    "orders_customer": "MS",
    "orders_customer_erase": "M",
    "orders_customer_export": "MS",
    "orders_customer_switch": "M",
    "orders_order_cancel": "MS",
    "orders_order_correct": "MS",
    "orders_order_export": "M",
    "orders_order_many_packing_slips": "MPS",
    "orders_order_many_ship": "MPS",
    "orders_order_refund": "MS",
    "orders_order_resend_receipt": "MPS",
    "orders_order_resolve": "M",
    "orders_order_ship": "MPS",
    "orders_order_unship": "MPS",
    "shop_product_stock": "MC",
    "shop_product_stock_count": "MC",
    "shop_product_stock_move": "MC",
    "shop_product_export": "MC",
    "shop_product_import": "MC",
    "shop_product_import_write": "MC",
    "shop_product_category": "MC",
    "shop_product_prices": "MC",
    "shop_product_prices_write": "MC",
    "shop_product_variant": "MC",
}
# Of no record: each asks for itself, or shows only what the others allow.
COMMON = {
    *("index", "login", "logout", "password_change", "password_change_done"),
    *("autocomplete", "jsi18n", "view_on_site", "app_list"),
}
TABLE = ACTS | {
    f"{record}_{view}": groups
    for record, row in RECORDS.items()
    for view, groups in zip(VIEWS, row, strict=True)
}


def patterns(inside: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for pattern in inside:
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern.url_patterns)
        else:
            yield pattern


def addresses() -> dict[str, URLPattern]:
    """By their names; those without one lead to others, or say that there is nothing."""
    return {pattern.name: pattern for pattern in patterns(admin.site.urls[0]) if pattern.name}


def address(name: str, pattern: URLPattern, records: dict[str, Model]) -> str:
    about = "_".join(name.split("_")[:2])
    if about in ("auth_user", "orders_customer"):
        about = "accounts_user"
    arguments = [records[about].pk] if pattern.pattern.converters else []
    return reverse(f"admin:{name}", args=arguments)


@pytest.fixture
def records(alice, mug) -> dict[str, Model]:
    return make_records(alice, mug)


def make_records(alice: User, mug: Product) -> dict[str, Model]:
    """One of each kind, by the beginning of the names of its addresses."""
    now = timezone.now()
    order = Order.objects.create(
        number="H7K2M9PQ",
        user=alice,
        email="alice@example.com",
        stripe_session_id="cs_test_1",
        stripe_payment_intent_id="pi_1",
        currency="usd",
        subtotal_cents=1900,
        total_cents=1900,
        paid_at=now,
        needs_review=True,
        review_reason="A difference.",
    )
    found = [
        *(alice, mug, mug.category, order, Shop.load(), Group.objects.create(name="Nobody")),
        StripeEvent.objects.create(stripe_event_id="evt_1", type="x", object_id="x"),
        Family.objects.create(name="Mugs"),
        Page.objects.create(title="About", slug="about", text="A shop."),
        DeliveryOption.objects.create(
            name="Standard", price_cents=490, days_min=1, days_max=2, countries="US"
        ),
        SavedProduct.objects.create(user=alice, product=mug),
        BackInStockRequest.objects.create(user=alice, product=mug),
        Checkout.objects.create(
            user=alice, email="a@example.com", currency="usd", total_cents=1900, expires_at=now
        ),
    ]
    return {f"{one._meta.app_label}_{one._meta.model_name}": one for one in found}


def make_groups() -> None:
    import_module("orders.migrations.0013_groups").make_groups(apps, None)


def member(group: str) -> User:
    if not Group.objects.filter(name=group).exists():  # another test has emptied the tables
        make_groups()
    user = User.objects.create_user(group, f"{len(group)}@example.com", PASSWORD, is_staff=True)
    user.groups.set(Group.objects.filter(name=group))
    return user


def test_the_table_has_every_address_of_the_admin():
    assert set(addresses()) - COMMON == set(TABLE)


@pytest.mark.parametrize("letter", GROUPS)
def test_each_group_comes_in_where_its_work_is_and_nowhere_else(letter, records):
    client = logged_in(member(GROUPS[letter]))
    comes_in = set()
    for name, pattern in addresses().items():
        if name in COMMON:
            continue
        url = address(name, pattern, records)
        page = client.get(url)
        if page.status_code == 405:
            page = client.post(url)
        assert page.status_code in (200, 302, 403), url
        if page.status_code != 403:
            comes_in.add(name)

    assert comes_in == {name for name, groups in TABLE.items() if letter in groups}


def test_a_group_that_the_shop_has_already_stays_as_it_is(db):
    packer = Group.objects.get_or_create(name="Packer")[0]
    packer.permissions.clear()
    make_groups()

    assert not packer.permissions.exists()
