"""What the simulated API serves: each path with the parameters that it takes."""

import json
from typing import Any

from . import account, acts, objects, refunds, store
from .answers import as_list, line_items, listed, matches
from .api import route
from .errors import refused
from .params import (
    boolean,
    created,
    email,
    expand,
    integer,
    list_of,
    mapping,
    metadata,
    one_of,
    text,
)
from .session_params import session_params
from .store import Document, Store, field

SESSIONS = "/v1/checkout/sessions"

just_retrieve = mapping(expand=expand)
pages: dict[str, Any] = {
    "expand": expand,
    "limit": integer(1, 100),
    "starting_after": text(),
    "ending_before": text(),
}
of_a_payment = mapping(**pages, charge=text(), created=created, payment_intent=text())


@route("POST", SESSIONS, session_params)
def create_session(db: Store, params: dict[str, Any]) -> Document:
    customer = None
    if customer_id := params.get("customer"):
        customer = db.get("customer", customer_id)
        if not customer or customer.get("deleted"):
            raise refused(
                f"No such customer: '{customer_id}'", code="resource_missing", param="customer"
            )
    wants_tax = params.get("automatic_tax", {}).get("enabled")
    if wants_tax and account.tax_settings(db)["status"] != "active":
        raise refused(
            "Stripe Tax has not been activated on your account.",
            code="stripe_tax_inactive",
            param="automatic_tax",
        )
    session = objects.checkout_session(params)
    if customer:
        session["customer_details"] = objects.customer_details(customer["email"])
    for rate in session["_shipping_rates"]:
        db.put(rate)
    db.put(session)
    return session


@route("GET", SESSIONS, mapping(
    **pages, created=created, customer=text(), payment_intent=text(),
    status=one_of("complete", "expired", "open"),
))  # fmt: skip
def list_sessions(db: Store, params: dict[str, Any]) -> Document:
    chosen = matches(params, "customer", "payment_intent", "status")
    return listed(db, "checkout.session", SESSIONS, params, *chosen)


@route("GET", f"{SESSIONS}/{{id}}", just_retrieve)
def retrieve_session(db: Store, params: dict[str, Any], session_id: str) -> Document:
    return db.require("checkout.session", session_id, "session")


@route("GET", f"{SESSIONS}/{{id}}/line_items", mapping(**pages))
def list_line_items(db: Store, params: dict[str, Any], session_id: str) -> Document:
    return line_items(db.require("checkout.session", session_id, "session"), params)


@route("POST", f"{SESSIONS}/{{id}}/expire", just_retrieve)
def expire_session(db: Store, params: dict[str, Any], session_id: str) -> Document:
    return acts.expire(session_id)


@route("GET", "/v1/payment_intents/{id}", just_retrieve)
def retrieve_payment_intent(db: Store, params: dict[str, Any], intent_id: str) -> Document:
    return db.require("payment_intent", intent_id, "intent")


@route("GET", "/v1/charges/{id}", just_retrieve)
def retrieve_charge(db: Store, params: dict[str, Any], charge_id: str) -> Document:
    return db.require("charge", charge_id)


def refund_params(value: Any, name: str) -> dict[str, Any]:
    params: dict[str, Any] = mapping(
        amount=integer(1),
        charge=text(),
        expand=expand,
        metadata=metadata,
        payment_intent=text(),
        reason=one_of("duplicate", "fraudulent", "requested_by_customer"),
    )(value, name)
    if ("charge" in params) == ("payment_intent" in params):
        raise refused("One of the following params should be provided: charge or payment_intent.")
    return params


@route("POST", "/v1/refunds", refund_params)
def create_refund(db: Store, params: dict[str, Any]) -> Document:
    intent_id = params.get("payment_intent")
    if not intent_id:
        intent_id = db.require("charge", params["charge"], "charge")["payment_intent"]
    return refunds.refund_at_stripe(intent_id, params.get("amount"), params=params)


