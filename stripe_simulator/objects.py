"""The API's objects, in the shape in which version 2026-10-28.endive answers them.

What is always the same stands in shapes.json. Keys that start with an underscore are the
simulator's own and never leave it: `public` takes them away.
"""

import json
import secrets
from copy import deepcopy
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse

from . import money
from .cards import CARDS
from .store import Document, now

API_VERSION = "2026-10-28.endive"
TAX_PERCENT = 8
PROMOTION_CODES = {"SAVE10": 10, "FREE100": 100}
DAY = 24 * 60 * 60
# A database tells by these which Stripe its sessions and customers come from.
SESSION_PREFIX = "cs_test_simulated"
CUSTOMER_PREFIX = "cus_simulated"

SHAPES: dict[str, Document] = json.loads(Path(__file__).with_name("shapes.json").read_text())


def new_id(prefix: str, length: int = 24) -> str:
    return prefix + secrets.token_hex(length // 2)


def new(kind: str, prefix: str) -> Document:
    return {"id": new_id(prefix)} | deepcopy(SHAPES[kind]) | {"created": now()}


def public(document: Document) -> Document:
    return {key: value for key, value in document.items() if not key.startswith("_")}


def checkout_session(params: dict[str, Any]) -> Document:
    """An open session, priced, from checked parameters of POST /v1/checkout/sessions."""
    session = new("checkout.session", SESSION_PREFIX)
    session["id"] = new_id(SESSION_PREFIX, 48)  # about as long as Stripe's
    path = reverse("stripe_simulator:checkout", args=[session["id"]])
    email = params.get("customer_email")
    session |= {
        "currency": params["line_items"][0]["price_data"]["currency"],
        "customer_details": customer_details(email) if email else None,
        "expires_at": session["created"] + DAY,
        "url": settings.SITE_URL + path,
        "_code": "",
        "_line_items": [_line_item(line) for line in params["line_items"]],
        **_ways_of_shipping(params.pop("shipping_options", [])),
        "_payment_intent_data": params.get("payment_intent_data", {}),
        "_webhooks": None,
    }
    if params.get("customer"):
        session["customer_creation"] = None
    saved = dict.fromkeys(
        ("allow_redisplay_filters", "payment_method_remove", "payment_method_save")
    )
    if options := params.pop("saved_payment_method_options", None):
        session["saved_payment_method_options"] = saved | options
    tax = {"liability": {"type": "self"}, "provider": "stripe", "status": "complete"}
    taxed = params.pop("automatic_tax", {}).get("enabled")
    session["automatic_tax"] |= {"enabled": True} | tax if taxed else {}
    session |= {key: value for key, value in params.items() if key in session}
    price(session)
    return session


def price(session: Document) -> None:
    """Work out every amount of the session from its lines, its promotion code and its tax."""
    lines = session["_line_items"]
    percent_off = PROMOTION_CODES.get(session["_code"], 0)
    percent_tax = TAX_PERCENT if session["automatic_tax"]["enabled"] else 0
    gross = [line["amount_subtotal"] for line in lines]
    discounts = money.shares(gross, percent_off)
    net = [amount - discount for amount, discount in zip(gross, discounts, strict=True)]
    taxes = money.shares(net, percent_tax)
    for line, discount, amount, tax in zip(lines, discounts, net, taxes, strict=True):
        line |= {"amount_discount": discount, "amount_tax": tax, "amount_total": amount + tax}
    session["amount_subtotal"] = sum(gross)
    shipping = shipping_cost(session)
    amount_shipping = shipping["amount_total"] if shipping else 0
    session["shipping_cost"] = shipping
    session["amount_total"] = sum(net) + sum(taxes) + amount_shipping
    session["total_details"] = {
        "amount_discount": sum(discounts),
        "amount_shipping": amount_shipping,
        "amount_tax": sum(taxes),
    }


def shipping_cost(session: Document) -> Document | None:
    """What the chosen way of shipping costs, the first one unless the buyer chose; untaxed."""
    rates = session.get("_shipping_rates")
    if not rates:
        return None
    rate = rates[session["_shipping_chosen"]]
    amount = rate["fixed_amount"]["amount"]
    whole = {"amount_subtotal": amount, "amount_tax": 0, "amount_total": amount}
    return whole | {"shipping_rate": rate["id"]}


def _ways_of_shipping(options: list[dict[str, Any]]) -> Document:
    rates = [_shipping_rate(option) for option in options]
    shown = [
        {"shipping_amount": rate["fixed_amount"]["amount"], "shipping_rate": rate["id"]}
        for rate in rates
    ]
    return {"shipping_options": shown, "_shipping_rates": rates, "_shipping_chosen": 0}


def _shipping_rate(option: dict[str, Any]) -> Document:
    given = option["shipping_rate_data"]
    estimate = given.get("delivery_estimate")
    rate = new("shipping_rate", "shr_1") | given
    return rate | {
        "delivery_estimate": estimate and dict.fromkeys(("maximum", "minimum")) | estimate
    }


def customer_details(email: str | None, name: str | None = None) -> Document:
    details = SHAPES["customer_details"] | {"email": email}
    if name:
        address = SHAPES["address"] | {"country": "US"}
        details |= {"address": address, "individual_name": name, "name": name, "tax_ids": []}
    return details


def _line_item(line: dict[str, Any]) -> Document:
    data = line["price_data"]
    item = new("item", "li_1")
    del item["created"]
    return item | {
        "amount_subtotal": data["unit_amount"] * line["quantity"],
        "currency": data["currency"],
        "description": data["product_data"]["name"],
        "metadata": line.get("metadata", {}),
        "price": new("price", "price_1")
        | {
            "currency": data["currency"],
            "product": new_id("prod_", 14),
            "tax_behavior": data.get("tax_behavior", "unspecified"),
            "unit_amount": data["unit_amount"],
            "unit_amount_decimal": str(data["unit_amount"]),
        },
        "quantity": line["quantity"],
    }


def payment_intent(session: Document) -> Document:
    given = session["_payment_intent_data"]
    intent = new("payment_intent", "pi_3")
    return intent | {
        "client_secret": new_id(f"{intent['id']}_secret_"),
        "currency": session["currency"],
        "customer": session["customer"],
        "description": given.get("description"),
        "metadata": given.get("metadata", {}),
        "payment_method_types": session["payment_method_types"],
        "receipt_email": given.get("receipt_email"),
    }


def charge(intent: Document, session: Document, card: str | None) -> Document:
    """A charge of the intent that is still pending. No card: a bank debit."""
    details = session["customer_details"]
    billing = {name: details[name] for name in ("address", "email", "name", "phone")}
    shared = "amount currency customer description metadata receipt_email shipping"
    return (
        new("charge", "ch_3")
        | {name: intent[name] for name in shared.split()}
        | {
            "billing_details": billing | {"tax_id": None},
            "payment_intent": intent["id"],
            "payment_method": new_id("pm_1"),
            "payment_method_details": _card(card) if card else _bank_account(),
        }
    )


def _card(number: str) -> Document:
    brand = CARDS[number].brand
    card = SHAPES["card"] | {"brand": brand, "last4": number[-4:], "network": brand}
    return {"type": "card", "card": card}


def _bank_account() -> Document:
    return {"type": "us_bank_account", "us_bank_account": SHAPES["us_bank_account"]}


def refund(charge: Document, amount: int, params: dict[str, Any], status: str) -> Document:
    shared = "currency customer payment_intent payment_method"
    refund = new("refund", "re_3") | {name: charge[name] for name in shared.split()}
    refund |= {"metadata": params.get("metadata", {}), "reason": params.get("reason")}
    refund |= {"pending_reason": "processing"} if status == "pending" else {}
    return refund | {"amount": amount, "charge": charge["id"], "status": status}


def dispute(charge: Document, reason: str, status: str) -> Document:
    dispute = new("dispute", "du_1")
    dispute["evidence_details"]["due_by"] = dispute["created"] + 7 * DAY
    shared = {name: charge[name] for name in ("amount", "currency", "payment_intent")}
    return dispute | shared | {"charge": charge["id"], "reason": reason, "status": status}


def early_fraud_warning(charge: Document, fraud_type: str) -> Document:
    warning = new("radar.early_fraud_warning", "issfr_1")
    is_actionable = not charge["disputed"] and not charge["refunded"]
    subject = {"charge": charge["id"], "payment_intent": charge["payment_intent"]}
    return warning | subject | {"actionable": is_actionable, "fraud_type": fraud_type}


def customer(params: dict[str, Any]) -> Document:
    customer = new("customer", CUSTOMER_PREFIX)
    return customer | {name: params[name] for name in params if name in customer}


def event(kind: str, subject: Document) -> Document:
    data = {"object": subject}
    return new("event", "evt_1") | {"api_version": API_VERSION, "data": data, "type": kind}
