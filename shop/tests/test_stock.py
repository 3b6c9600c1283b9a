"""Stock is taken at checkout, held until Stripe says that the session ended, and put back once."""

import pytest
import time_machine
from django.db import IntegrityError, transaction

from orders.reconcile import settle
from orders.recording import record_order
from shop.checkout import close
from shop.models import Checkout, OutOfStock, Product
from stripe_simulator.testing import (
    DECLINED,
    ApiError,
    deliver_due,
    inject_fault,
    pay,
    set_webhooks,
)
from stripe_simulator.testing import settle as settle_at_stripe
from tests.pages import read

Status = Checkout.Status


@pytest.fixture
def three_mugs(mug: Product) -> Product:
    Product.objects.filter(pk=mug.pk).update(stock=3)
    mug.refresh_from_db()
    return mug


def buy(client, product, quantity=1):
    return client.post(f"/checkout/{product.pk}/", {"quantity": quantity})


def stock_of(product) -> int | None:
    product.refresh_from_db()
    return product.stock


def test_a_checkout_takes_its_stock(as_alice, three_mugs):
    assert buy(as_alice, three_mugs, 2).status_code == 303

    assert stock_of(three_mugs) == 1


def test_stock_that_is_not_counted_stays_so(as_alice, mug):
    buy(as_alice, mug, 50)
    close(Checkout.objects.get())

    assert stock_of(mug) is None


def test_more_than_is_left_is_refused_with_what_is_possible_and_the_typed_number_kept(
    as_alice, three_mugs
):
    response = buy(as_alice, three_mugs, 4)

    assert response.status_code == 200
    page = read(response)
    assert "Only 3 left. Choose 3 or fewer." in page.part(".field-error").text
    assert page.field("Quantity up to 3") == "4"
    assert stock_of(three_mugs) == 3
    assert not Checkout.objects.exists()


def test_what_another_shopper_holds_is_sold_out(as_alice, as_bob, three_mugs):
    buy(as_alice, three_mugs, 3)
    response = buy(as_bob, three_mugs, 1)

    assert "sold out" in read(response).part(".notice-error").text
    assert stock_of(three_mugs) == 0


def test_an_own_hold_never_blocks_an_own_retry(as_alice, three_mugs):
    buy(as_alice, three_mugs, 3)

    assert buy(as_alice, three_mugs, 2).status_code == 303
    assert stock_of(three_mugs) == 1


def test_what_a_shopper_holds_is_not_sold_out_for_this_shopper(as_alice, as_bob, three_mugs):
    buy(as_alice, three_mugs, 3)

    for url in ("/home/", three_mugs.get_absolute_url()):
        buttons = read(as_alice.get(url)).buttons
        assert buttons["Buy Speckled mug"] == f"/checkout/{three_mugs.pk}/"
        assert "Buy Speckled mug" not in read(as_bob.get(url)).buttons
    assert buy(as_alice, three_mugs, 3).status_code == 303


def test_a_second_click_on_the_carts_checkout_keeps_the_last_piece(as_alice, three_mugs, bowl):
    as_alice.post(f"/cart/add/{three_mugs.pk}/", {"quantity": 3})
    as_alice.post(f"/cart/add/{bowl.pk}/", {"quantity": 1})

    assert as_alice.post("/checkout/").url == as_alice.post("/checkout/").url
    assert Checkout.objects.get().lines.count() == 2


def test_a_double_click_takes_the_stock_once(as_alice, three_mugs):
    buy(as_alice, three_mugs, 2)
    buy(as_alice, three_mugs, 2)

    assert stock_of(three_mugs) == 1


def test_what_was_paid_stays_sold(as_alice, three_mugs):
    buy(as_alice, three_mugs, 2)
    checkout = Checkout.objects.get()
    pay(checkout.stripe_session_id)
    record_order(checkout.stripe_session_id)
    for _ in range(2):
        checkout.refresh_from_db()
        checkout.release()

    assert stock_of(three_mugs) == 1


def test_an_ended_checkout_puts_its_stock_back_once(as_alice, three_mugs):
    buy(as_alice, three_mugs, 2)
    checkout, again = Checkout.objects.get(), Checkout.objects.get()
    checkout.release()
    again.release()

    assert stock_of(three_mugs) == 3


