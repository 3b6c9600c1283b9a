"""Fills a PostgreSQL database with a large shop, asks the admin's pages, and prints the plans.

    DATABASE_URL=postgres://… python -m tests.plans

As JSON: for each page the number of its queries, and each of them that reads a large table whole.
"""

import json
import os
import sys
from collections.abc import Iterator
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

ORDERS = 20_000
FILL = f"""
INSERT INTO accounts_user (id, username, email, password, first_name, last_name, is_superuser,
        is_staff, is_active, date_joined, stripe_key, shares_email, email_changes)
    SELECT 1000 + n, 'buyer' || n, 'buyer' || n || '@example.com', '', 'B', 'Uyer' || n, false,
        false, true, now() - n * interval '1 hour', gen_random_uuid(), false, 0
    FROM generate_series(1, {ORDERS}) n;
INSERT INTO shop_category (id, name, slug) SELECT n, 'Room ' || n, 'room-' || n
    FROM generate_series(1, 12) n;
INSERT INTO shop_product (id, name, slug, category_id, variant_name, sku, description, details,
        price_cents, stock, is_active, image, image_alt, search_text, sold_count, created_at)
    SELECT n, 'Thing ' || n, 'thing-' || n, 1 + n % 12, '', 'SKU-' || n, 'Good.', '',
        100 + n % 9999, n % 400, n % 500 > 0, '', '',
        'thing ' || n || E'\\n' || 'thing' || E'\\n', n % 1000, now() - n * interval '1 minute'
    FROM generate_series(1, {ORDERS}) n;
INSERT INTO orders_order (id, number, user_id, email, stripe_session_id, stripe_payment_intent_id,
        currency, subtotal_cents, discount_cents, shipping_cents, tax_cents, total_cents,
        shipping_name, shipping_address, tracking_number, tracking_url, paid_at, created_at,
        refunded_cents, disputed, lost_cents, needs_review, review_reason, review_note, staff_note,
        shipped_at, cancelled_at, receipt_sent_at)
    SELECT n, upper(substr(md5(n::text), 1, 8)), 1001 + n % {ORDERS},
        'buyer' || (1 + n % {ORDERS}) || '@example.com', 'cs_test_' || n, 'pi_' || n, 'usd',
        100 + n % 9999, 0, 0, 0, 100 + n % 9999, 'Name' || n || ' Buyer',
        n % 200 || ' Quay' || E'\\n' || (10000 + n % 5000) || ' Town' || E'\\nUS',
        CASE WHEN n % 100 > 0 THEN 'TRACK' || n ELSE '' END, '',
        now() - n * interval '36 minutes', now() - n * interval '36 minutes',
        CASE WHEN n % 300 = 1 THEN 50 WHEN n % 300 = 2 THEN 100 + n % 9999 ELSE 0 END,
        n % 1000 = 3, 0, n % 1000 = 4, CASE WHEN n % 1000 = 4 THEN 'Look.' ELSE '' END, '', '',
        CASE WHEN n % 100 > 0 THEN now() END,
        CASE WHEN n % 1000 = 0 THEN now() END, now()
    FROM generate_series(1, {ORDERS}) n;
INSERT INTO orders_orderline (order_id, product_id, product_name, unit_price_cents, quantity)
    SELECT 1 + n % {ORDERS}, 1 + n % {ORDERS}, 'Thing ' || (1 + n % {ORDERS}), 100, 1
    FROM generate_series(1, {2 * ORDERS}) n;
INSERT INTO orders_stripeevent (stripe_event_id, type, object_id, payment_intent_id, received_at,
        handled_at, error)
    SELECT 'evt_' || n, CASE WHEN n % 50 > 0 THEN 'checkout.session.completed'
        ELSE 'charge.refunded' END, 'cs_test_' || n, 'pi_' || n, now() - n * interval '36 minutes',
        CASE WHEN n % 1000 > 0 THEN now() END, ''
    FROM generate_series(1, {ORDERS // 2}) n;
INSERT INTO shop_checkout (id, user_id, email, currency, total_cents, status, session_params,
        stripe_session_id, from_cart, created_at, expires_at, needs_review, review_reason)
    SELECT gen_random_uuid(), 1001 + n % {ORDERS}, 'buyer' || n || '@example.com', 'usd', 100,
        CASE WHEN n % 5 > 0 THEN 'paid' ELSE 'expired' END, '{{}}', 'cs_test_' || n, false,
        now() - n * interval '36 minutes', now(), n % 2000 = 0, ''
    FROM generate_series(1, {ORDERS // 2}) n;
INSERT INTO shop_checkoutline (checkout_id, product_id, product_name, unit_price_cents, quantity,
        holds_stock)
    SELECT id, 1, 'Thing ' || stripe_session_id, 100, 1, false FROM shop_checkout;
INSERT INTO django_admin_log (action_time, user_id, content_type_id, object_id, object_repr,
        action_flag, change_message)
    SELECT now(), 1000, (SELECT id FROM django_content_type WHERE model = 'order'), n::text, 'x', 2,
        'Shipped.'
    FROM generate_series(1, {ORDERS // 2}) n;
"""  # noqa: S608 -- nobody types any of it
ORDER_LIST, PRODUCTS = "/admin/orders/order/", "/admin/shop/product/"
STATUSES = ("to_ship", "needs_review", "disputed", "shipped", "cancelled", "paid", "partly")
WORDS = ("name777 buyer", "quay 10007", "town", "thing 77", "nothinglikeit")
PAGES = [
    "/admin/",
    ORDER_LIST,
    f"{ORDER_LIST}?p=40",
    *(f"{ORDER_LIST}?status={status}" for status in (*STATUSES, "refunded", "ordered")),
    f"{ORDER_LIST}?mail=late",
    f"{ORDER_LIST}?paid_at__year=2026&paid_at__month=10",
    f"{ORDER_LIST}?paid_at__year=2026&paid_at__month=10&paid_at__day=3",
    *(f"{ORDER_LIST}?o={column}" for column in ("1", "-6", "7")),
    *(f"{ORDER_LIST}?q={exact}" for exact in ("C4CA4238", "cs_test_7", "pi_7", "TRACK77")),
    f"{ORDER_LIST}?q=buyer7@example.com",
    *(f"{ORDER_LIST}?q={words}" for words in WORDS),
    f"{ORDER_LIST}7/change/",
    f"{ORDER_LIST}7/history/",
    "/admin/orders/order/customer/1007/",
    "/orders/",
    "/admin/orders/stripeevent/",
    "/admin/orders/stripeevent/?handled_at__isempty=1",
    "/admin/orders/stripeevent/?type=charge.refunded",
    "/admin/orders/stripeevent/?q=pi_77",
    PRODUCTS,
    f"{PRODUCTS}?is_active__exact=0",
    f"{PRODUCTS}?stock=low",
    f"{PRODUCTS}?stock=none",
    f"{PRODUCTS}?category__id__exact=3",
    *(f"{PRODUCTS}?o={column}" for column in ("2", "5", "7")),
    *(f"{PRODUCTS}?q={words}" for words in ("SKU-77", "thing 777")),
    "/admin/shop/checkout/",
    "/admin/shop/checkout/?needs_review__exact=1",
    "/admin/shop/checkout/?status__exact=expired",
    *(f"/admin/shop/checkout/?q={words}" for words in ("cs_test_7", "test_777")),
    "/admin/accounts/user/",
    "/admin/accounts/user/?is_staff__exact=1",
    "/admin/accounts/user/?is_active__exact=0",
    "/admin/accounts/user/?date_joined__year=2026",
    "/admin/accounts/user/?q=buyer777",
]
LARGE = {
    "accounts_user",
    "shop_product",
    "shop_checkout",
    "shop_checkoutline",
    "orders_order",
    "orders_orderline",
    "orders_stripeevent",
    "django_admin_log",
}


