"""What Stripe's objects say, as plain values, read tolerantly: nothing in here raises.

Fields that Stripe calls nullable may be null or absent, its words may be new ones, its texts longer
than a column. Other tools share the account, and people type into dashboards: metadata may hold
anything. What cannot be read is empty here, and what is too long is cut to what a column holds.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from django.utils import timezone

ID_LENGTH = 255
CUSTOMER_ID = re.compile(r"cus_[A-Za-z0-9]+")
EMAIL_LENGTH = 254
NAME_LENGTH = 255
PRODUCT_NAME_LENGTH = 150
DELIVERY_NAME_LENGTH = 100
ADDRESS_LINE_LENGTH = 500
WORD_LENGTH = 100
# Stripe's amounts have at most twelve digits, its quantities six. What is odd is cut well below
# what a column holds: the sum of many orders fits in one, too.
MAX_AMOUNT_CENTS = 10**15
MAX_QUANTITY = 999_999
MAX_DAYS = 99
LAST_MOMENT = 253_402_214_400  # the last day of 9999, where datetime ends in every time zone


class State(Enum):
    """Where a Checkout Session stands."""

    OPEN = "open"  # can still be paid
    PROCESSING = "processing"  # confirmed, and the money is not here yet
    PAID = "paid"
    ENDED = "ended"  # expired, or a delayed payment did not arrive


@dataclass(frozen=True)
class SessionLine:
    product_name: str
    quantity: int
    unit_price_cents: int
    product_id: int | None


@dataclass(frozen=True)
class Session:
    """A Checkout Session of Stripe as it is now; amounts in the currency's minor unit."""

    id: str
    url: str  # empty once it cannot be paid any more
    state: State
    is_failed: bool  # ended because a delayed payment did not arrive
    shop_key: str  # which shop made it: other shops and tools may share the account
    checkout_id: UUID | None
    buyer_key: UUID | None
    customer_id: str
    email: str
    currency: str
    subtotal_cents: int
    discount_cents: int
    shipping_cents: int
    tax_cents: int
    total_cents: int
    payment_intent_id: str | None
    confirmed_at: datetime  # when the buyer paid; a delayed method's money comes later
    shipping_name: str
    shipping_address: str
    shipping_country: str
    delivery_option: int | None  # which of ours was chosen; its name as Stripe's page showed it
    delivery_name: str
    delivery_days: tuple[int, int]  # working days, at least and at most; 0 where nothing is said
    lines: list[SessionLine]


@dataclass(frozen=True)
class RefundState:
    """A refund at Stripe; the status is one of Stripe's words, or one that is new to us."""

    id: str
    our_id: UUID | None
    payment_intent_id: str
    amount_cents: int
    reason: str
    status: str


@dataclass(frozen=True)
class DisputeState:
    """A dispute at Stripe; the status is one of Stripe's words, or one that is new to us."""

    id: str
    payment_intent_id: str
    amount_cents: int
    status: str
    due_by: datetime | None  # until when staff may answer
    is_charge_refundable: bool
    created_at: datetime


@dataclass(frozen=True)
class Event:
    id: str
    type: str
    object_id: str
    payment_intent_id: str = ""
    livemode: bool = False
    created_at: datetime = field(default_factory=timezone.now)


@dataclass(frozen=True)
class Reply:
    """How Stripe answered a question: with an object, or with a status and an error's code."""

    status: int  # HTTP's; 0 where no answer came
    error: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    clock: datetime | None = None  # when Stripe answered, by Stripe's own clock

    @property
    def is_allowed(self) -> bool:
        """Whether the key may ask this; that a thing does not exist is only said to who may."""
        return self.error in ("", "resource_missing")

    @property
    def items(self) -> list[dict[str, Any]]:
        found = self.data.get("data")
        return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def read_session(data: Any, lines: list[Any] | None = None) -> Session:
    data = as_hash(data)
    details = as_hash(data.get("total_details"))
    metadata = as_hash(data.get("metadata"))
    intent = as_hash(data.get("payment_intent"))
    charge = as_hash(intent.get("latest_charge"))
    shipping = as_hash(as_hash(data.get("collected_information")).get("shipping_details"))
    rate = as_hash(as_hash(data.get("shipping_cost")).get("shipping_rate"))
    estimate = as_hash(rate.get("delivery_estimate"))
    buyer = as_hash(data.get("customer_details"))
    state = state_of(data, intent)
    return Session(
        id=id_of(data),
        url=as_text(data.get("url"), 5000),
        state=state,
        is_failed=state is State.ENDED and data.get("status") == "complete",
        shop_key=as_text(metadata.get("shop"), WORD_LENGTH),
        checkout_id=as_uuid(metadata.get("checkout")),
        buyer_key=as_uuid(metadata.get("buyer")),
        customer_id=customer_id_of(data.get("customer")),
        email=as_text(buyer.get("email") or data.get("customer_email"), EMAIL_LENGTH),
        currency=as_text(data.get("currency"), 3),
        subtotal_cents=as_whole(data.get("amount_subtotal")),
        discount_cents=as_whole(details.get("amount_discount")),
        shipping_cents=as_whole(details.get("amount_shipping")),
        tax_cents=as_whole(details.get("amount_tax")),
        total_cents=as_whole(data.get("amount_total")),
        payment_intent_id=id_of(data.get("payment_intent")) or None,
        confirmed_at=as_moment(charge.get("created")) or moment_of(data),
        shipping_name=as_text(shipping.get("name"), NAME_LENGTH),
        shipping_address=address_label(as_hash(shipping.get("address"))),
        shipping_country=as_text(as_hash(shipping.get("address")).get("country"), 2).upper(),
        delivery_option=as_row_id(as_hash(rate.get("metadata")).get("option")),
        delivery_name=as_text(rate.get("display_name"), DELIVERY_NAME_LENGTH),
        delivery_days=(
            working_days(estimate.get("minimum")),
            working_days(estimate.get("maximum")),
        ),
        lines=[read_line(line) for line in lines or []],
    )


