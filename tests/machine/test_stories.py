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
    assert list(world.books.receipts.values()) == [1]


def test_the_buyer_comes_back_before_a_delayed_payment_arrives(world, tell):
    tell("buy", 0, 0, 1)
    tell("pay_by_a_delayed_method", 0)
    tell("come_back", 0)

    assert world.books.checkouts[0].status == "processing"
    world.come_to_rest()
    check_at_rest(world.books, world.memory)