def test_the_last_one_is_let_go_by_the_expired_event(as_alice, three_mugs):
    with time_machine.travel("2026-11-23 12:00Z", tick=False) as clock:
        buy(as_alice, three_mugs, 3)
        clock.shift(41 * 60)
        expire_quietly(Checkout.objects.get().stripe_session_id)
        deliver_due()

    assert stock_of(three_mugs) == 3


def expire_quietly(session_id: str) -> None:
    """The simulator looks at its clock when it is asked anything."""
    from shop.payments import retrieve_session

    retrieve_session(session_id)


def test_a_delayed_payment_holds_its_stock_until_it_fails(as_alice, three_mugs):
    buy(as_alice, three_mugs, 2)
    session_id = Checkout.objects.get().stripe_session_id
    pay(session_id, delayed=True)
    deliver_due()
    assert stock_of(three_mugs) == 1

    settle_at_stripe(session_id, ok=False)
    deliver_due()
    assert stock_of(three_mugs) == 3


def test_a_declined_card_keeps_the_stock_held_and_the_page_open(as_alice, as_bob, three_mugs):
    page = buy(as_alice, three_mugs, 3).url
    session_id = Checkout.objects.get().stripe_session_id
    with pytest.raises(ApiError, match="declined"):
        pay(session_id, DECLINED)
    record_order(session_id)
    deliver_due()

    assert Checkout.objects.get().status == Status.OPEN
    assert buy(as_alice, three_mugs, 3).url == page
    assert "sold out" in read(buy(as_bob, three_mugs, 1)).part(".notice-error").text
    pay(session_id, delayed=True)
    deliver_due()
    assert Checkout.objects.get().status == Status.PROCESSING
    assert stock_of(three_mugs) == 0


def test_what_stripe_refuses_puts_the_stock_back(as_alice, three_mugs, settings):
    settings.STRIPE_SHIPPING_COUNTRIES = ["UK"]

    assert buy(as_alice, three_mugs).status_code == 503
    assert stock_of(three_mugs) == 3


def test_when_it_is_not_known_what_stripe_did_the_stock_is_held(as_alice, three_mugs):
    inject_fault("POST", "/v1/checkout/sessions", "read_timeout_after", times=3)

    assert buy(as_alice, three_mugs).status_code == 503
    assert stock_of(three_mugs) == 2


def test_a_checkout_that_was_paid_while_its_time_ran_out_is_never_released(as_alice, three_mugs):
    set_webhooks("lost")
    with time_machine.travel("2026-11-23 12:00Z", tick=False) as clock:
        buy(as_alice, three_mugs, 2)
        checkout = Checkout.objects.get()
        clock.shift(39 * 60)
        pay(checkout.stripe_session_id)
        clock.shift(2 * 60)
        settle(checkout)

    checkout.refresh_from_db()
    assert checkout.status == Status.PAID
    assert stock_of(three_mugs) == 1


def test_a_late_payment_after_the_stock_was_sold_on_is_recorded_for_review(
    as_alice, as_bob, three_mugs
):
    buy(as_alice, three_mugs, 3)
    late = Checkout.objects.get()
    late.release()  # as if Stripe had wrongly been believed
    buy(as_bob, three_mugs, 3)
    pay(late.stripe_session_id)
    order = record_order(late.stripe_session_id)

    assert order.needs_review
    assert "stock put back: check that there is enough of 3 × Speckled mug" in order.review_reason
    assert stock_of(three_mugs) == 0


def test_a_product_that_was_deleted_meanwhile_needs_no_stock_back(as_alice, three_mugs):
    buy(as_alice, three_mugs, 2)
    three_mugs.delete()
    close(Checkout.objects.get())

    assert Checkout.objects.get().status == Status.EXPIRED


# Staff begin to count, or stop: a hold is one of what is counted, or of nothing


def count(product: Product, stock: int | None) -> None:
    """As the admin saves it."""
    product.refresh_from_db()
    product.stock = stock
    product.save(update_fields=["stock"])


