"""What POST /v1/checkout/sessions takes and refuses."""

from typing import Any

from . import money, store
from .errors import refused
from .lists import COUNTRIES
from .params import (
    boolean,
    currency,
    email,
    expand,
    integer,
    list_of,
    mapping,
    metadata,
    one_of,
    text,
    url,
)

MINUTES_OPEN = (30, 24 * 60)

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
estimate = mapping(
    "unit value",
    unit=one_of("business_day", "day", "hour", "month", "week"),
    value=integer(1),
)
shipping_option = mapping(
    "shipping_rate_data",
    shipping_rate_data=mapping(
        "display_name fixed_amount",
        delivery_estimate=mapping(maximum=estimate, minimum=estimate),
        display_name=text(100),
        fixed_amount=mapping("amount currency", amount=integer(0), currency=currency),
        metadata=metadata,
        tax_behavior=one_of("exclusive", "inclusive", "unspecified"),
        tax_code=text(),
        type=one_of("fixed_amount"),
    ),
)
auto_or_never = one_of("auto", "never")
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
    customer_creation=one_of("always", "if_required"),
    customer_email=email,
    customer_update=mapping(address=auto_or_never, name=auto_or_never, shipping=auto_or_never),
    expand=expand,
    expires_at=integer(),
    line_items=list_of(line_item, at_most=100),
    locale=text(10),
    metadata=metadata,
    mode=one_of("payment"),
    payment_intent_data=mapping(description=text(1000), metadata=metadata, receipt_email=email),
    saved_payment_method_options=mapping(payment_method_save=one_of("disabled", "enabled")),
    shipping_address_collection=mapping(
        "allowed_countries", allowed_countries=list_of(one_of(*COUNTRIES), at_most=250)
    ),
    shipping_options=list_of(shipping_option, at_most=5),
    submit_type=one_of("auto", "book", "donate", "pay"),
    success_url=url,
    ui_mode=one_of("hosted_page"),
)


def session_params(value: Any, name: str) -> dict[str, Any]:
    params: dict[str, Any] = session_fields(value, name)
    _check_amounts(params)
    _check_customer(params)
    least, most = (store.now() + minutes * 60 for minutes in MINUTES_OPEN)
    if not least <= params.get("expires_at", most) <= most:
        raise refused(
            "The `expires_at` timestamp must be at least 30 minutes and less than 24 hours from"
            " Checkout Session creation.",
            param="expires_at",
        )
    return params


def _check_customer(params: dict[str, Any]) -> None:
    for other in ("customer_email", "customer_creation"):
        if "customer" in params and other in params:
            raise refused(f"You may only specify one of these parameters: customer, {other}.")
    changes = params.get("customer_update", {})
    if changes and "customer" not in params:
        raise refused("`customer_update` needs a `customer`.", param="customer_update")
    if changes.get("shipping") == "auto" and "shipping_address_collection" not in params:
        raise refused(
            "`customer_update[shipping]` needs `shipping_address_collection`.",
            param="customer_update[shipping]",
        )
    saves = params.get("saved_payment_method_options", {}).get("payment_method_save") == "enabled"
    if saves and "customer" not in params and params.get("customer_creation") != "always":
        raise refused(
            "Payment methods can only be saved to a customer: give `customer`, or set"
            " `customer_creation` to always.",
            param="saved_payment_method_options[payment_method_save]",
        )


def _check_amounts(params: dict[str, Any]) -> None:
    lines = params["line_items"]
    if not lines:
        raise refused("line_items must not be empty.", param="line_items")
    currency = params.get("currency", lines[0]["price_data"]["currency"])
    if {line["price_data"]["currency"] for line in lines} != {currency}:
        raise refused("All prices must have the same currency.", param="line_items")
    for number, line in enumerate(lines):
        param = f"line_items[{number}][price_data][unit_amount]"
        money.check_digits(line["price_data"]["unit_amount"], currency, param)
    shipping = [
        option["shipping_rate_data"]["fixed_amount"]
        for option in params.get("shipping_options", [])
    ]
    for number, price in enumerate(shipping):
        param = f"shipping_options[{number}][shipping_rate_data][fixed_amount]"
        if price["currency"] != currency:
            raise refused("Shipping must have the currency of the lines.", param=param)
        money.check_digits(price["amount"], currency, f"{param}[amount]")
    total = sum(line["price_data"]["unit_amount"] * line["quantity"] for line in lines)
    money.check_chargeable(total + sum(price["amount"] for price in shipping[:1]), currency)
