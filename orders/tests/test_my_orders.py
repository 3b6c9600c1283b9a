import pytest

from orders.models import NUMBER_ALPHABET, Order
from orders.recording import record_order
from stripe_simulator.testing import pay


@pytest.fixture
def order(as_alice, mug, buy) -> Order:
    checkout = buy(as_alice, mug, 3)
    pay(checkout.stripe_session_id)
    return record_order(checkout.stripe_session_id)


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
    # Session, user, count, orders, lines.
    with django_assert_num_queries(5):
        pages = [as_alice.get("/orders/")]
    pages += [as_alice.get("/orders/", {"page": n}) for n in (2, 3)]

    assert [len(page.context["page"]) for page in pages] == [20, 20, 6]
