"""A sale price with from and until: what is shown is what is charged, to the second."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from orders.reconcile import reconcile
from shop import checkout_views
from shop.models import Checkout, CheckoutLine, Family, Product
from tests.pages import read
from tests.recorded import stripe_calls

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def clock(db):
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def sale(clock, mug) -> Product:
    """The mug, which costs $19.00, for $14.00 until one o'clock."""
    mug.sale_price_cents, mug.sale_until = 1400, NOON + HOUR
    mug.save()
    return mug


def names(client, **query) -> list[str]:
    return [product.name for product in client.get("/home/", query).context["page"]]


# The rule


@pytest.mark.parametrize(
    ("begins", "ends", "cents"),
    [
        (None, None, 1400),
        (NOON, None, 1400),
        (NOON + HOUR, None, 1900),
        (None, NOON + HOUR, 1400),
        (None, NOON, 1900),
        (NOON - HOUR, NOON + HOUR, 1400),
        (NOON - 2 * HOUR, NOON - HOUR, 1900),
        (NOON + HOUR, NOON + 2 * HOUR, 1900),
    ],
)
def test_a_sale_counts_from_its_first_moment_until_its_last(clock, mug, begins, ends, cents):
    clock.move_to(NOON - 3 * HOUR)
    mug.sale_price_cents, mug.sale_from, mug.sale_until = 1400, begins, ends
    mug.save()
    clock.move_to(NOON)

    product = Product.objects.get()
    assert product.current_price_cents == cents
    assert product.was_cents == (1900 if cents == 1400 else None)
    Product.objects.begin_and_end_sales()
    assert Product.objects.get().sort_price_cents == cents
    assert Product.objects.begin_and_end_sales() == 0


def test_a_sale_price_that_is_saved_alone_is_sorted_by_at_once(clock, mug):
    mug.sale_price_cents = 1400
    mug.save(update_fields=["sale_price_cents"])

    assert Product.objects.get().sort_price_cents == 1400


def test_a_sale_that_ends_while_another_begins_is_news_of_two(clock, sale, bowl):
    Product.objects.filter(pk=bowl.pk).update(sale_price_cents=1400, sale_from=NOON + HOUR)
    clock.move_to(NOON + HOUR)

    assert Product.objects.begin_and_end_sales() == 2
    prices = Product.objects.order_by("sort_price_cents").values_list("sort_price_cents", flat=True)
    assert [*prices] == [1400, 1900]


