import pytest

from orders.models import NUMBER_ALPHABET, Order
from shop.models import Product


@pytest.fixture
def order(as_alice, mug, purchase) -> Order:
    return purchase(as_alice, mug, 3)


@pytest.mark.parametrize("url", ["/home/", "/orders/"])
def test_a_purchase_shows_product_quantity_total_and_date(as_alice, order, url):
    page = as_alice.get(url).text

    assert "Speckled mug" in page
    assert "$57.00" in page
    assert f"{order.paid_at:%Y}" in page
    assert order.get_absolute_url() in page


def test_an_order_has_a_page_of_its_own(as_alice, order):
    page = as_alice.get(f"/orders/{order.number}/").text

    for shown in (order.number, "Speckled mug", "$19.00", "$57.00", "Paid"):
        assert shown in page


def test_only_ones_own_orders_are_to_be_seen(as_bob, order):
    assert as_bob.get(order.get_absolute_url()).status_code == 404
    for url in ("/home/", "/orders/"):
        assert order.number not in as_bob.get(url).text


@pytest.mark.parametrize("number", ["AAAAAAAA", "0", "x" * 500, "..%2f", "%00"])
def test_a_number_that_does_not_exist_is_a_404(as_alice, order, number):
    assert as_alice.get(f"/orders/{number}/").status_code == 404


def test_nobody_has_ordered_yet(as_alice):
    assert "/home/" in as_alice.get("/orders/").text


def test_a_number_has_no_look_alikes(order):
    assert len(order.number) == 8
    assert set(order.number) <= set(NUMBER_ALPHABET)
    assert not set("0O1ILU") & set(NUMBER_ALPHABET)


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
    with django_assert_num_queries(6):
        pages = [as_alice.get("/orders/")]
    pages += [as_alice.get("/orders/", {"page": n}) for n in (2, 3)]

    assert [len(page.context["page"]) for page in pages] == [20, 20, 6]


def test_a_receipt_can_be_printed(as_alice, as_bob, order):
    url = f"/orders/{order.number}/receipt/"
    page = as_alice.get(url).text

    for shown in (order.number, "Speckled mug", "$57.00", "alice@example.com"):
        assert shown in page
    assert as_bob.get(url).status_code == 404


# Buy again


def reorder(client, order):
    return client.post(f"/orders/{order.number}/reorder/", follow=True)


def test_buy_again_fills_the_cart_at_todays_prices(as_alice, alice, order):
    Product.objects.update(price_cents=2400)
    page = reorder(as_alice, order)

    assert page.redirect_chain == [("/cart/", 302)]
    item = alice.cart_items.get()
    assert (item.quantity, item.price_seen_cents) == (3, 2400)


@pytest.mark.parametrize("change", [{"is_active": False}, {"stock": 0}])
def test_buy_again_says_what_is_not_to_be_had(as_alice, alice, order, change):
    Product.objects.update(**change)
    page = reorder(as_alice, order)

    assert "No longer to be had: Speckled mug." in page.text
    assert not alice.cart_items.exists()


def test_buy_again_says_what_was_deleted(as_alice, order):
    order.lines.update(product=None)

    assert "No longer to be had: Speckled mug." in reorder(as_alice, order).text


def test_a_stranger_buys_nothing_again(as_bob, bob, order):
    assert as_bob.post(f"/orders/{order.number}/reorder/").status_code == 404
    assert not bob.cart_items.exists()


def test_looking_buys_nothing_again(as_alice, alice, order):
    assert as_alice.get(f"/orders/{order.number}/reorder/").status_code == 405
    assert not alice.cart_items.exists()


def test_buy_again_into_a_full_cart_says_so(as_alice, alice, order, monkeypatch):
    monkeypatch.setattr("shop.cart.MAX_ITEMS", 0)

    assert "The cart is full" in reorder(as_alice, order).text
    assert not alice.cart_items.exists()
