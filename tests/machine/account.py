"""Whoever else uses the same Stripe account: other tools, another shop, and people who type."""

from uuid import uuid4

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from stripe_simulator import store
from stripe_simulator.testing import (
    deliver_late,
    edit_metadata,
    emit,
    foreign_payment,
    foreign_refund,
    foreign_session,
    set_nulls,
    set_strict_bodies,
)
from tests.machine.world import WHICH, World, pick

ODD_WORDS = ["", "0", "-1", "null", "None", "é" * 400, "a-b-c", "12345678901234567890", "{}"]
NO_OBJECTS = [
    {"object": "balance"},
    {"object": "refund", "status": None, "payment_intent": None},
    {"object": "charge", "id": "ch_3Other", "payment_intent": None},
    {"object": "dispute", "id": "du_1Other", "payment_intent": 5},
]
EVENT_TYPES = [
    *("balance.available", "refund.updated", "charge.refunded", "charge.dispute.created"),
    *("radar.early_fraud_warning.created", "payment_intent.created", "of.a.type.to.come"),
]


def metadata_of_others() -> st.SearchStrategy[dict[str, str]]:
    """Any words under the names that this shop uses, but never this shop's key."""
    words = st.sampled_from(ODD_WORDS) | st.uuids().map(str)
    return st.dictionaries(st.sampled_from(["shop", "checkout", "buyer", "refund", "site"]), words)


class Account(World):
    @rule(metadata=metadata_of_others(), paid=st.booleans())
    def another_tool_sells_something(self, metadata: dict[str, str], paid: bool) -> None:
        foreign_session(metadata, paid=paid)

    @precondition(lambda self: self.books.checkouts)
    @rule(which=WHICH, paid=st.booleans())
    def another_shop_names_our_checkout(self, which: int, paid: bool) -> None:
        """Both were made from the same copy, say; its key tells them apart."""
        checkout = pick(self.books.checkouts, which)
        if checkout.stripe_session_id:
            metadata = {
                "shop": str(uuid4()),
                "checkout": str(checkout.pk),
                "site": "https://b.test",
            }
            foreign_session(metadata, paid=paid)

    @rule(metadata=metadata_of_others(), is_refunded=st.booleans())
    def another_tool_is_paid(self, metadata: dict[str, str], is_refunded: bool) -> None:
        payment = foreign_payment(metadata)
        if is_refunded:
            foreign_refund(metadata, payment_intent_id=payment["id"])

    @precondition(lambda self: self.books.refundable)
    @rule(which=WHICH, metadata=metadata_of_others())
    def another_tool_refunds_our_payment(self, which: int, metadata: dict[str, str]) -> None:
        charge = pick(self.books.refundable, which)
        foreign_refund(metadata, payment_intent_id=charge["payment_intent"], amount=1)

    @rule(kind=st.sampled_from(EVENT_TYPES), subject=st.sampled_from(NO_OBJECTS))
    def an_event_of_any_kind(self, kind: str, subject: dict[str, object]) -> None:
        emit(kind, dict(subject))

    @precondition(lambda self: self.books.sessions)
    @rule(
        which=WHICH,
        key=st.sampled_from(["shop", "checkout", "buyer"]),
        word=st.sampled_from(ODD_WORDS),
    )
    def someone_edits_the_metadata(self, which: int, key: str, word: str) -> None:
        session = pick(self.books.sessions, which)
        self.memory.edited.add(session["id"])
        edit_metadata(session["id"], {key: word})

    @precondition(lambda self: self.books.refunds)
    @rule(which=WHICH, word=st.sampled_from(ODD_WORDS))
    def someone_edits_a_refund(self, which: int, word: str) -> None:
        edit_metadata(pick(self.books.refunds, which)["id"], {"refund": word})

    @rule(on=st.booleans())
    def stripe_leaves_out_what_may_be_null(self, on: bool) -> None:
        set_nulls(on)
        self.memory.had_nulls |= on

    @rule(on=st.booleans())
    def stripe_compares_bodies_byte_by_byte(self, on: bool) -> None:
        set_strict_bodies(on)

    @precondition(lambda self: self.books.requests_late)
    @rule()
    def late_requests_arrive(self) -> None:
        deliver_late()

    @precondition(lambda self: self.books.sessions and not self.memory.forgotten)
    @rule()
    def the_key_is_of_another_account(self) -> None:
        """Or its test data was deleted: whatever was there, Stripe has never heard of."""
        self.memory.forgotten |= {session["id"] for session in self.books.sessions}
        with store.transaction() as db:
            for table in ("objects", "idempotency", "deliveries", "late"):
                db.execute(f"DELETE FROM {table}")  # noqa: S608