def test_what_is_saved_on_sale_or_no_longer_is_sorted_so_at_once(sale):
    assert Product.objects.get().sort_price_cents == 1400

    sale.sale_price_cents = None
    sale.save(update_fields=["sale_price_cents"])
    assert Product.objects.get().sort_price_cents == 1900


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"sale_price_cents": 0}, "a_sale_price_is_positive"),
        ({"sale_price_cents": 1900}, "a_sale_price_is_lower_than_the_price"),
        ({"price_cents": 1400}, "a_sale_price_is_lower_than_the_price"),
        ({"sale_from": NOON + HOUR}, "a_sale_begins_before_it_ends"),
    ],
)
def test_the_database_refuses_a_sale_that_is_none(sale, change, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Product.objects.update(**change)


# Shown


def test_a_card_and_a_product_show_the_price_struck_out_beside_the_one_of_the_sale(as_alice, sale):
    for url, place in (("/home/", ".card"), (sale.get_absolute_url(), ".product-text")):
        page = read(as_alice.get(url), place)
        assert page.part(".price").text == "$14.00 Was $19.00"
        assert page.part("s").text == "Was $19.00"
        assert page.sent["price_seen"] == "1400"


@pytest.mark.parametrize(
    ("ends", "zone", "words"),
    [
        (NOON + HOUR, "UTC", "Fri, November 27, 1 p.m."),
        (datetime(2026, 11, 30, tzinfo=UTC), "UTC", "Sun, November 29"),
        (datetime(2026, 11, 29, 23, 59, tzinfo=UTC), "UTC", "Sun, November 29"),
        (datetime(2026, 11, 29, 23, 0, tzinfo=UTC), "Europe/Oslo", "Sun, November 29"),
        (datetime(2027, 11, 30, tzinfo=UTC), "UTC", "Nov. 29, 2027"),
    ],
)
def test_product_and_cart_say_until_when_the_sale_lasts(
    as_alice, sale, settings, ends, zone, words
):
    settings.TIME_ZONE = zone
    Product.objects.update(sale_until=ends)
    as_alice.post(f"/cart/add/{sale.pk}/", {"quantity": 1})

    product = read(as_alice.get(sale.get_absolute_url()), ".product-price")
    assert product.part(".sale-ends").text == f"On sale until {words}"
    assert read(as_alice.get("/cart/"), ".line-note").text == f"On sale until {words}"


@pytest.mark.parametrize(
    "change",
    [{"sale_until": None}, {"sale_from": NOON + HOUR / 2}, {"sale_until": NOON}],
)
def test_of_a_sale_that_is_not_on_or_has_no_end_no_last_day_is_named(as_alice, sale, change):
    Product.objects.update(**change)

    assert not read(as_alice.get(sale.get_absolute_url())).has(".sale-ends")


def test_when_the_sale_is_over_no_remembered_card_shows_it(as_alice, sale, clock):
    as_alice.get("/home/")
    clock.shift(HOUR)

    assert read(as_alice.get("/home/"), ".price").text == "$19.00"


def test_of_a_family_the_card_shows_the_least_that_one_costs_now(as_alice, sale, bowl):
    family = Family.objects.create(name="Mug", members_name="sizes")
    for product, size, price_cents in ((sale, "Small", 1500), (bowl, "Large", 1600)):
        Product.objects.filter(pk=product.pk).update(
            family=family, variant_name=size, name="Mug", price_cents=price_cents
        )

    card = read(as_alice.get("/home/"), ".card")
    assert card.part(".price").text == "from $14.00"
    members = read(as_alice.get(sale.get_absolute_url()), ".members").items
    assert members[0].startswith("Small $14.00 Was $15.00")


@pytest.mark.parametrize(
    ("query", "before", "after"),
    [
        ({"sort": "price-low"}, ["Bowl", "Mug"], ["Mug", "Bowl"]),
        ({"sort": "price-high"}, ["Mug", "Bowl"], ["Bowl", "Mug"]),
        ({"price_to": "15"}, [], ["Mug"]),
        ({"price_from": "15"}, ["Bowl", "Mug"], ["Bowl"]),
    ],
)
def test_lists_sort_and_filter_by_the_price_of_the_moment_without_cron(
    as_alice, clock, mug, bowl, query, before, after
):
    Product.objects.filter(pk=mug.pk).update(name="Mug", sale_price_cents=1400)
    Product.objects.filter(pk=bowl.pk).update(name="Bowl", price_cents=1700)
    Product.objects.filter(pk=mug.pk).update(sale_from=NOON + HOUR, sale_until=NOON + 2 * HOUR)

    for expected in (before, after, before):
        assert names(as_alice, **query) == expected
        clock.shift(HOUR)


def test_a_sale_that_was_put_off_behind_the_shops_back_is_sorted_as_what_it_costs(
    as_alice, sale, bowl
):
    Product.objects.filter(pk=bowl.pk).update(price_cents=1700)
    Product.objects.filter(pk=sale.pk).update(sale_from=NOON + HOUR / 2)

    assert names(as_alice, sort="price-low") == [bowl.name, sale.name]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="tests/plans.py asks PostgreSQL")
@pytest.mark.parametrize(("order", "index"), [("", "cheapest_active"), ("-", "dearest_active")])
def test_to_sort_by_price_takes_an_index(db, order, index):
    products = Product.objects.active().order_by(f"{order}sort_price_cents", "-pk")[:24]

    assert f"INDEX {index}" in products.explain()
    assert "TEMP B-TREE" not in products.explain()


def test_cron_sorts_products_whose_sale_began_by_its_price(clock, mug):
    Product.objects.update(sale_price_cents=1400)

    found = reconcile(NOON, dry_run=True).repaired["sales"], reconcile(NOON).repaired["sales"]
    assert found == (1, 1)
    assert Product.objects.get().sort_price_cents == 1400
    assert not reconcile(NOON).repaired["sales"]


