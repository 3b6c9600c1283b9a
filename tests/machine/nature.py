"""The clock, the network and everything else that nobody controls; and the reconciler."""

import smtplib
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from orders.reconcile import reconcile
from stripe_simulator import store
from stripe_simulator.acts import expire_overdue
from stripe_simulator.events import MODES
from stripe_simulator.faults import KINDS
from stripe_simulator.testing import deliver_due, resend, set_webhooks, settle
from tests.machine import books
from tests.machine.account import Account
from tests.machine.at_rest import check_at_rest
from tests.machine.disasters import Disasters
from tests.machine.processes import MailServer, Trouble
from tests.machine.shoppers import QUANTITY
from tests.machine.stripe_side import StripeSide
from tests.machine.world import START, WHICH, pick

CALLS = [
    ("POST", "/v1/checkout/sessions"),
    ("GET", "/v1/checkout/sessions"),
    ("GET", "/v1/checkout/sessions/{id}"),
    ("POST", "/v1/checkout/sessions/{id}/expire"),
    ("GET", "/v1/payment_intents/{id}"),
    ("POST", "/v1/refunds"),
    ("GET", "/v1/refunds"),
    ("GET", "/v1/disputes"),
    ("GET", "/v1/events"),
    ("DELETE", "/v1/customers/{id}"),
]
REFUSALS = [None, TimeoutError("slow"), smtplib.SMTPServerDisconnected("gone")]
ONE_TRY_OR_ALL = st.sampled_from([1, 3])  # the SDK tries three times
DAY = 24 * 60

# What may happen while the shop waits for Stripe or for the mail server: each to the newest thing.
NEXT = "Stripe moves on"
MEANWHILE: dict[str, Callable[[Any], object]] = {
    NEXT: lambda world: world.the_newest_moves_on(),
    "the buyer pays": lambda world: world.books.payable and world.pay(0),
    "it is paid by a delayed method": lambda world: (
        world.books.payable and world.pay_by_a_delayed_method(0)
    ),
    "the delayed payment fails": lambda world: (
        world.books.delayed and world.the_delayed_payment_arrives_or_fails(0, False)
    ),
    "the session expires": lambda world: (
        world.books.payable and world.the_session_expires_at_stripe(0)
    ),
    "the reconciler runs": lambda world: world.the_reconciler_runs(),
    "the buyer comes back": lambda world: world.books.sessions and world.come_back(0),
    "Buy is pressed again": lambda world: world.wishes and world.press_buy_again(0),
    "something else is bought": lambda world: world.buy(0, 1, 1),
    "staff refund all": lambda world: world.refundable_orders and world.refund(0, 1),
    "Refund is pressed again": lambda world: world.refund_form and world.press_refund_again(None),
    "the dashboard refunds all": lambda world: (
        world.books.refundable and world.refund_in_the_dashboard(0, 1, False)
    ),
    "the refund comes back": lambda world: (
        world.refunds_that_may_fail and world.the_refund_comes_back(0)
    ),
    "the bank takes the money back": lambda world: (
        world.books.charges and world.the_bank_disputes(0, "needs_response")
    ),
    "late requests arrive": lambda world: world.late_requests_arrive(),
    "the account is deleted": lambda world: len(world.clients) > 2 and world.delete_an_account(0),
    "Stripe forgets a customer": lambda world: (
        world.books.customers and world.stripe_forgets_a_customer(0)
    ),
    "the time of the hold passes": lambda world: world.time_passes(41),
}


class Shop(Disasters, Account, StripeSide):
    """All of them together."""

    @rule(who=WHICH, what=WHICH, quantity=QUANTITY)
    def buy_and_pay(self, who: int, what: int, quantity: int) -> None:
        """As most do."""
        self.buy(who, what, quantity)
        self.look()
        if self.books.payable:
            self.pay(0)

    @precondition(lambda self: self.books.checkouts)
    @rule(minutes=st.sampled_from([1, 1, 11, 11, 41, DAY + 1]))
    def time_passes(self, minutes: int) -> None:
        self.clock.shift(timedelta(minutes=minutes))
        with store.transaction() as db:
            expire_overdue(db)

    @precondition(lambda self: self.books.events_due)
    @rule()
    def events_arrive(self) -> None:
        deliver_due()

    @precondition(lambda self: self.books.payable)
    @rule(mode=st.sampled_from(list(MODES)))
    def from_here_on_events_travel(self, mode: str) -> None:
        set_webhooks(mode)

    @precondition(lambda self: self.books.paid)
    @rule(which=WHICH)
    def old_events_come_again(self, which: int) -> None:
        resend(pick(self.books.paid, which)["id"])

    @precondition(lambda self: self.books.checkouts)
    @rule()
    def the_reconciler_runs(self) -> None:
        report = self.run(reconcile, START)
        if self.was_calm:
            assert not report.failures
            self.look()
            strays = [found for found in self.books.payable if self.memory.is_stray(found)]
            assert not strays, "nobody wants it, and it can still be paid"
            self.expect_no_news()

    def expect_no_news(self) -> None:
        """What Stripe said just now is not news: whoever reads the log would look for nothing."""
        again = self.run(reconcile, START)
        assert not self.was_calm or not +again.repaired, "the second run found something to do"

    @precondition(lambda self: self.books.payable)
    @rule(refusal=st.sampled_from(REFUSALS))
    def the_mail_server(self, refusal: Exception | None) -> None:
        MailServer.refusal = refusal

    @precondition(lambda self: not self.trouble.killed_at)
    @rule(point=st.integers(1, 6))
    def a_process_is_killed(self, point: int) -> None:
        self.trouble.killed_at = point

    @precondition(lambda self: not self.trouble.fault)
    @rule(call=st.sampled_from(CALLS), kind=st.sampled_from(list(KINDS)), times=ONE_TRY_OR_ALL)
    def the_next_process_has_trouble_with_stripe(
        self, call: tuple[str, str], kind: str, times: int
    ) -> None:
        self.trouble.fault = (*call, kind, times)

    @precondition(lambda self: not self.trouble.interrupted_at)
    @rule(
        point=st.integers(1, 4),
        acts=st.lists(st.just(NEXT) | st.sampled_from(list(MEANWHILE)), min_size=1, max_size=3),
        is_heard_of=st.booleans(),
    )
    def while_a_process_waits(self, point: int, acts: list[str], is_heard_of: bool) -> None:
        self.trouble.interrupted_at = point
        self.trouble.meanwhile = [partial(self.happen, act, is_heard_of) for act in acts]

    def happen(self, act: str, is_heard_of: bool) -> None:
        self.look()
        MEANWHILE[act](self)
        if is_heard_of:
            deliver_due()
        self.the_shop_keeps_its_promises()

    def teardown(self) -> None:
        try:
            if not sys.exc_info()[0]:
                self.come_to_rest()
        finally:
            self.travel.stop()

    def come_to_rest(self) -> None:
        """Everything is in order again, nobody does anything, and the reconciler runs."""
        self.trouble, MailServer.refusal = Trouble(), None
        set_webhooks("lost")
        self.look()
        for number, session in enumerate(self.books.delayed):
            settle(session["id"], ok=bool(number % 2))
        self.time_passes(60)
        deliver_due()
        self.the_reconciler_runs()
        at_rest = books.copy()
        self.look()
        check_at_rest(self.books, self.memory)
        self.time_passes(3 * DAY)
        deliver_due()
        assert books.copy() == at_rest, "late events changed something"
