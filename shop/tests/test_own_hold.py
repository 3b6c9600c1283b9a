"""What a shopper's own open checkout holds is not sold out for this shopper, on every shelf."""

import pytest
from django.utils import timezone

from orders.models import Order
from shop import checkout_views
from shop.checkout import close
from shop.models import Checkout, OutOfStock, Product
from tests.pages import read


@pytest.fixture
def last_mug(as_alice, mug, bowl) -> Product:
    """Alice is on her way to pay the last one, and nobody else can have it."""
    Product.objects.filter(pk=mug.pk).update(stock=1)
    as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1})
    mug.refresh_from_db()
    assert mug.stock == 0
    return mug


SHELVES = {
    "the first page": "/home/",
    "a search": "/home/?q=mug",
    "a category": "/home/?category=kitchen",
    "what is popular when nothing is found": "/home/?q=nothing-like-it",
    "the page of the product": "/products/speckled-mug/",
    "others of its category": "/products/walnut-bowl/",
}


def is_sold_out(page) -> bool:
    """What the mug's own page says, or the link to it on the shelf."""
    shown = read(page)
    if "Speckled mug" in shown.headings[0]:
        assert shown.has(".sold-out") is not shown.has(".in-stock")
        return shown.has(".sold-out")
    (said,) = [said for said, href in shown.links if href == "/products/speckled-mug/"]
    return said == "Speckled mug, Sold out"


@pytest.mark.parametrize("url", SHELVES.values(), ids=SHELVES)
def test_a_shelf_knows_who_holds_the_last_one(last_mug, as_alice, as_bob, url):
    assert not is_sold_out(as_alice.get(url))
    assert is_sold_out(as_bob.get(url))


@pytest.mark.parametrize("url", SHELVES.values(), ids=SHELVES)
def test_an_ended_checkout_holds_nothing(last_mug, as_alice, url):
    close(Checkout.objects.get())
    Product.objects.filter(pk=last_mug.pk).update(stock=0)

    assert is_sold_out(as_alice.get(url))


def test_a_refused_buy_shows_the_product_as_its_holder_sees_it(last_mug, as_alice):
    page = as_alice.post(f"/checkout/{last_mug.pk}/", {"quantity": "two"})

    assert read(page).part(".field-error").text.startswith("Choose a whole number")
    assert not is_sold_out(page)


def test_a_hold_that_is_lost_during_the_request_is_not_shown_any_more(
    last_mug, as_alice, monkeypatch
):
    """Between our look at the product and the taking of its stock another buyer was faster."""

    def overtaken(*args, **kwargs):
        close(Checkout.objects.get())
        Product.objects.filter(pk=last_mug.pk).update(stock=0)
        raise OutOfStock(last_mug, 0)

    monkeypatch.setattr(checkout_views, "start_checkout", overtaken)
    page = as_alice.post(f"/checkout/{last_mug.pk}/", {"quantity": 1})

    assert "has just sold out" in read(page).part(".notice-error").text
    assert is_sold_out(page)


@pytest.fixture
def two_carts(last_mug, alice, bob) -> None:
    for user in (alice, bob):
        user.cart_items.create(product=last_mug, quantity=1, price_seen_cents=1900)


def test_the_cart_and_its_link_count_what_the_shopper_holds(two_carts, as_alice, as_bob):
    alices, bobs = as_alice.get("/cart/"), as_bob.get("/cart/")

    assert (alices.context["cart"].quantity, bobs.context["cart"].quantity) == (1, 0)
    assert not alices.context["cart"].items[0].product.is_sold_out
    assert as_alice.get("/orders/").context["cart_quantity"] == 1
    assert as_bob.get("/orders/").context["cart_quantity"] == 0


@pytest.fixture
def orders(last_mug, alice, bob) -> dict[str, Order]:
    """Both bought one before."""
    made = {}
    for user in (alice, bob):
        made[user.username] = Order.objects.create(
            user=user,
            stripe_session_id=f"cs_{user.username}",
            currency="usd",
            subtotal_cents=1900,
            total_cents=1900,
            paid_at=timezone.now(),
        )
        made[user.username].lines.create(
            product=last_mug, product_name="Speckled mug", unit_price_cents=1900, quantity=1
        )
    return made


def test_buy_again_puts_what_the_shopper_holds_into_the_cart(orders, as_alice, as_bob, alice, bob):
    as_alice.post(f"/orders/{orders['alice'].number}/reorder/")
    as_bob.post(f"/orders/{orders['bob'].number}/reorder/")

    assert alice.cart_items.get().product.name == "Speckled mug"
    assert not bob.cart_items.exists()


# Session and user are two of each, shop, its pages and the cart in the header three more.
QUESTIONS = {
    "/home/": 9,  # categories, holds, products, latest orders
    "/products/speckled-mug/": 10,  # holds, product, pictures, delivery, others
    "/cart/": 9,  # delivery options, what is saved for later; holds for that and for the cart
}


@pytest.mark.parametrize(("url", "questions"), QUESTIONS.items(), ids=QUESTIONS)
def test_who_holds_what_is_asked_once_for_all_products_of_a_list(
    two_carts, as_alice, url, questions, django_assert_num_queries
):
    with django_assert_num_queries(questions):
        as_alice.get(url)


def test_the_page_of_an_order_asks_no_more_for_it(orders, as_alice, django_assert_num_queries):
    # Session, user, order, lines, products, what is held, refunds, shop, its pages, cart.
    with django_assert_num_queries(10):
        as_alice.get(orders["alice"].get_absolute_url())