# Charged


def test_stripe_is_asked_for_what_was_shown(as_alice, sale):
    with stripe_calls() as calls:
        as_alice.post(f"/checkout/{sale.pk}/", {"quantity": 2, "price_seen": "1400"})

    assert calls[0].form["line_items[0][price_data][unit_amount]"] == "1400"
    assert CheckoutLine.objects.get().unit_price_cents == 1400


def test_a_sale_that_ends_between_the_page_and_buy_is_asked_about(as_alice, sale, clock):
    sent = read(as_alice.get(sale.get_absolute_url()), ".product-text").sent
    clock.shift(HOUR)
    page = read(as_alice.post(f"/checkout/{sale.pk}/", sent))

    assert "It was $14.00 when you opened the page, and is now $19.00." in page.notices[0]
    assert not Checkout.objects.exists()
    as_alice.post(f"/checkout/{sale.pk}/", page.part(".product-text").sent)
    assert Checkout.objects.get().total_cents == 1900


def test_a_sale_that_begins_between_the_page_and_buy_is_asked_about_too(as_alice, clock, mug):
    Product.objects.update(sale_price_cents=1400, sale_from=NOON + HOUR)
    clock.shift(HOUR)
    page = read(as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1, "price_seen": "1900"}))

    assert "It was $19.00 when you opened the page, and is now $14.00." in page.notices[0]
    assert not Checkout.objects.exists()


def test_the_cart_counts_with_the_price_of_the_moment_and_says_that_it_has_changed(
    as_alice, sale, clock
):
    as_alice.post(f"/cart/add/{sale.pk}/", {"quantity": 2})
    row = read(as_alice.get("/cart/")).rows[0]
    assert (row["Price"], row["Total"]) == ("$14.00 Was $19.00", "$28.00")

    clock.shift(HOUR)
    row = read(as_alice.get("/cart/")).rows[0]
    assert "was $14.00 when you added it, now $19.00" in row["Product"]
    assert (row["Price"], row["Total"]) == ("$19.00", "$38.00")


@pytest.mark.parametrize("ends", ["before the click", "while it is answered"])
def test_a_sale_that_ends_before_the_cart_is_paid_is_asked_about(
    as_alice, sale, clock, monkeypatch, ends
):
    as_alice.post(f"/cart/add/{sale.pk}/", {"quantity": 1})
    sent = read(as_alice.get("/cart/")).sent
    if ends == "before the click":
        clock.shift(HOUR)
    else:
        update_cart = checkout_views.update_cart
        monkeypatch.setattr(
            checkout_views, "update_cart", lambda *args: (update_cart(*args), clock.shift(HOUR))
        )
    page = read(as_alice.post("/checkout/", sent))

    assert any("Some prices have changed" in notice for notice in page.notices)
    assert not Checkout.objects.exists()


def test_what_was_added_in_another_tab_is_asked_about_when_its_sale_ended(
    as_alice, sale, clock, bowl
):
    as_alice.post(f"/cart/add/{bowl.pk}/", {"quantity": 1})
    sent = read(as_alice.get("/cart/")).sent
    as_alice.post(f"/cart/add/{sale.pk}/", {"quantity": 1, "price_seen": "1400"})
    clock.shift(HOUR)
    page = read(as_alice.post("/checkout/", sent))

    assert any("Some prices have changed" in notice for notice in page.notices)
    assert not Checkout.objects.exists()
    assert as_alice.post("/checkout/", page.sent).status_code == 303


def test_a_sale_that_ends_between_the_page_and_add_to_cart_is_said_in_the_cart(
    as_alice, sale, clock
):
    sent = read(as_alice.get(sale.get_absolute_url()), ".buy").sent
    clock.shift(HOUR)
    as_alice.post(f"/cart/add/{sale.pk}/", sent)

    line = read(as_alice.get("/cart/")).rows[0]
    assert "was $14.00 when you added it, now $19.00" in line["Product"]
