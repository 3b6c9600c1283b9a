"""The shop's only door to Stripe: plain values go in and come out, a few errors of our own.

How Stripe's objects are read: shop/stripe_objects.py. What Stripe promises, and the traps that
shaped these files: docs/payments.md.
"""

import json
import logging
import re
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from itertools import islice
from typing import Any
from uuid import UUID

import requests
import stripe
from django.conf import settings
from django.utils.timezone import is_aware

from shop.clock import SWITCH_ON_NTP, in_minutes, wrong_clock
from shop.models import Checkout, Shop
from shop.payment_errors import (
    AnswerIsSaved,
    BadSignature,
    CustomerUnknown,
    PaymentError,
    PaymentRefused,
    SessionUnknown,
    WrongStripe,
)
from shop.stripe_objects import (
    DisputeState,
    Event,
    RefundState,
    Reply,
    Session,
    as_hash,
    id_of,
    read_dispute,
    read_event,
    read_refund,
    read_session,
)
from shop.which_stripe import wrong_stripe

logger = logging.getLogger(__name__)

# Otherwise the SDK writes a file into the home directory and sends its id with every call.
stripe.enable_telemetry = False

SECONDS_TO_CONNECT = 3
SECONDS_TO_READ = 10  # from one byte to the next
SECONDS_ALL_TOLD = 20  # for a call, with its repetitions
SESSION_ID = re.compile(r"cs_(test|live)_[A-Za-z0-9]+", re.ASCII)
EXPANDED = ["line_items", "payment_intent.latest_charge"]  # what comes with a session
# In each process, of the eight threads that are documented: were Stripe to hang, the others would
# still serve all pages that do not need it.
MOST_AT_A_TIME = 6
SECONDS_IN_LINE = 1
in_line = threading.BoundedSemaphore(MOST_AT_A_TIME)
A_PAGE = 100  # Stripe's limit
# A payment that is older than this when we hear of it may have been a delayed one.
SOON = timedelta(hours=1)
MOST_EVENTS = 1000


class BoundedClient(stripe.RequestsClient):
    """The SDK's way over HTTP, with an end to each call as a whole.

    A timeout of `requests` starts over with each byte: a server that sends one every nine
    seconds would hold a worker for minutes. So the worker waits for a thread, and not for longer.
    """

    def __init__(self) -> None:
        session = requests.Session()
        # As many connections as a server has threads; one too many would be opened anew each time.
        session.mount("https://", requests.adapters.HTTPAdapter(pool_maxsize=40))
        super().__init__(timeout=(SECONDS_TO_CONNECT, SECONDS_TO_READ), session=session)
        self._call = threading.local()

    def request_with_retries(self, *args: Any, **kwargs: Any) -> Any:
        self._call.ends_at = time.monotonic() + SECONDS_ALL_TOLD
        return super().request_with_retries(*args, **kwargs)

    def request(self, *args: Any, **kwargs: Any) -> Any:
        answer: Future[Any] = Future()

        def ask() -> None:
            try:
                answer.set_result(super(BoundedClient, self).request(*args, **kwargs))
            except Exception as error:  # raised again where it is waited for
                answer.set_exception(error)

        threading.Thread(target=ask, daemon=True).start()
        try:
            return answer.result(self._call.ends_at - time.monotonic())
        except TimeoutError as error:
            raise stripe.APIConnectionError("no whole answer in time") from error


@lru_cache(maxsize=1)
def client_for(key: str, api_base: str, simulated: bool) -> stripe.StripeClient:
    http_client: stripe.HTTPClient
    if simulated:
        from stripe_simulator.transport import SimulatorTransport

        key, http_client = "sk_test_simulated", SimulatorTransport()
    else:
        http_client = BoundedClient()
    return stripe.StripeClient(
        key,
        base_addresses={"api": api_base},
        http_client=http_client,
        max_network_retries=2,
    )


def configured_client() -> stripe.StripeClient:
    return client_for(
        settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, settings.STRIPE_SIMULATED
    )


