import pytest

from orders.models import Order
from shop.models import Product
from shop.tests.test_pictures import give_picture
from tests.pages import read, words


@pytest.mark.parametrize("url", ["/home/", "/orders/"])
def test_a_purchase_shows_product_quantity_status_total_and_date(as_alice, in_may, url):
    page = read(as_alice.get(url))

    assert page.row(in_may.number) == {
        "Order": in_may.number,
        "Date": "May 3, 2026",
        "Products": "2 × Speckled mug",
        "Status": "Paid",
        "Total": "$38.00",
    }
    assert page.link(in_may.number) == in_may.get_absolute_url()
    assert read(as_alice.get(url), "tbody").part("time").element.get("datetime") == "2026-05-03"


def test_the_latest_purchases_lead_to_all_of_them(as_alice, order):
    page = read(as_alice.get("/home/"))

    assert page.link("Your latest orders") == "#my-orders"
    assert page.part("#my-orders").headings == ["My Orders"]
    assert page.part("#my-orders").part("caption").text == "Your latest purchases"
    assert page.link("All my orders") == "/orders/"


@pytest.mark.parametrize(
    ("count", "lines"),
    [(2, ["1 × Cup 0", "1 × Cup 1"]), (3, ["1 × Cup 0", "1 × Cup 1", "and 1 more"])],
)
def test_of_many_products_the_list_names_two(as_alice, order, count, lines):
    order.lines.all().delete()
    for n in range(count):
        order.lines.create(product_name=f"Cup {n}", unit_price_cents=100, quantity=1)
    table = read(as_alice.get("/orders/"), "table")

    assert [words(line) for line in table.all("span")] == lines


def test_in_my_orders_each_product_has_its_picture(as_alice, order, mug):
    give_picture(mug)
    mug.refresh_from_db()
    order.lines.create(product_name="Bowl that is no more", unit_price_cents=100, quantity=1)
    pictures = read(as_alice.get("/orders/"), "tbody").all("img")

    assert [(picture.get("src"), picture.get("alt")) for picture in pictures] == [
        (mug.image.thumbnail_url, ""),
        ("/static/img/placeholder.svg", ""),
    ]


def test_among_the_products_the_latest_orders_stay_light(as_alice, order, mug):
    give_picture(mug)

    assert read(as_alice.get("/home/"), "#my-orders").all("img") == []


def test_only_ones_own_orders_are_to_be_seen(as_bob, order):
    assert as_bob.get(order.get_absolute_url()).status_code == 404
    for url in ("/home/", "/orders/"):
        assert read(as_bob.get(url)).rows == []


def test_an_empty_my_orders_says_so_and_leads_to_the_products(as_alice):
    page = read(as_alice.get("/orders/"))

    assert page.headings == ["My Orders"]
    assert page.paragraphs == ["You haven’t bought anything yet. Your orders will be listed here."]
    assert page.links == [("See the products", "/home/")]


def test_home_says_where_purchases_will_be_listed(as_alice, mug):
    orders = read(as_alice.get("/home/"), "#my-orders")

    assert orders.paragraphs == [
        "You haven’t bought anything yet. Your orders will be listed here."
    ]
    assert orders.links == []


def test_many_orders_come_in_pages_and_cost_the_same_few_queries(
    as_alice, order, django_assert_num_queries
):
    Order.objects.bulk_create(
        Order(
            user=order.user,
            number=f"NUMBER{n:02}",
            stripe_session_id=f"cs_test_{n}",
            currency="usd",
            subtotal_cents=100,
            total_cents=100,
            paid_at=order.paid_at,
        )
        for n in range(45)
    )
    # Session, user, count, orders, lines, the cart in the header.
    with django_assert_num_queries(8):
        pages = [as_alice.get("/orders/")]
    pages += [as_alice.get("/orders/", {"page": n}) for n in (2, 3)]

    assert [len(read(page).rows) for page in pages] == [20, 20, 6]
    assert "Page 3 of 3 · 46 orders" in read(pages[2]).paragraphs
    titles = [read(page, "head").title for page in pages]
    assert [title.split(" – ")[0] for title in titles] == [
        *("My Orders", "My Orders (page 2 of 3)", "My Orders (page 3 of 3)")
    ]


@pytest.mark.parametrize("url", ["/home/", "/orders/"])
def test_of_what_was_refunded_the_list_says_what_is_left(as_alice, order, url):
    Order.objects.update(refunded_cents=1900)
    row = read(as_alice.get(url)).row(order.number)

    assert row["Total"] == "$38.00 $19.00 after refunds"


# Buy again


def reorder(client, order):
    return client.post(f"/orders/{order.number}/reorder/", follow=True)


def test_buy_again_fills_the_cart_at_todays_prices(as_alice, alice, order):
    Product.objects.update(price_cents=2400)
    page = reorder(as_alice, order)

    assert page.redirect_chain == [("/cart/", 302)]
    item = alice.cart_items.get()
    assert (item.quantity, item.price_seen_cents) == (2, 2400)
    assert read(page).notices == ["Put into your cart: 2 × Speckled mug."]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"is_active": False}, "Speckled mug is no longer sold."),
        ({"stock": 0}, "Speckled mug is sold out."),
    ],
)
def test_buy_again_says_what_is_not_to_be_had(as_alice, alice, order, change, why):
    Product.objects.update(**change)
    page = reorder(as_alice, order)

    assert read(page).notices == [why]
    assert not alice.cart_items.exists()


def test_buy_again_takes_what_is_left(as_alice, alice, order):
    Product.objects.update(stock=1)
    page = reorder(as_alice, order)

    assert alice.cart_items.get().quantity == 1
    assert read(page).notices == [
        "Put into your cart: 1 × Speckled mug.",
        "Only 1 of Speckled mug left, not 2.",
    ]


def test_what_the_buyer_holds_in_an_open_checkout_is_not_missing(as_alice, alice, order, mug):
    Product.objects.update(stock=2)
    as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 2})
    reorder(as_alice, order)

    assert alice.cart_items.get().quantity == 2


def test_buy_again_says_what_was_deleted(as_alice, order):
    order.lines.update(product=None)

    assert read(reorder(as_alice, order)).notices == ["Speckled mug is no longer sold."]


def test_a_stranger_buys_nothing_again(as_bob, bob, order):
    assert as_bob.post(f"/orders/{order.number}/reorder/").status_code == 404
    assert not bob.cart_items.exists()


def test_looking_buys_nothing_again(as_alice, alice, order):
    assert as_alice.get(f"/orders/{order.number}/reorder/").status_code == 405
    assert not alice.cart_items.exists()


def test_buy_again_into_a_full_cart_says_so(as_alice, alice, order, monkeypatch):
    monkeypatch.setattr("shop.cart.MAX_ITEMS", 0)

    (notice,) = read(reorder(as_alice, order)).notices
    assert notice.startswith("Your cart is full")
    assert not alice.cart_items.exists()
