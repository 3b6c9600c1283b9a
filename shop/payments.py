"""The shop's only door to Stripe: plain values go in and come out, a few errors of our own.

What Stripe promises, and the traps that shaped this file: docs/payments.md.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import stripe
from django.conf import settings

from shop.models import Checkout

logger = logging.getLogger(__name__)

# Otherwise the SDK writes a file into the home directory and sends its id with every call.
stripe.enable_telemetry = False


class PaymentError(Exception):
    """Stripe could not be asked, or did not answer in time: what it did is not known."""


class PaymentRefused(PaymentError):
    """Stripe answered and refused: nothing was done."""


class SessionUnknown(PaymentRefused):
    """There is no such session in the Stripe account whose key is set."""


class BadSignature(Exception):
    """A webhook that Stripe did not sign, or that is not an event."""


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
    url: str | None
    status: str  # open, complete, expired
    is_paid: bool
    is_failed: bool  # a delayed payment that did not arrive
    is_ours: bool  # other applications may share the Stripe account
    checkout_id: UUID | None
    user_id: int | None
    email: str
    currency: str
    subtotal_cents: int
    discount_cents: int
    shipping_cents: int
    tax_cents: int
    total_cents: int
    payment_intent_id: str | None
    paid_at: datetime
    shipping_name: str
    shipping_address: str
    lines: list[SessionLine]


@dataclass(frozen=True)
class RefundState:
    """A refund at Stripe; the status is one of Stripe's words."""

    id: str
    our_id: UUID | None
    amount_cents: int
    reason: str
    status: str


@dataclass(frozen=True)
class Event:
    id: str
    type: str
    object_id: str
    payment_intent_id: str = ""
    livemode: bool = False


@lru_cache(maxsize=1)
def _client(key: str, api_base: str, simulated: bool) -> stripe.StripeClient:
    http_client: stripe.HTTPClient
    if simulated:
        from stripe_simulator.transport import SimulatorTransport

        key, http_client = "sk_test_simulated", SimulatorTransport()
    else:
        # Seconds to connect and to read; the SDK's default of 80 would tie up every worker.
        http_client = stripe.RequestsClient(timeout=(3, 10))
    return stripe.StripeClient(
        key,
        base_addresses={"api": api_base},
        http_client=http_client,
        max_network_retries=2,
    )


@contextmanager
def _stripe(act: str, reference: object) -> Iterator[stripe.StripeClient]:
    """The client, with Stripe's errors turned into ours and logged without personal data."""
    try:
        yield _client(
            settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, settings.STRIPE_SIMULATED
        )
    except stripe.StripeError as error:
        # Never the error's args: since SDK 16.1 they hold whole bodies.
        logger.warning(
            "Stripe: %s failed for %s: %s %s, request %s",
            act,
            reference,
            type(error).__name__,
            error.code or error.http_status or "",
            error.request_id or "unknown",
        )
        raise _error_class(error)(f"{act} failed") from error


def _error_class(error: stripe.StripeError) -> type[PaymentError]:
    if error.code == "resource_missing":
        return SessionUnknown
    refused = isinstance(error, stripe.InvalidRequestError | stripe.CardError)
    return PaymentRefused if refused else PaymentError


def create_session(checkout: Checkout) -> Session:
    """Make the Checkout Session of an open checkout, or get it again: it may be repeated.

    The parameters are stored with the checkout and its id is the idempotency key, so a repetition
    within 24 hours answers with the same session. Raises PaymentRefused, PaymentError.
    """
    with _stripe("create session", checkout.pk) as client:
        session = client.v1.checkout.sessions.create(
            params=checkout.session_params,
            options={"idempotency_key": f"checkout-{checkout.pk}"},
        )
    return _session(session)


def retrieve_session(session_id: str) -> Session:
    """The session as Stripe sees it now, with its lines. Raises PaymentRefused, PaymentError."""
    with _stripe("retrieve session", session_id) as client:
        session = client.v1.checkout.sessions.retrieve(
            session_id,
            params={"expand": ["line_items", "payment_intent.latest_charge"]},
        )
        lines = session.line_items
        items = list(lines.auto_paging_iter()) if lines else []
    return _session(session, items)