@contextmanager
def asking(act: str, reference: object) -> Iterator[stripe.StripeClient]:
    """The client, with Stripe's errors turned into ours and logged without personal data."""
    refuse_wrong_stripe()
    if not in_line.acquire(timeout=SECONDS_IN_LINE):
        logger.warning("Stripe: %s not tried for %s: too many wait for it", act, reference)
        raise PaymentError(f"{act} not tried")
    try:
        yield configured_client()
    except stripe.StripeError as error:
        # Never the error's args: since SDK 16.1 they hold whole bodies.
        logger.warning(
            "Stripe: %s failed for %s: %s %s %s, request %s",
            act,
            reference,
            type(error).__name__,
            error.code or error.http_status or "",
            getattr(error, "param", None) or "",
            error.request_id or "unknown",
        )
        if reason := wrong_clock(clock_of(error.headers or {})):
            logger.error("Stripe: %s", reason)
        raise our_error(error)(f"{act} failed") from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # What the SDK stumbles over: an answer that is a list, a number, half an object.
        logger.warning("Stripe: %s failed for %s: unreadable answer", act, reference)
        raise PaymentError(f"{act} failed") from error
    finally:
        in_line.release()


def our_error(error: stripe.StripeError) -> type[PaymentError]:
    if error.code == "resource_missing":
        return CustomerUnknown if getattr(error, "param", "") == "customer" else SessionUnknown
    if isinstance(error, stripe.IdempotencyError) or (error.http_status or 0) >= 500:
        return AnswerIsSaved
    refusals = (
        stripe.InvalidRequestError,
        stripe.CardError,
        stripe.AuthenticationError,
        stripe.PermissionError,
    )
    return PaymentRefused if isinstance(error, refusals) else PaymentError


def refuse_wrong_stripe() -> None:
    """Raise WrongStripe, in words, where this database's sessions are another Stripe's."""
    if reason := wrong_stripe():
        raise WrongStripe(reason)


def is_ours(session: Session) -> bool:
    """Whether this shop made the session; other shops and tools may share the Stripe account."""
    return session.shop_key == Shop.key()


def create_session(checkout: Checkout) -> Session:
    """Make the Checkout Session of an open checkout, or get it again: it may be repeated.

    The parameters are stored with the checkout and its id is the idempotency key, so a repetition
    within 24 hours answers with the same session. Raises CustomerUnknown, PaymentRefused,
    AnswerIsSaved, PaymentError.
    """
    with asking("create session", checkout.pk) as client:
        session = client.v1.checkout.sessions.create(
            params=json.loads(checkout.session_params),
            options={"idempotency_key": f"checkout-{checkout.pk}"},
        )
        return read_session(session.to_dict())


def retrieve_session(session_id: str) -> Session:
    """The session as Stripe sees it now, with its lines. Raises PaymentRefused, PaymentError."""
    if not SESSION_ID.fullmatch(session_id):
        # The SDK would call another endpoint for "", ".." and the like.
        raise SessionUnknown(f"no id of a session: {session_id[:40]!r}")
    with asking("retrieve session", session_id) as client:
        retrieve = client.v1.checkout.sessions.retrieve
        try:
            session = retrieve(session_id, {"expand": [*EXPANDED, "shipping_cost.shipping_rate"]})
        except stripe.PermissionError:
            # A restricted key that may not read shipping rates. The order matters more than which
            # delivery was chosen: staff are asked to find that out.
            session = retrieve(session_id, {"expand": EXPANDED})
        data = session.to_dict()
        lines = as_hash(data.get("line_items"))
        items = list(lines.get("data") or [])
        if lines.get("has_more"):  # only the first ten come with the session
            listed = client.v1.checkout.sessions.line_items.list(session_id, {"limit": A_PAGE})
            items = [item.to_dict() for item in listed.auto_paging_iter()]
    return read_session(data, items)


def may_be_delayed(session: Session) -> bool:
    """Whether the money may have come later than the buyer confirmed the payment."""
    return datetime.now(session.confirmed_at.tzinfo) - session.confirmed_at >= SOON


