"""What happens at Stripe: buyers at its page, their banks, and staff in its dashboard."""

import contextlib

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from stripe_simulator.disputes import CLOSED, INQUIRY, OPEN
from stripe_simulator.testing import (
    DECLINED,
    PAYS,
    ApiError,
    apply_promotion_code,
    choose_shipping,
    delete_customer,
    early_fraud_warning,
    expire,
    fail_refund,
    move_dispute,
    move_refund,
    open_dispute,
    pay,
    refund_at_stripe,
    settle,
    succeed_refund,
)
from tests.machine.world import WHICH, World, pick

DECIDED = ("succeeded", "failed", "canceled")
REFUND_STATUSES = [*DECIDED, "pending", "requires_action", "on_hold", None]
DISPUTE_STATUSES = [*OPEN, *INQUIRY]
SHIPPING = {
    "name": "A. Buyer",
    "address": {"line1": "1 Main St", "city": "Springfield", "postal_code": "12345"},
}


class StripeSide(World):
    @precondition(lambda self: self.books.payable)
    @rule(which=WHICH)
    def pay(self, which: int) -> None:
        pay(pick(self.books.payable, which)["id"], PAYS, shipping=SHIPPING)

    @precondition(lambda self: self.books.payable)
    @rule(which=WHICH, number=st.integers(0, 1))
    def choose_a_delivery(self, which: int, number: int) -> None:
        choose_shipping(pick(self.books.payable, which)["id"], number)

    @precondition(lambda self: self.books.payable)
    @rule(which=WHICH, code=st.sampled_from(["SAVE10", "FREE100", ""]))
    def use_a_promotion_code(self, which: int, code: str) -> None:
        with contextlib.suppress(ApiError):  # it leaves too little to charge
            apply_promotion_code(pick(self.books.payable, which)["id"], code)

    @precondition(lambda self: self.books.payable)
    @rule(which=WHICH)
    def pay_with_a_declined_card(self, which: int) -> None:
        with contextlib.suppress(ApiError):
            pay(pick(self.books.payable, which)["id"], DECLINED)

    @precondition(lambda self: self.books.payable)
    @rule(which=WHICH)
    def pay_by_a_delayed_method(self, which: int) -> None:
        pay(pick(self.books.payable, which)["id"], delayed=True)

    @precondition(lambda self: self.books.delayed)
    @rule(which=WHICH, arrives=st.booleans())
    def the_delayed_payment_arrives_or_fails(self, which: int, arrives: bool) -> None:
        settle(pick(self.books.delayed, which)["id"], arrives)

    @precondition(lambda self: self.books.payable)
    @rule(which=WHICH)
    def the_session_expires_at_stripe(self, which: int) -> None:
        expire(pick(self.books.payable, which)["id"])

    @precondition(lambda self: self.books.customers)
    @rule(which=WHICH)
    def stripe_forgets_a_customer(self, which: int) -> None:
        """Staff delete one in the dashboard, say."""
        delete_customer(pick(self.books.customers, which))

    @precondition(lambda self: self.books.refundable)
    @rule(which=WHICH, parts=st.integers(1, 3), pending=st.booleans())
    def refund_in_the_dashboard(self, which: int, parts: int, pending: bool) -> None:
        charge = pick(self.books.refundable, which)
        left = charge["amount"] - charge["amount_refunded"]
        refund_at_stripe(charge["payment_intent"], -(-left // parts), pending=pending)

    @precondition(lambda self: self.pending_refunds)
    @rule(which=WHICH)
    def the_refund_arrives(self, which: int) -> None:
        succeed_refund(pick(self.pending_refunds, which))

    @property
    def pending_refunds(self) -> list[str]:
        return [refund["id"] for refund in self.books.refunds if refund["status"] == "pending"]

    @precondition(lambda self: self.undecided_refunds)
    @rule(which=WHICH, status=st.sampled_from(REFUND_STATUSES))
    def a_refund_moves(self, which: int, status: str | None) -> None:
        move_refund(pick(self.undecided_refunds, which), status)

    @property
    def undecided_refunds(self) -> list[str]:
        return [found["id"] for found in self.books.refunds if found["status"] not in DECIDED]

    @precondition(lambda self: self.refunds_that_may_fail)
    @rule(which=WHICH)
    def the_refund_comes_back(self, which: int) -> None:
        fail_refund(pick(self.refunds_that_may_fail, which))

    @property
    def refunds_that_may_fail(self) -> list[str]:
        may_fail = ("pending", "requires_action", "succeeded")
        return [found["id"] for found in self.books.refunds if found["status"] in may_fail]

    @precondition(lambda self: self.books.charges)
    @rule(which=WHICH, status=st.sampled_from(DISPUTE_STATUSES))
    def the_bank_disputes(self, which: int, status: str) -> None:
        with contextlib.suppress(ApiError):  # it did already
            open_dispute(pick(list(self.books.charges), which), status=status)

    @precondition(lambda self: self.books.disputes)
    @rule(which=WHICH, status=st.sampled_from([*DISPUTE_STATUSES, *CLOSED]))
    def the_bank_moves_a_dispute(self, which: int, status: str) -> None:
        dispute = pick(self.books.disputes, which)
        if dispute["status"] not in CLOSED:
            move_dispute(dispute["payment_intent"], status)

    @precondition(lambda self: set(self.books.charges) - self.books.warned)
    @rule(which=WHICH)
    def radar_warns(self, which: int) -> None:
        early_fraud_warning(pick(sorted(set(self.books.charges) - self.books.warned), which))

    def the_newest_moves_on(self) -> None:
        """What is under way just now ends, in the way that the shop expects least."""
        newest = [*self.books.sessions[-1:], *self.books.refunds[-1:]]
        newest.sort(key=lambda thing: thing["created"])
        if newest and newest[-1]["id"] in self.refunds_that_may_fail:
            self.the_refund_comes_back(0)
        elif self.books.delayed:
            self.the_delayed_payment_arrives_or_fails(0, False)
        elif self.books.payable:
            self.pay(0)