def expire_session(session_id: str) -> None:
    """End an open session. Raises PaymentRefused when it is not open any more: ask what it is."""
    with _stripe("expire session", session_id) as client:
        client.v1.checkout.sessions.expire(session_id)


def session_id_of_payment(payment_intent_id: str) -> str | None:
    """The session that a payment was made in; None for a payment without one."""
    with _stripe("find session", payment_intent_id) as client:
        found = client.v1.checkout.sessions.list({"payment_intent": payment_intent_id, "limit": 1})
    return found.data[0].id if found.data else None


def is_disputed(payment_intent_id: str) -> bool:
    """Whether the payment was ever disputed with the buyer's bank."""
    with _stripe("retrieve payment", payment_intent_id) as client:
        intent = client.v1.payment_intents.retrieve(
            payment_intent_id, {"expand": ["latest_charge"]}
        )
    charge = intent.to_dict()["latest_charge"]
    return bool(charge and charge["disputed"])


def create_refund(refund_id: UUID, payment_intent_id: str, amount_cents: int, reason: str) -> None:
    """Give money back. May be repeated: the id is the idempotency key.

    Raises PaymentRefused (more than is left, say) and PaymentError.
    """
    params: dict[str, Any] = {
        "payment_intent": payment_intent_id,
        "amount": amount_cents,
        "metadata": {"refund": str(refund_id)},
    }
    if reason:
        params["reason"] = reason
    with _stripe("refund", refund_id) as client:
        client.v1.refunds.create(
            params=params,  # type: ignore[arg-type]
            options={"idempotency_key": f"refund-{refund_id}"},
        )


def list_refunds(payment_intent_id: str) -> list[RefundState]:
    """All refunds of a payment, oldest first."""
    with _stripe("list refunds", payment_intent_id) as client:
        found = client.v1.refunds.list({"payment_intent": payment_intent_id, "limit": 100})
        refunds = [_refund(refund) for refund in found.auto_paging_iter()]
    return refunds[::-1]


def paid_session_ids(since: datetime) -> list[str]:
    """Our sessions made since then that are paid."""
    with _stripe("list sessions", since) as client:
        found = client.v1.checkout.sessions.list(
            {"created": {"gte": int(since.timestamp())}, "status": "complete", "limit": 100}
        )
        sessions = [_session(session) for session in found.auto_paging_iter()]
    return [session.id for session in sessions if session.is_ours and session.is_paid]


def refunds_by_payment(since: datetime) -> dict[str, list[RefundState]]:
    """Payments refunded since then, ours or not, with those refunds."""
    refunds: dict[str, list[RefundState]] = {}
    with _stripe("list refunds", since) as client:
        found = client.v1.refunds.list({"created": {"gte": int(since.timestamp())}, "limit": 100})
        for refund in found.auto_paging_iter():
            refunds.setdefault(str(refund.payment_intent), []).append(_refund(refund))
    return refunds


def disputed_payment_ids(since: datetime) -> set[str]:
    """Payments disputed since then, ours or not. Stripe keeps these events for 30 days."""
    with _stripe("list disputes", since) as client:
        found = client.v1.events.list(
            {
                "types": ["charge.dispute.created"],
                "created": {"gte": int(since.timestamp())},
                "limit": 100,
            }
        )
        return {
            str(event.data.object.to_dict()["payment_intent"]) for event in found.auto_paging_iter()
        }


def parse_event(body: bytes, signature: str) -> Event:
    """The event in a webhook's raw body; raises BadSignature unless Stripe signed just this."""
    client = _client(
        settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, settings.STRIPE_SIMULATED
    )
    try:
        event = client.construct_event(body, signature, settings.STRIPE_WEBHOOK_SECRET)
        if event.object != "event":
            raise ValueError("no event")
        subject = event.data.object.to_dict()
        return Event(
            id=event.id,
            type=event.type,
            livemode=event.livemode,
            object_id=subject["id"],
            payment_intent_id=subject.get("payment_intent") or "",
        )
    # The SDK lets all of these through for bodies and headers that only an attacker would send.
    except (
        stripe.SignatureVerificationError,
        ValueError,
        TypeError,
        AttributeError,
        KeyError,
    ) as error:
        raise BadSignature("not signed by Stripe") from error