def paid_at(session: Session) -> datetime:
    """When the money came: a debit that settles after nine days belongs to that day.

    Stripe's events tell, for 30 days; before and after that it is when the buyer paid. Only of one
    that `may_be_delayed` they need to be asked. Raises PaymentError.
    """
    with asking("list events", session.id) as client:
        found = client.v1.events.list(
            {
                "types": ["checkout.session.async_payment_succeeded"],
                "created": {"gte": int(session.confirmed_at.timestamp())},
                "limit": A_PAGE,
            }
        )
        for row in islice(found.auto_paging_iter(), MOST_EVENTS):
            event = read_event(row.to_dict())
            if event.object_id == session.id:
                return event.created_at
    return session.confirmed_at


def expire_session(session_id: str) -> None:
    """End an open session. Raises PaymentRefused when it is not open any more: ask what it is."""
    with asking("expire session", session_id) as client:
        client.v1.checkout.sessions.expire(session_id)


def delete_customer(customer_id: str) -> None:
    """Delete a customer with name, address and cards; no error if Stripe knows none such.

    The payments stay: they are the account's records. Raises PaymentRefused and PaymentError.
    """
    # Stripe's word is the same for whatever is missing.
    with suppress(SessionUnknown), asking("delete customer", customer_id) as client:
        client.v1.customers.delete(customer_id)


def session_id_of_payment(payment_intent_id: str) -> str:
    """The session that a payment was made in; empty for a payment without one."""
    with asking("find session", payment_intent_id) as client:
        found = client.v1.checkout.sessions.list({"payment_intent": payment_intent_id, "limit": 1})
        return id_of(found.data[0].to_dict()) if found.data else ""


def our_sessions(since: datetime, status: str) -> list[Session]:
    """Our sessions made since then that are `open` or `complete`, without their lines."""
    with asking(f"list {status} sessions", since) as client:
        found = client.v1.checkout.sessions.list(
            {"created": {"gte": int(since.timestamp())}, "status": status, "limit": A_PAGE}
        )
        sessions = [read_session(session.to_dict()) for session in found.auto_paging_iter()]
    key = Shop.key()
    return [session for session in sessions if session.id and session.shop_key == key]


def create_refund(refund_id: UUID, payment_intent_id: str, amount_cents: int, reason: str) -> str:
    """Give money back; Stripe's id of the refund. May be repeated: our id is the idempotency key.

    Raises PaymentRefused (more than is left, say), AnswerIsSaved and PaymentError.
    """
    params: dict[str, Any] = {
        "payment_intent": payment_intent_id,
        "amount": amount_cents,
        "metadata": {"refund": str(refund_id)},
    }
    if reason:
        params["reason"] = reason
    with asking("refund", refund_id) as client:
        made = client.v1.refunds.create(
            params=params,  # type: ignore[arg-type]
            options={"idempotency_key": f"refund-{refund_id}"},
        )
        return made.id


def list_refunds(payment_intent_id: str) -> list[RefundState]:
    """All refunds of a payment, oldest first."""
    with asking("list refunds", payment_intent_id) as client:
        found = client.v1.refunds.list({"payment_intent": payment_intent_id, "limit": A_PAGE})
        refunds = [read_refund(refund.to_dict()) for refund in found.auto_paging_iter()]
    return [refund for refund in refunds[::-1] if refund.id]


def refunds_by_payment(since: datetime) -> dict[str, list[RefundState]]:
    """Payments refunded since then, ours or not, with those refunds."""
    refunds: dict[str, list[RefundState]] = {}
    with asking("list refunds", since) as client:
        found = client.v1.refunds.list(
            {"created": {"gte": int(since.timestamp())}, "limit": A_PAGE}
        )
        for row in found.auto_paging_iter():
            refund = read_refund(row.to_dict())
            refunds.setdefault(refund.payment_intent_id, []).append(refund)
    return refunds


def list_disputes(payment_intent_id: str) -> list[DisputeState]:
    """All disputes of a payment, oldest first: inquiries of the bank too."""
    with asking("list disputes", payment_intent_id) as client:
        found = client.v1.disputes.list({"payment_intent": payment_intent_id, "limit": A_PAGE})
        disputes = [read_dispute(dispute.to_dict()) for dispute in found.auto_paging_iter()]
    return [dispute for dispute in disputes[::-1] if dispute.id]


