"""What the simulated API serves: each path with the parameters that it takes."""

import json
from typing import Any

from . import acts, money, objects, refunds, store
from .answers import line_items, listed, matches
from .api import route
from .errors import refused
from .params import (
    boolean,
    created,
    currency,
    email,
    integer,
    list_of,
    mapping,
    metadata,
    one_of,
    text,
    url,
)
from .store import Document, Store, field

SESSIONS = "/v1/checkout/sessions"
MINUTES_OPEN = (30, 24 * 60)

expand = list_of(text(), at_most=20)
just_retrieve = mapping(expand=expand)
pages: dict[str, Any] = {
    "expand": expand,
    "limit": integer(1, 100),
    "starting_after": text(),
    "ending_before": text(),
}
of_a_payment = mapping(**pages, charge=text(), created=created, payment_intent=text())

line_item = mapping(
    "price_data quantity",
    price_data=mapping(
        "currency product_data unit_amount",
        currency=currency,
        product_data=mapping(
            "name",
            name=text(250),
            description=text(40_000),
            images=list_of(url, at_most=8),
            metadata=metadata,
            tax_code=text(),
        ),
        tax_behavior=one_of("exclusive", "unspecified"),
        unit_amount=integer(0),
    ),
    quantity=integer(1, 999_999),
    metadata=metadata,
)
session_fields = mapping(
    "mode line_items success_url",
    adaptive_pricing=mapping("enabled", enabled=boolean),
    allow_promotion_codes=boolean,
    automatic_tax=mapping("enabled", enabled=boolean),
    billing_address_collection=one_of("auto", "required"),
    cancel_url=url,
    client_reference_id=text(200),
    currency=currency,
    customer=text(),
    customer_email=email,
    expand=expand,
    expires_at=integer(),
    line_items=list_of(line_item, at_most=100),
    locale=text(10),
    metadata=metadata,
    mode=one_of("payment"),
    payment_intent_data=mapping(description=text(1000), metadata=metadata, receipt_email=email),
    shipping_address_collection=mapping(
        "allowed_countries", allowed_countries=list_of(text(2), at_most=250)
    ),
    submit_type=one_of("auto", "book", "donate", "pay"),
    success_url=url,
    ui_mode=one_of("hosted_page"),
)


def session_params(value: Any, name: str) -> dict[str, Any]:
    params: dict[str, Any] = session_fields(value, name)
    prices = [line["price_data"] for line in params["line_items"]]
    if not prices:
        raise refused("line_items must not be empty.", param="line_items")
    used = {price["currency"] for price in prices} | {params.get("currency", prices[0]["currency"])}
    if len(used) > 1:
        raise refused("All prices must have the same currency.", param="line_items")
    if "customer" in params and "customer_email" in params:
        raise refused("You may only specify one of these parameters: customer, customer_email.")
    least, most = (store.now() + minutes * 60 for minutes in MINUTES_OPEN)
    if not least <= params.get("expires_at", most) <= most:
        raise refused(
            "The `expires_at` timestamp must be at least 30 minutes and less than 24 hours from"
            " Checkout Session creation.",
            param="expires_at",
        )
    amounts = [
        line["price_data"]["unit_amount"] * line["quantity"] for line in params["line_items"]
    ]
    money.check_chargeable(sum(amounts), prices[0]["currency"])
    return params


@route("POST", SESSIONS, session_params)
def create_session(db: Store, params: dict[str, Any]) -> Document:
    if "customer" in params:
        db.require("customer", params["customer"], "customer")
    session = objects.checkout_session(params)
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


@route("GET", "/v1/customers", mapping(**pages, created=created, email=text()))
def list_customers(db: Store, params: dict[str, Any]) -> Document:
    return listed(db, "customer", "/v1/customers", params, *matches(params, "email"))


@route("GET", "/v1/customers/{id}", just_retrieve)
def retrieve_customer(db: Store, params: dict[str, Any], customer_id: str) -> Document:
    return db.require("customer", customer_id)