def is_live() -> bool:
    """Whether the key moves real money; events of the other mode are not for this shop."""
    return "_live_" in settings.STRIPE_SECRET_KEY


def dashboard_url(payment_intent_id: str) -> str:
    """Where staff see the payment at Stripe; nothing for a simulated one or none."""
    if settings.STRIPE_SIMULATED or not payment_intent_id:
        return ""
    mode = "" if is_live() else "test/"
    return f"https://dashboard.stripe.com/{mode}payments/{payment_intent_id}"


def _session(session: stripe.checkout.Session, items: list[Any] | None = None) -> Session:
    data = session.to_dict()
    details = data["total_details"] or {}
    metadata = data["metadata"] or {}
    is_ours = metadata.get("site") == settings.SITE_URL
    intent = data["payment_intent"]
    charge = intent.get("latest_charge") if isinstance(intent, dict) else None
    shipping = (data.get("collected_information") or {}).get("shipping_details") or {}
    return Session(
        id=data["id"],
        url=data["url"],
        status=data["status"],
        is_paid=data["status"] == "complete" and data["payment_status"] != "unpaid",
        # Only once the session is complete: after a declined card it is open and can still be paid.
        is_failed=data["status"] == "complete"
        and isinstance(intent, dict)
        and intent["status"] in ("requires_payment_method", "canceled"),
        is_ours=is_ours,
        checkout_id=UUID(metadata["checkout"]) if is_ours else None,
        user_id=int(metadata["user"]) if is_ours and metadata["user"] else None,
        email=(data["customer_details"] or {}).get("email") or data["customer_email"] or "",
        currency=data["currency"],
        subtotal_cents=data["amount_subtotal"],
        discount_cents=details.get("amount_discount", 0),
        shipping_cents=details.get("amount_shipping", 0),
        tax_cents=details.get("amount_tax", 0),
        total_cents=data["amount_total"],
        payment_intent_id=intent["id"] if isinstance(intent, dict) else intent,
        paid_at=datetime.fromtimestamp((charge or data)["created"], UTC),
        shipping_name=shipping.get("name") or "",
        shipping_address=_address(shipping.get("address") or {}),
        lines=[_line(item) for item in items or []],
    )


def _line(item: Any) -> SessionLine:
    data = item.to_dict()
    product_id = (data["metadata"] or {}).get("product", "")
    return SessionLine(
        product_name=data["description"],
        quantity=data["quantity"],
        unit_price_cents=data["price"]["unit_amount"],
        product_id=int(product_id) if product_id.isdecimal() else None,
    )


def _refund(refund: stripe.Refund) -> RefundState:
    data = refund.to_dict()
    our_id = (data["metadata"] or {}).get("refund")
    return RefundState(
        id=data["id"],
        our_id=UUID(our_id) if our_id else None,
        amount_cents=data["amount"],
        reason=data["reason"] or "",
        status=data["status"],
    )


def _address(address: dict[str, str | None]) -> str:
    """Stripe's parts as lines of an address label."""
    city = " ".join(filter(None, (address.get("city"), address.get("state"))))
    lines = [address.get("line1"), address.get("line2"), city, address.get("postal_code")]
    return "\n".join(line for line in [*lines, address.get("country")] if line)


# What `manage.py check_stripe` asks. Nothing of the shop's own work goes through here.

API_VERSION = stripe.api_version


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


def ask(method: str, path: str, **params: Any) -> Reply:
    """Stripe's answer to one question, a refusal too; nothing is raised for either."""
    with _stripe("check", path) as client:
        try:
            answer = client.raw_request(method, path, **params)
        # An answer is what was asked for, whatever it is: _stripe would log a warning.
        except stripe.StripeError as error:
            kind = error.code or type(error).__name__
            return Reply(error.http_status or 0, kind, clock=_clock(error.headers or {}))
        data = answer.data if isinstance(answer.data, dict) else {}
        return Reply(answer.code, "" if data else "no object", data, _clock(answer.headers))


def _clock(headers: Mapping[str, str]) -> datetime | None:
    try:
        return parsedate_to_datetime(headers["Date"]).replace(tzinfo=UTC)
    except (KeyError, ValueError):
        return None
