"""What people do at Stripe: pay, let a session expire, refund, dispute.

One act, one function: the API, the hosted page, the developers' page and tests all call these.
An act that Stripe would refuse raises ApiError and changes nothing (a declined card leaves its
failed charge behind, as it does at Stripe).
"""

from . import money, objects, store
from .cards import CARDS, PAYS
from .errors import ApiError, card_error, missing, refused
from .events import emit
from .objects import PROMOTION_CODES, customer_details, new_id, price, public
from .store import Document, Store, field

NOT_CONFIRMED = "Your bank did not confirm this payment. Try again or use another card."
RETURNED = "The bank debit was returned."


def open_session(db: Store, session_id: str) -> Document:
    expire_overdue(db)
    session = db.require("checkout.session", session_id, "session")
    if session["status"] != "open":
        raise refused(f"This Checkout Session is {session['status']}: it cannot be paid any more.")
    return session


def pay(
    session_id: str,
    card: str = PAYS,
    *,
    delayed: bool = False,
    authenticated: bool | None = None,
    email: str | None = None,
    name: str | None = None,
    shipping: Document | None = None,
    shipping_option: int | None = None,
    webhooks: str | None = None,
) -> Document:
    """Pay an open session by card, or by bank debit when `delayed`, and return it.

    A card that asks for confirmation leaves the session open until it is paid again with
    `authenticated`. `shipping` is {"name": ..., "address": {...}}, `shipping_option` counts
    the session's from 0; `webhooks` is one of events.MODES for the events of this payment.
    Raises ApiError when the card is declined.
    """
    with store.transaction() as db:
        if shipping_option is not None:
            choose_shipping(session_id, shipping_option)
        session = open_session(db, session_id)
        db.webhooks = session["_webhooks"] = webhooks or session["_webhooks"]
        _remember_customer(session, email, name)
        if shipping:
            session["collected_information"] = {
                "business_name": None,
                "individual_name": None,
                "shipping_details": shipping,
            }
        if session["amount_total"] == 0:
            _complete(db, session, "no_payment_required")
            return public(session)
        refusal = _attempt(db, session, card.replace(" ", ""), delayed, authenticated)
    if refusal:
        raise refusal
    return public(session)


def _remember_customer(session: Document, email: str | None, name: str | None) -> None:
    known = session["customer_details"] or {}
    session["customer_details"] = customer_details(
        email or known.get("email"), name or known.get("name") or "Test Shopper"
    )


def _attempt(
    db: Store, session: Document, number: str, delayed: bool, authenticated: bool | None
) -> ApiError | None:
    intent = db.get("payment_intent", session["payment_intent"]) or objects.payment_intent(session)
    intent |= {"amount": session["amount_total"], "shipping": _shipping(session)}
    session["payment_intent"] = intent["id"]
    card = CARDS[number]
    refusal = None
    if delayed:
        charge(db, intent, session, None)
        intent["status"] = "processing"
        _complete(db, session, "unpaid")
    elif card.needs_confirmation and authenticated is None:
        intent["status"] = "requires_action"
    elif card.needs_confirmation and not authenticated:
        refusal = card_error(NOT_CONFIRMED, "payment_intent_authentication_failure")
    elif card.decline_code:
        refusal = card_error(card.complaint, "card_declined", card.decline_code)
        charge(db, intent, session, number)
        _fail_charge(db, intent, refusal)
    else:
        charge(db, intent, session, number)
        receive(db, intent)
        _complete(db, session, "paid")
    if refusal:
        _fail(db, intent, refusal)
    db.put(intent | {"customer": session["customer"]})
    db.put(session)
    return refusal


def _shipping(session: Document) -> Document | None:
    details = (session["collected_information"] or {}).get("shipping_details")
    return details and details | dict.fromkeys(("carrier", "phone", "tracking_number"))


def charge(db: Store, intent: Document, session: Document, number: str | None) -> None:
    """Charge a card, or a bank account when there is no number; the money is still to come."""
    made = objects.charge(intent, session, number)
    intent |= {"latest_charge": made["id"], "payment_method": made["payment_method"]}
    db.put(made)


def receive(db: Store, intent: Document) -> None:
    """Let the money of the intent's charge arrive."""
    charge = db.require("charge", intent["latest_charge"])
    charge |= {"status": "succeeded", "paid": True, "captured": True}
    charge["amount_captured"] = charge["amount"]
    intent |= {"status": "succeeded", "amount_received": intent["amount"]}
    intent["last_payment_error"] = None
    db.put(charge)
    db.put(intent)
    emit(db, "charge.succeeded", charge)
    emit(db, "payment_intent.succeeded", intent)