def main() -> None:
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from accounts.models import User
    from shop.models import Shop

    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("migrate", verbosity=0)
    Shop.load()
    staff = User.objects.create_superuser("staff", "staff@example.com", None, pk=1000)
    with connection.cursor() as cursor:
        # Into the indexes of words all at once, by the VACUUM.
        cursor.execute("SET gin_pending_list_limit = '256MB'")
        cursor.execute(FILL)
        cursor.execute("VACUUM ANALYZE")
        # As on a disk without moving parts, where a large table is still worth an index.
        cursor.execute("SET random_page_cost = 1.1")
    client = Client()
    client.force_login(staff)
    found = {}
    for page in PAGES:
        asked: list[tuple[str, Any]] = []

        def note(execute: Any, sql: str, params: Any, *rest: Any, asked: Any = asked) -> Any:
            asked.append((sql, params))
            return execute(sql, params, *rest)

        with connection.execute_wrapper(note):
            answer = client.get(page)
        assert answer.status_code == 200, (page, answer.status_code, answer.headers)
        selects = [each for each in asked if each[0].startswith("SELECT")]
        found[page] = {
            "queries": len(selects),
            "scans": [f"{table}: {sql}" for sql, params in selects for table in scans(sql, params)],
        }
    sys.stdout.write(json.dumps(found))


def scans(sql: str, params: Any) -> Iterator[str]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        (plan,) = cursor.fetchone()[0]
    return read_whole(plan["Plan"])


def read_whole(node: dict[str, Any]) -> Iterator[str]:
    """The large tables that are read from end to end."""
    if node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGE:
        yield node["Relation Name"]
    for inner in node.get("Plans", ()):
        yield from read_whole(inner)


if __name__ == "__main__":
    main()