def state_of(session: Mapping[str, Any], intent: Mapping[str, Any]) -> State:
    """A word that we do not know counts as "not yet": nothing is released or handed over for it."""
    match session.get("status"):
        case "expired":
            return State.ENDED
        case "complete":
            paid = session.get("payment_status") in ("paid", "no_payment_required")
            if paid or intent.get("status") == "succeeded":
                return State.PAID
            # Only of a complete session: after a declined card it is open and can still be paid.
            failed = intent.get("status") in ("requires_payment_method", "canceled")
            return State.ENDED if failed else State.PROCESSING
    return State.OPEN


def read_line(data: Any) -> SessionLine:
    data = as_hash(data)
    quantity = max(1, as_whole(data.get("quantity"), MAX_QUANTITY))
    price = as_hash(data.get("price")).get("unit_amount")
    whole_line = as_whole(data.get("amount_subtotal"))
    return SessionLine(
        product_name=as_text(data.get("description"), PRODUCT_NAME_LENGTH) or "Unnamed product",
        quantity=quantity,
        unit_price_cents=whole_line // quantity if price is None else as_whole(price),
        product_id=as_row_id(as_hash(data.get("metadata")).get("product")),
    )


def read_refund(data: Any) -> RefundState:
    data = as_hash(data)
    return RefundState(
        id=id_of(data),
        our_id=as_uuid(as_hash(data.get("metadata")).get("refund")),
        payment_intent_id=id_of(data.get("payment_intent")),
        amount_cents=as_whole(data.get("amount")),
        reason=as_text(data.get("reason"), 30),
        status=as_text(data.get("status"), 20) or "pending",
    )


def read_dispute(data: Any) -> DisputeState:
    data = as_hash(data)
    return DisputeState(
        id=id_of(data),
        payment_intent_id=id_of(data.get("payment_intent")),
        amount_cents=as_whole(data.get("amount")),
        status=as_text(data.get("status"), 40),
        due_by=as_moment(as_hash(data.get("evidence_details")).get("due_by")),
        is_charge_refundable=data.get("is_charge_refundable") is not False,
        created_at=moment_of(data),
    )


def read_event(data: Any) -> Event:
    """The object of an event need not have an id: Stripe's `balance.available` has none."""
    data = as_hash(data)
    subject = as_hash(as_hash(data.get("data")).get("object"))
    return Event(
        id=id_of(data),
        type=as_text(data.get("type"), WORD_LENGTH),
        object_id=id_of(subject),
        payment_intent_id=id_of(subject.get("payment_intent")),
        livemode=data.get("livemode") is True,
        created_at=moment_of(data),
    )


def address_label(address: Mapping[str, Any]) -> str:
    """Stripe's parts as the lines of an address label."""
    part = {key: as_text(value, ADDRESS_LINE_LENGTH) for key, value in address.items()}
    city = " ".join(filter(None, (part.get("city"), part.get("state"))))
    lines = [part.get("line1"), part.get("line2"), city, part.get("postal_code")]
    return "\n".join(line for line in [*lines, part.get("country")] if line)


def working_days(data: Any) -> int:
    data = as_hash(data)
    return as_whole(data.get("value"), MAX_DAYS) if data.get("unit") == "business_day" else 0


def id_of(value: Any) -> str:
    """The id of an object, be it expanded or not."""
    return as_text(value.get("id") if isinstance(value, Mapping) else value, ID_LENGTH)


def customer_id_of(value: Any) -> str:
    """It goes into the address of a call: what has not the form of one is none."""
    found = id_of(value)
    return found if CUSTOMER_ID.fullmatch(found) else ""


def as_hash(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def as_text(value: Any, at_most: int) -> str:
    """Without what PostgreSQL refuses: NUL, and halves of characters that JSON can carry."""
    if not isinstance(value, str):
        return ""
    whole = value.encode("utf-8", "replace").decode("utf-8")
    return whole.replace("\0", "")[:at_most]


def as_whole(value: Any, at_most: int = MAX_AMOUNT_CENTS) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        return 0
    return min(max(value, 0), at_most)


def as_row_id(value: Any) -> int | None:
    """An id of a row of ours, which went to Stripe as text."""
    text = as_text(value, WORD_LENGTH)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def as_uuid(value: Any) -> UUID | None:
    try:
        return UUID(as_text(value, WORD_LENGTH))
    except ValueError:
        return None


def as_moment(value: Any) -> datetime | None:
    """Stripe's seconds, if a calendar holds them."""
    return datetime.fromtimestamp(value, UTC) if 0 < as_whole(value) < LAST_MOMENT else None


def moment_of(data: Mapping[str, Any]) -> datetime:
    return as_moment(data.get("created")) or timezone.now()