def _complete(db: Store, session: Document, payment_status: str) -> None:
    session |= {"status": "complete", "payment_status": payment_status, "url": None}
    if session["customer_creation"] == "always":
        details = session["customer_details"]
        customer = objects.customer({"email": details["email"], "name": details["name"]})
        session["customer"] = customer["id"]
        db.put(customer)
    db.put(session)
    emit(db, "checkout.session.completed", session)


def _fail(db: Store, intent: Document, error: ApiError) -> None:
    intent |= {"status": "requires_payment_method", "payment_method": None}
    intent["last_payment_error"] = error.error
    db.put(intent)
    emit(db, "payment_intent.payment_failed", intent)


def _fail_charge(db: Store, intent: Document, error: ApiError) -> None:
    charge = db.require("charge", intent["latest_charge"])
    reason = error.error.get("decline_code", "insufficient_funds")
    charge |= {"status": "failed", "failure_code": error.error["code"]}
    charge["failure_message"] = error.message
    charge["outcome"] |= {
        "network_status": "declined_by_network",
        "reason": reason,
        "seller_message": "The bank declined.",
        "type": "issuer_declined",
    }
    error.error["charge"] = charge["id"]
    db.put(charge)
    emit(db, "charge.failed", charge)


def settle(session_id: str, ok: bool = True) -> Document:
    """Let a delayed payment arrive, or fail, and return the session."""
    with store.transaction() as db:
        session = db.require("checkout.session", session_id, "session")
        intent = db.get("payment_intent", session["payment_intent"])
        if not intent or intent["status"] != "processing":
            raise refused("This Checkout Session has no delayed payment under way.")
        if ok:
            receive(db, intent)
            session["payment_status"] = "paid"
            db.put(session)
            emit(db, "checkout.session.async_payment_succeeded", session)
        else:
            error = card_error(RETURNED, "payment_intent_payment_attempt_failed")
            _fail_charge(db, intent, error)
            _fail(db, intent, error)
            emit(db, "checkout.session.async_payment_failed", session)
        return public(session)


def expire(session_id: str) -> Document:
    """Close an open session for good. Refused, as Stripe does, for any other session."""
    with store.transaction() as db:
        session = db.require("checkout.session", session_id, "session")
        if session["status"] != "open":
            raise refused(
                'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout'
                f' Session has a status of "{session["status"]}".'
            )
        _expire(db, session)
        return public(session)


def expire_overdue(db: Store) -> None:
    open_sessions = f"{field('status')} = 'open' AND {field('expires_at')} <= ?"
    for session in db.find("checkout.session", (open_sessions, store.now()), oldest_first=True):
        _expire(db, session)


def _expire(db: Store, session: Document) -> None:
    session |= {"status": "expired", "url": None}
    db.put(session)
    if intent := db.get("payment_intent", session["payment_intent"]):
        canceled = {"canceled_at": store.now(), "cancellation_reason": "expired"}
        db.put(intent | canceled | {"status": "canceled"})
    emit(db, "checkout.session.expired", session)


def choose_shipping(session_id: str, number: int) -> Document:
    """Choose one of an open session's ways of shipping, counted from 0."""
    with store.transaction() as db:
        session = open_session(db, session_id)
        if not 0 <= number < len(session["shipping_options"]):
            raise refused("There is no such way of shipping.", param="shipping_option")
        session["_shipping_chosen"] = number
        price(session)
        money.check_chargeable(session["amount_total"], session["currency"])
        db.put(session)
        return public(session)


def delete_customer(customer_id: str) -> Document:
    """Delete a customer, by the API or by hand. What they paid stays, and so does what is open."""
    with store.transaction() as db:
        customer = db.require("customer", customer_id)
        if customer.get("deleted"):
            raise missing("customer", customer_id)
        deleted = {"id": customer_id, "object": "customer", "deleted": True}
        db.put(deleted)
        return deleted


def apply_promotion_code(session_id: str, code: str) -> Document:
    """Take a promotion code's percentage off an open session; an empty code takes it back."""
    with store.transaction() as db:
        session = open_session(db, session_id)
        code = code.strip().upper()
        if not session["allow_promotion_codes"] or (code and code not in PROMOTION_CODES):
            raise refused("This code is invalid.", param="code")
        session["_code"] = code
        discount = {"coupon": code.lower(), "promotion_code": new_id("promo_1")}
        session["discounts"] = [discount] if code else []
        price(session)
        money.check_chargeable(session["amount_total"], session["currency"])
        db.put(session)
        return public(session)
