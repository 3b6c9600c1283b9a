"""What goes wrong at Stripe while the shop is open, and what people there and at banks do.

Imported once Django is set up: the simulator's file is shared with the servers.
"""

import contextlib
import random
from collections import Counter

from stripe_simulator import store
from stripe_simulator.disputes import CLOSED, OPEN
from stripe_simulator.errors import ApiError
from stripe_simulator.faults import KINDS
from stripe_simulator.store import Document
from stripe_simulator.testing import (
    clear_faults,
    deliver_late,
    early_fraud_warning,
    fail_refund,
    foreign_session,
    inject_fault,
    move_dispute,
    move_refund,
    open_dispute,
    refund_at_stripe,
)

CALLS = [
    ("POST", "/v1/checkout/sessions"),
    ("GET", "/v1/checkout/sessions"),
    ("GET", "/v1/checkout/sessions/{id}"),
    ("POST", "/v1/checkout/sessions/{id}/expire"),
    ("POST", "/v1/refunds"),
    ("GET", "/v1/refunds"),
    ("GET", "/v1/disputes"),
]
ONE_TRY_OR_ALL = (1, 1, 3)  # the SDK tries three times


class Stripe:
    """Fails now and then, and answers some requests late; counts how often."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()

    def fails(self) -> None:
        clear_faults()  # those that nobody met: or what is rarely asked for would always fail
        method, path = random.choice(CALLS)
        inject_fault(method, path, random.choice(list(KINDS)), random.choice(ONE_TRY_OR_ALL))
        self.done["late requests"] += deliver_late()
        self.done["faults at Stripe"] += 1

    def is_well(self) -> None:
        clear_faults()
        deliver_late()

    def acts_by_itself(self) -> None:
        """Somebody at the dashboard, a bank, or another tool: at most one thing."""
        act = random.choice(ACTS)
        with contextlib.suppress(ApiError):  # Stripe refuses that now
            if act():
                self.done[act.__name__.replace("_", " ")] += 1


def one_of(kind: str, **words: str) -> Document | None:
    """One of the newest things of a kind, or none."""
    with store.transaction() as db:
        conditions = [(f"{store.field(name)} = ?", word) for name, word in words.items()]
        found = db.find(kind, *conditions, limit=30)
    return random.choice(found) if found else None


def refunds_in_the_dashboard() -> bool:
    charge = one_of("charge", status="succeeded")
    if not charge:
        return False
    left = charge["amount"] - charge["amount_refunded"]
    amount = random.choice([left, max(1, left // 2), max(1, left // 3)])
    refund_at_stripe(charge["payment_intent"], amount, pending=random.random() < 0.3)
    return True


def refunds_that_moved_on() -> bool:
    refund = one_of("refund", status="pending")
    if refund:
        move_refund(refund["id"], random.choice(["succeeded", "succeeded", "failed", "canceled"]))
    return bool(refund)


def refunds_that_came_back() -> bool:
    refund = one_of("refund", status="succeeded")
    if refund and random.random() < 0.3:
        fail_refund(refund["id"])
        return True
    return False


def disputes() -> bool:
    charge = one_of("charge", status="succeeded")
    if charge and random.random() < 0.3:
        open_dispute(charge["payment_intent"], status=random.choice(OPEN))
        return True
    return False


def disputes_that_moved_on() -> bool:
    dispute = one_of("dispute")
    if dispute and dispute["status"] not in CLOSED:
        move_dispute(dispute["payment_intent"], random.choice([*OPEN, *CLOSED]))
        return True
    return False


def warnings_of_fraud() -> bool:
    charge = one_of("charge", status="succeeded")
    if charge and random.random() < 0.2:
        early_fraud_warning(charge["payment_intent"])
        return True
    return False


def sales_of_another_tool() -> bool:
    metadata = random.choice([{}, {"shop": "another"}, {"checkout": "7", "buyer": "é" * 300}])
    foreign_session(metadata, paid=random.random() < 0.7)
    return True


ACTS = [
    refunds_in_the_dashboard,
    refunds_that_moved_on,
    refunds_that_came_back,
    disputes,
    disputes_that_moved_on,
    warnings_of_fraud,
    sales_of_another_tool,
]
