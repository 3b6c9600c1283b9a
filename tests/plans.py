"""Fills a PostgreSQL database with a large shop, asks for its pages, and prints the plans.

    DATABASE_URL=postgres://… python -m tests.plans

As JSON: for each page the number of its queries, and each of them that reads a large table whole.
"""

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

ORDERS = 20_000
# The indexes that hold no promise.
INDEXES = """
SELECT indexrelid::regclass, pg_get_indexdef(indexrelid)
    FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
    WHERE NOT indisunique AND relnamespace = 'public'::regnamespace
"""
PERIOD = "500 days"  # in which they came, however many they are
BUSY_DAY = datetime.now(UTC) - timedelta(days=40)  # on which more came than a page lists


def fill(orders: int) -> str:
    """The SQL of a shop with so many orders; of buyers and products up to 100,000.

    From 1,000 orders on, whatever a page asks for fills it, or is one row, in any of these shops:
    only so do their pages cost the same.
    """
    buyers = products = min(orders, 100_000)
    apart = f"interval '{PERIOD}' / {orders}"
    rare = min(1_000, orders // 100)  # one in so many fills a page
    kind = f"'kind' || lpad((n % {rare})::text, 3, '0')"
    one_event_in = rare // 2  # there are half as many events and checkouts
    paid_at = f"""CASE WHEN n % {rare} IN (8, 9)
            THEN timestamptz '{BUSY_DAY:%Y-%m-%d} 00:00Z' + n % 86400 * interval '1 second'
            ELSE now() - n * {apart} END"""
    return f"""
INSERT INTO accounts_user (id, username, email, password, first_name, last_name, is_superuser,
        is_staff, is_active, date_joined, stripe_key, shares_email, email_changes)
    SELECT 1000 + n, 'buyer' || n, 'buyer' || n || '@example.com', '', 'B', {kind}, false,
        false, true, now() - n * interval '1 hour', gen_random_uuid(), false, 0
    FROM generate_series(1, {buyers}) n;
INSERT INTO shop_category (id, name, slug) SELECT n, 'Room ' || n, 'room-' || n
    FROM generate_series(1, 12) n;
INSERT INTO shop_product (id, name, slug, category_id, variant_name, sku, description, details,
        price_cents, stock, is_active, image, image_alt, search_text, sold_count, created_at)
    SELECT n, 'Thing ' || {kind}, 'thing-' || n, 1 + n % 12, '', 'SKU-' || n, 'Good.', '',
        100 + n % 9999, CASE n % {rare} WHEN 2 THEN 0 ELSE 1 + n % 400 END, n % {rare} <> 1, '', '',
        'thing ' || {kind} || E'\\n' || {kind} || E'\\nthing\\n', n % 1000,
        now() - n * interval '1 minute'
    FROM generate_series(1, {products}) n;
INSERT INTO orders_order (id, number, user_id, email, stripe_session_id, stripe_payment_intent_id,
        currency, subtotal_cents, discount_cents, shipping_cents, tax_cents, total_cents,
        shipping_name, shipping_address, tracking_number, tracking_url, paid_at, created_at,
        refunded_cents, disputed, lost_cents, needs_review, review_reason, review_note, staff_note,
        shipped_at, cancelled_at, receipt_sent_at)
    SELECT n, upper(to_hex(n * 2654435761 % 4294967296)), 1001 + n % {buyers},
        'buyer' || (1 + n % {buyers}) || '@example.com', 'cs_test_' || n, 'pi_' || n, 'usd',
        100 + n % 9999, 0, 0, 0, 100 + n % 9999,
        'Name ' || {kind} || ' ' || lpad(n::text, 7, '0'),
        n % 200 || ' Quay' || E'\\n' || (10000 + n % {rare}) || ' Town' || E'\\nUS',
        CASE WHEN n % {rare} > 2 THEN 'TRACK' || n ELSE '' END, '',
        {paid_at}, {paid_at},
        CASE n % {rare} WHEN 5 THEN 50 WHEN 6 THEN 100 + n % 9999 ELSE 0 END,
        n % {rare} = 3, 0,
        n % {rare} = 4, CASE WHEN n % {rare} = 4 THEN 'Look.' ELSE '' END, '', '',
        CASE WHEN n % {rare} > 2 THEN now() END,
        CASE WHEN n % {rare} = 0 THEN now() END, now()
    FROM generate_series(1, {orders}) n;
INSERT INTO orders_orderline (order_id, product_id, product_name, unit_price_cents, quantity)
    SELECT 1 + n % {orders}, 1 + n % {products}, 'Thing ' || {kind}, 100, 1
    FROM generate_series(1, {2 * orders}) n;
INSERT INTO orders_stripeevent (stripe_event_id, type, object_id, payment_intent_id, received_at,
        handled_at, error)
    SELECT 'evt_' || n, CASE WHEN n % 4 > 0 THEN 'checkout.session.completed'
        ELSE 'charge.refunded' END, 'cs_test_' || n, 'pi_' || n, now() - n * {apart},
        CASE WHEN n % {one_event_in} > 0 THEN now() END, ''
    FROM generate_series(1, {orders // 2}) n;
INSERT INTO shop_checkout (id, user_id, email, currency, total_cents, status, session_params,
        stripe_session_id, from_cart, created_at, expires_at, needs_review, review_reason)
    SELECT gen_random_uuid(), 1001 + n % {buyers}, 'buyer' || n || '@example.com', 'usd', 100,
        CASE WHEN n % 5 > 0 THEN 'paid' ELSE 'expired' END, '{{}}', 'cs_test_' || n, false,
        now() - n * {apart}, now(), n % {one_event_in} = 0, ''
    FROM generate_series(1, {orders // 2}) n;
INSERT INTO shop_checkoutline (checkout_id, product_id, product_name, unit_price_cents, quantity,
        holds_stock)
    SELECT id, 1, 'Thing ' || {kind}, 100, 1, false
    FROM (SELECT id, split_part(stripe_session_id, '_', 3)::int % {one_event_in} AS n
        FROM shop_checkout) AS each;
INSERT INTO shop_savedproduct (user_id, product_id, created_at)
    SELECT 1000 + n, n, now() - n * interval '1 minute' FROM generate_series(1, {buyers}) n;
INSERT INTO shop_backinstockrequest (user_id, product_id, created_at)
    SELECT user_id, product_id, created_at FROM shop_savedproduct;
INSERT INTO django_admin_log (action_time, user_id, content_type_id, object_id, object_repr,
        action_flag, change_message)
    SELECT now(), 1000, (SELECT id FROM django_content_type WHERE model = 'order'), n::text, 'x', 2,
        'Shipped.'
    FROM generate_series(1, {orders // 2}) n;
"""  # noqa: S608 -- nobody types any of it


ORDER_LIST, PRODUCTS = "/admin/orders/order/", "/admin/shop/product/"
SAVED, WAITING = "/admin/shop/savedproduct/", "/admin/shop/backinstockrequest/"
USERS, CHECKOUTS = "/admin/accounts/user/", "/admin/shop/checkout/"
SINCE = f"gte={BUSY_DAY:%Y-%m-%d}"
MONTH = f"paid_at__year={BUSY_DAY.year}&paid_at__month={BUSY_DAY.month}"
STATUSES = ("to_ship", "needs_review", "disputed", "shipped", "cancelled", "paid", "partly")
WORDS = ("name kind007", "name 0000777", "quay 10007", "town", "thing kind007", "nothinglikeit")
PAGES = [
    "/admin/",
    ORDER_LIST,
    *(f"{ORDER_LIST}?p={page}" for page in (9, 40)),
    *(f"{ORDER_LIST}?status={status}" for status in (*STATUSES, "refunded", "ordered")),
    f"{ORDER_LIST}?mail=late",
    f"{ORDER_LIST}?{MONTH}",
    f"{ORDER_LIST}?{MONTH}&paid_at__day={BUSY_DAY.day}",
    *(f"{ORDER_LIST}?o={column}" for column in ("1", "-6", "7")),
    *(f"{ORDER_LIST}?q={exact}" for exact in ("9E3779B1", "cs_test_7", "pi_7", "TRACK77")),
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
    *(f"{PRODUCTS}?q={words}" for words in ("SKU-77", "thing kind007")),
    f"{PRODUCTS}?created_at__{SINCE}",
    f"{PRODUCTS}7/change/",
    f"{PRODUCTS}7/history/",
    f"{PRODUCTS}7/stock/",
    CHECKOUTS,
    f"{CHECKOUTS}?created_at__{SINCE}",
    f"{CHECKOUTS}?needs_review__exact=1",
    f"{CHECKOUTS}?status__exact=expired",
    *(f"{CHECKOUTS}?q={words}" for words in ("cs_test_7", "thing kind003")),
    USERS,
    f"{USERS}?is_staff__exact=1",
    f"{USERS}?is_active__exact=0",
    f"{USERS}?date_joined__year={BUSY_DAY.year}",
    f"{USERS}?q=kind007",
    f"{USERS}1007/change/",
    f"{USERS}1007/history/",
    *(
        f"{list_of_plans}{asked}"
        for list_of_plans in (SAVED, WAITING)
        for asked in ("", f"?created_at__{SINCE}", "?q=buyer7", "?q=thing kind007")
    ),
]
# Of the shoppers; a word that every product holds is soon met in the list's own order.
SHOP_PAGES = [
    *(f"/home/{asked}" for asked in ("", "?page=20", "?category=room-3", "?in_stock=on")),
    *(f"/home/?sort={sort}" for sort in ("price-low", "price-high", "best-selling", "name")),
    *(f"/home/?{prices}" for prices in ("price_to=5", "in_stock=on&price_from=90")),
    *(f"/home/?q={words}" for words in ("kind007", "0000777", "thing 0000777", "nothinglikeit")),
    "/products/thing-9/",
    "/cart/",
]
LARGE = {
    "shop_savedproduct",
    "shop_backinstockrequest",
    "accounts_user",
    "shop_product",
    "shop_checkout",
    "shop_checkoutline",
    "orders_order",
    "orders_orderline",
    "orders_stripeevent",
    "django_admin_log",
}


def make_shop(orders: int) -> Any:
    """Fill an empty database with so many orders, and what goes with them; who works there."""
    from django.core.management import call_command
    from django.db import connection

    from accounts.models import User
    from shop.models import Shop

    call_command("migrate", verbosity=0)
    Shop.load()
    staff = User.objects.create_superuser("staff", "staff@example.com", None, pk=1000)
    with connection.cursor() as cursor:
        cursor.execute(INDEXES)
        indexes = cursor.fetchall()
        # Built at last, an index costs a tenth; and nothing here points to nowhere.
        cursor.execute("".join(f"DROP INDEX {name};" for name, _ in indexes))
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(fill(orders))
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("".join(f"{create};" for _, create in indexes))
        cursor.execute("VACUUM ANALYZE")
    return staff


def main() -> None:
    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test import Client

    settings.ALLOWED_HOSTS = ["testserver"]
    staff = make_shop(ORDERS)
    with connection.cursor() as cursor:
        # As on a disk without moving parts, where a large table is still worth an index.
        cursor.execute("SET random_page_cost = 1.1")
    client = Client()
    client.force_login(staff)
    found = {}
    for page in (*PAGES, *SHOP_PAGES):
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

    if sql.endswith("AS counted"):  # it stops where no more pages are offered
        return iter(())
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        (plan,) = cursor.fetchone()[0]
    return read_whole(plan["Plan"])


def read_whole(node: dict[str, Any]) -> Iterator[str]:
    """The large tables that are read from end to end, or in an index's order for a word."""
    is_walk = "~~" in node.get("Filter", "") and "Index Cond" not in node
    walks = ("Seq Scan", *(["Index Scan"] if is_walk else []))
    if node["Node Type"] in walks and node["Relation Name"] in LARGE:
        yield node["Relation Name"]
    for inner in node.get("Plans", ()):
        yield from read_whole(inner)


if __name__ == "__main__":
    main()
