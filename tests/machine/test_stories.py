"""Stories that the search seldom tells, told with the machine's own rules and promises."""

from collections.abc import Iterator

import pytest

from tests.machine.at_rest import check_at_rest
from tests.machine.nature import NEXT, Shop


@pytest.fixture
def world(watched_shop) -> Iterator[Shop]:
    world = Shop()
    yield world
    world.travel.stop()


@pytest.fixture
def tell(world):
    """Let something happen; the promises hold after it."""

    def tell(act: str, *args: object, **kwargs: object) -> None:
        getattr(world, act)(*args, **kwargs)
        world.the_shop_keeps_its_promises()

    return tell


def test_a_refund_fails_while_its_answer_is_on_the_way(world, tell):
    tell("buy_and_pay", 0, 0, 1)
    tell("events_arrive")
    world.while_a_process_waits(point=4, acts=[NEXT], is_heard_of=True)
    tell("refund", 0, 1)

    assert [refund["status"] for refund in world.books.refunds] == ["failed"]
    assert world.books.orders[0].refunded_cents == 0


def test_the_reconciler_meets_a_receipt_that_is_just_being_sent(world, tell):
    tell("buy_and_pay", 0, 0, 1)
    world.while_a_process_waits(point=3, acts=["the reconciler runs"], is_heard_of=False)
    tell("events_arrive")

    assert not world.trouble.interrupted_at
    assert list(world.books.mails.values()) == [1]


def test_the_buyer_comes_back_before_a_delayed_payment_arrives(world, tell):
    tell("buy", 0, 0, 1)
    tell("pay_by_a_delayed_method", 0)
    tell("come_back", 0)

    assert world.books.checkouts[0].status == "processing"
    world.come_to_rest()
    check_at_rest(world.books, world.memory)


@pytest.fixture
def at_rest(world):
    """Everything comes to rest, and nothing waits."""

    def at_rest() -> None:
        world.come_to_rest()
        check_at_rest(world.books, world.memory)

    return at_rest


def test_the_dashboard_refunds_all_while_a_refund_of_ours_is_unsent(world, tell, at_rest):
    tell("buy_and_pay", 0, 0, 1)
    tell("events_arrive")
    world.trouble.fault = ("POST", "/v1/refunds", "connect_timeout", 3)
    tell("refund", 0, 2)
    tell("refund_in_the_dashboard", 0, 1, False)
    tell("events_arrive")

    at_rest()


def test_a_refund_is_under_way_in_an_account_that_is_out_of_reach(world, tell, at_rest):
    tell("buy_and_pay", 0, 0, 1)
    tell("events_arrive")
    tell("refund_in_the_dashboard", 0, 2, True)
    tell("events_arrive")
    tell("the_key_is_of_another_account")

    at_rest()


def test_a_dispute_is_open_in_an_account_that_is_out_of_reach(world, tell, at_rest):
    tell("buy_and_pay", 0, 0, 1)
    tell("events_arrive")
    tell("the_bank_disputes", 0, "needs_response")
    tell("events_arrive")
    tell("the_key_is_of_another_account")

    at_rest()


def test_a_refund_whose_answer_was_lost_loses_its_metadata(world, tell, at_rest):
    tell("buy_and_pay", 0, 0, 1)
    tell("events_arrive")
    world.trouble.fault = ("POST", "/v1/refunds", "read_timeout_after", 3)
    tell("refund", 0, 3)
    tell("someone_edits_a_refund", 0, "")

    at_rest()


def test_another_tools_refund_bears_the_id_of_ours(world, tell, at_rest):
    tell("buy_and_pay", 0, 0, 1)
    tell("events_arrive")
    world.trouble.fault = ("POST", "/v1/refunds", "connect_timeout", 3)
    tell("refund", 0, 3)
    ours = world.books.orders[0].refunds.get()
    tell("another_tool_refunds_our_payment", 0, {"refund": str(ours.pk)})

    at_rest()


@pytest.mark.parametrize("point", range(1, 9))
def test_a_process_is_killed_while_it_tells_of_a_failed_payment(world, tell, at_rest, point):
    tell("buy", 0, 0, 1)
    tell("pay_by_a_delayed_method", 0)
    tell("events_arrive")
    tell("the_delayed_payment_arrives_or_fails", 0, False)
    world.trouble.killed_at = point
    tell("events_arrive")

    at_rest()


def test_ids_are_given_out_again_after_a_backup_was_restored(world, tell, at_rest):
    tell("a_backup_is_made")
    tell("someone_registers")
    tell("buy_and_pay", 0, 0, 1)
    tell("the_backup_is_restored")
    tell("someone_registers")
    tell("events_arrive")

    at_rest()
    assert [order.user for order in world.books.orders] == [None]


def test_a_shop_that_moved_knows_its_open_sessions(world, tell, at_rest):
    tell("buy", 0, 0, 1)
    tell("the_shop_moves", "https://shop.example")
    tell("pay", 0)
    tell("events_arrive")

    at_rest()
    assert len(world.books.orders) == 1


def test_a_saved_failure_hides_a_session_that_is_paid_after_all(world, tell, at_rest):
    world.trouble.fault = ("POST", "/v1/checkout/sessions", "error_500_after", 1)
    tell("buy", 0, 0, 1)
    tell("pay", 0)
    tell("events_arrive")

    at_rest()
    assert "after the checkout had ended" in world.books.orders[0].review_reason


def test_stripe_forgets_a_customer_who_comes_back(world, tell, at_rest):
    tell("buy_and_pay", 0, 0, 1)
    tell("events_arrive")
    tell("stripe_forgets_a_customer", 0)
    tell("buy_and_pay", 0, 1, 1)
    tell("events_arrive")

    assert len(world.books.orders) == 2
    assert list(world.books.kept) == world.books.customers
    at_rest()


def test_stripe_forgets_a_customer_while_the_session_is_made(world, tell, at_rest):
    tell("buy_and_pay", 0, 0, 1)
    tell("events_arrive")
    acts = ["Stripe forgets a customer", "Buy is pressed again"]
    world.while_a_process_waits(point=1, acts=acts, is_heard_of=False)
    tell("press_buy_again", 0)

    assert not world.trouble.interrupted_at
    assert len(world.books.payable) == 1
    at_rest()


def test_a_process_dies_while_a_lost_customer_is_replaced(world, tell, at_rest):
    for point in (5, 6, 7, 8):
        tell("buy_and_pay", 0, 1, 1)
        tell("events_arrive")
        tell("stripe_forgets_a_customer", 0)
        tell("a_process_is_killed", point)
        tell("press_buy_again", 0)
        tell("press_buy_again", 0)

        assert len(world.books.payable) == 1
    at_rest()


def test_an_account_is_deleted_and_stripe_does_not_answer(world, tell, at_rest):
    tell("buy_and_pay", 0, 0, 1)
    tell("events_arrive")
    world.trouble.fault = ("DELETE", "/v1/customers/{id}", "read_timeout_after", 3)
    tell("delete_an_account", 0)
    tell("the_reconciler_runs")

    at_rest()
    assert world.books.customers == []


def test_an_account_is_deleted_before_its_payment_is_heard_of(world, tell, at_rest):
    tell("buy_and_pay", 0, 0, 1)
    tell("delete_an_account", 0)
    tell("events_arrive")

    at_rest()
    assert world.books.customers == []