def disputes_since(since: datetime) -> list[DisputeState]:
    """Disputes begun since then, of our payments or not."""
    with asking("list disputes", since) as client:
        found = client.v1.disputes.list(
            {"created": {"gte": int(since.timestamp())}, "limit": A_PAGE}
        )
        return [read_dispute(dispute.to_dict()) for dispute in found.auto_paging_iter()]


def has_fraud_warning(payment_intent_id: str) -> bool:
    """Whether Radar was warned by the card's network that the payment may be fraudulent."""
    with asking("list fraud warnings", payment_intent_id) as client:
        found = client.v1.radar.early_fraud_warnings.list(
            {"payment_intent": payment_intent_id, "limit": 1}
        )
        return bool(found.data)


def payments_with_fraud_warning(since: datetime) -> set[str]:
    """Payments, ours or not, of which Radar has warned since then."""
    with asking("list fraud warnings", since) as client:
        found = client.v1.radar.early_fraud_warnings.list(
            {"created": {"gte": int(since.timestamp())}, "limit": A_PAGE}
        )
        warnings = [as_hash(warning.to_dict()) for warning in found.auto_paging_iter()]
    return {id_of(warning.get("payment_intent")) for warning in warnings}


def parse_event(body: bytes, signature: str) -> Event:
    """The event in a webhook's raw body; raises BadSignature unless Stripe signed just this."""
    try:
        event = configured_client().construct_event(body, signature, settings.STRIPE_WEBHOOK_SECRET)
        data = event.to_dict()
        found = read_event(data)
        has_object = isinstance(as_hash(data.get("data")).get("object"), Mapping)
        if event.object != "event" or not (found.id and found.type and has_object):
            raise ValueError("no event")
        return found
    except stripe.SignatureVerificationError as error:
        raise BadSignature(why_not_signed(body, signature)) from error
    # The SDK lets all of these through for bodies and headers that only an attacker would send.
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise BadSignature(f"{len(body)} bytes that are no event of Stripe's") from error


def why_not_signed(body: bytes, signature: str) -> str:
    """A signature that is right but for its time: an old event, or a clock that is ahead."""
    try:
        stripe.WebhookSignature.verify_header(body, signature, settings.STRIPE_WEBHOOK_SECRET)
    except stripe.SignatureVerificationError:
        return f"{len(body)} bytes that Stripe did not sign"
    (signed_at, *_) = re.findall(r"\bt=(\d+)", signature) or ["0"]
    age = in_minutes(time.time() - int(signed_at))
    return (
        f"Stripe signed it {age} ago by this machine's clock. If the event is not that old, the "
        f"clock is ahead. {SWITCH_ON_NTP}"
    )


def is_live() -> bool:
    """Whether the key moves real money; events of the other mode are not for this shop."""
    return "_live_" in settings.STRIPE_SECRET_KEY


def dashboard_url(payment_intent_id: str) -> str:
    """Where staff see the payment at Stripe; nothing for a simulated one or none."""
    if settings.STRIPE_SIMULATED or not payment_intent_id:
        return ""
    mode = "" if is_live() else "test/"
    return f"https://dashboard.stripe.com/{mode}payments/{payment_intent_id}"


# What `manage.py check_stripe` asks. Nothing of the shop's own work goes through here.

API_VERSION = stripe.api_version


def ask(method: str, path: str, **params: Any) -> Reply:
    """Stripe's answer to one question, a refusal too; nothing is raised for either."""
    with asking("check", path) as client:
        try:
            answer = client.raw_request(method, path, **params)
        # An answer is what was asked for, whatever it is: asking() would log a warning.
        except stripe.StripeError as error:
            kind = error.code or type(error).__name__
            return Reply(error.http_status or 0, kind, clock=clock_of(error.headers or {}))
        data = answer.data if isinstance(answer.data, dict) else {}
        return Reply(answer.code, "" if data else "no object", data, clock_of(answer.headers))


def clock_of(headers: Mapping[str, str]) -> datetime | None:
    try:
        moment = parsedate_to_datetime(headers.get("Date", ""))
    except ValueError:
        return None
    return moment if is_aware(moment) else moment.replace(tzinfo=UTC)  # "-0000" names no zone