def end(session_id: str, how: str) -> None:
    if how == "paid":
        pay(session_id)
        record_order(session_id)
    else:
        close(Checkout.objects.get(stripe_session_id=session_id))


HOLDS = pytest.mark.parametrize(("how", "back"), [("paid", 0), ("expired", 2)])


@HOLDS
def test_a_first_count_is_without_what_an_open_checkout_holds(as_alice, mug, how, back):
    buy(as_alice, mug, 2)
    count(mug, 5)
    end(Checkout.objects.get().stripe_session_id, how)

    assert stock_of(mug) == 5 + back


@HOLDS
@pytest.mark.parametrize("bought_after", [None, 3])
def test_so_is_a_count_after_a_time_without(as_alice, three_mugs, how, back, bought_after):
    count(three_mugs, bought_after)
    buy(as_alice, three_mugs, 2)
    count(three_mugs, None)
    count(three_mugs, 7)
    end(Checkout.objects.get().stripe_session_id, how)

    assert stock_of(three_mugs) == 7 + back


@HOLDS
def test_a_new_count_is_without_what_an_open_checkout_holds(as_alice, three_mugs, how, back):
    buy(as_alice, three_mugs, 2)
    count(three_mugs, 7)
    end(Checkout.objects.get().stripe_session_id, how)

    assert stock_of(three_mugs) == 7 + back


@pytest.mark.parametrize("how", ["paid", "expired"])
def test_what_ended_while_nobody_counted_changes_no_later_count(as_alice, three_mugs, how):
    buy(as_alice, three_mugs, 2)
    count(three_mugs, None)
    end(Checkout.objects.get().stripe_session_id, how)
    assert stock_of(three_mugs) is None
    count(three_mugs, 7)
    Checkout.objects.get().release()

    assert stock_of(three_mugs) == 7


def test_a_count_is_of_one_product_and_of_checkouts_that_are_not_over(
    as_alice, as_bob, three_mugs, bowl
):
    buy(as_alice, three_mugs, 2)
    close(Checkout.objects.get())
    buy(as_bob, bowl, 2)
    count(three_mugs, None)
    count(three_mugs, 7)

    held = Checkout.objects.filter(lines__holds_stock=True)
    assert [checkout.status for checkout in held] == [Status.EXPIRED]  # as it was
    assert stock_of(bowl) is None


def test_no_stock_is_said_to_be_put_back_where_none_was_counted(as_alice, three_mugs):
    buy(as_alice, three_mugs, 2)
    count(three_mugs, None)
    late = Checkout.objects.get()
    late.release()
    pay(late.stripe_session_id)

    assert "put back" not in record_order(late.stripe_session_id).review_reason


def test_the_admin_says_what_the_number_means(as_staff, as_alice, mug):
    page = read(as_staff.get(f"/admin/shop/product/{mug.pk}/change/"))

    assert "How many can still be sold, without those held by open checkouts" in (
        page.part(".field-stock").text
    )


def test_taking_is_one_conditional_update_that_trusts_no_stale_reading(three_mugs):
    stale = Product.objects.get()
    Product.objects.update(stock=1)

    with pytest.raises(OutOfStock) as refusal:
        stale.take_stock(2)
    assert refusal.value.left == 1
    assert stock_of(three_mugs) == 1


def test_a_product_that_was_deactivated_in_the_last_moment_is_not_taken(three_mugs):
    stale = Product.objects.get()
    Product.objects.update(is_active=False)

    with pytest.raises(OutOfStock):
        stale.take_stock(1)
    assert stock_of(three_mugs) == 3


def test_the_database_refuses_a_negative_stock(three_mugs):
    with pytest.raises(IntegrityError, match="stock_is_never_negative"), transaction.atomic():
        Product.objects.update(stock=-1)


def test_staff_who_save_an_old_form_do_not_undo_a_sale(as_staff, as_alice, three_mugs):
    url = f"/admin/shop/product/{three_mugs.pk}/change/"
    form = read(as_staff.get(url)).sent
    buy(as_alice, three_mugs, 1)
    assert as_staff.post(url, form | {"name": "Mug"}).status_code == 302

    assert stock_of(three_mugs) == 2
    assert three_mugs.name == "Mug"