@route("GET", "/v1/refunds", of_a_payment)
def list_refunds(db: Store, params: dict[str, Any]) -> Document:
    return listed(db, "refund", "/v1/refunds", params, *matches(params, "charge", "payment_intent"))


@route("GET", "/v1/refunds/{id}", just_retrieve)
def retrieve_refund(db: Store, params: dict[str, Any], refund_id: str) -> Document:
    return db.require("refund", refund_id)


DISPUTES = "/v1/disputes"
WARNINGS = "/v1/radar/early_fraud_warnings"


@route("GET", DISPUTES, of_a_payment)
def list_disputes(db: Store, params: dict[str, Any]) -> Document:
    return listed(db, "dispute", DISPUTES, params, *matches(params, "charge", "payment_intent"))


@route("GET", f"{DISPUTES}/{{id}}", just_retrieve)
def retrieve_dispute(db: Store, params: dict[str, Any], dispute_id: str) -> Document:
    return db.require("dispute", dispute_id, "dispute")


@route("GET", WARNINGS, of_a_payment)
def list_early_fraud_warnings(db: Store, params: dict[str, Any]) -> Document:
    chosen = matches(params, "charge", "payment_intent")
    return listed(db, "radar.early_fraud_warning", WARNINGS, params, *chosen)


@route("GET", f"{WARNINGS}/{{id}}", just_retrieve)
def retrieve_early_fraud_warning(db: Store, params: dict[str, Any], warning_id: str) -> Document:
    return db.require("radar.early_fraud_warning", warning_id)


@route("GET", "/v1/events", mapping(
    **pages, created=created, delivery_success=boolean, type=text(),
    types=list_of(text(), at_most=20),
))  # fmt: skip
def list_events(db: Store, params: dict[str, Any]) -> Document:
    where = matches(params, "type")
    if "types" in params:
        wanted = f"{field('type')} IN (SELECT value FROM json_each(?))"  # noqa: S608
        where.append((wanted, json.dumps(params["types"])))
    if "delivery_success" in params:
        where.append((f"({field('pending_webhooks')} = 0) = ?", params["delivery_success"]))
    where.append(("created > ?", store.now() - 30 * 24 * 60 * 60))
    return listed(db, "event", "/v1/events", params, *where)


@route("GET", "/v1/events/{id}", just_retrieve)
def retrieve_event(db: Store, params: dict[str, Any], event_id: str) -> Document:
    return db.require("event", event_id)


@route("POST", "/v1/customers", mapping(
    description=text(), email=email, expand=expand, metadata=metadata, name=text(256),
    phone=text(20),
))  # fmt: skip
def create_customer(db: Store, params: dict[str, Any]) -> Document:
    customer = objects.customer(params)
    db.put(customer)
    return customer


@route("GET", "/v1/customers/{id}", just_retrieve)
def retrieve_customer(db: Store, params: dict[str, Any], customer_id: str) -> Document:
    return db.require("customer", customer_id)


@route("DELETE", "/v1/customers/{id}", mapping())
def delete_customer(db: Store, params: dict[str, Any], customer_id: str) -> Document:
    return acts.delete_customer(customer_id)


@route("GET", "/v1/account", just_retrieve)
def retrieve_account(db: Store, params: dict[str, Any]) -> Document:
    return account.account(db)


@route("GET", "/v1/balance", just_retrieve)
def retrieve_balance(db: Store, params: dict[str, Any]) -> Document:
    return account.balance(db)


@route("GET", "/v1/tax/settings", just_retrieve)
def retrieve_tax_settings(db: Store, params: dict[str, Any]) -> Document:
    return account.tax_settings(db)


@route("GET", "/v1/webhook_endpoints", mapping(**pages))
def list_webhook_endpoints(db: Store, params: dict[str, Any]) -> Document:
    # Stripe allows 16 of them: they are one page, whatever was asked.
    return as_list(account.webhook_endpoints(db), "/v1/webhook_endpoints", has_more=False)
