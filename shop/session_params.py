"""What Stripe is asked for when a checkout starts. Its traps are in docs/payments.md."""

import json
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from shop.delivery import delivery_params
from shop.models import Checkout, CheckoutLine, Product, Shop, StripeCustomer


def session_params(buyer: User, checkout: Checkout, lines: Sequence[CheckoutLine]) -> str:
    """The parameters of the Checkout Session for an unsaved checkout, as JSON to be stored with it.

    Written down rather than built again: a repetition under the same idempotency key has to ask
    for just the same, also when an account, a product or a setting has changed since. See
    https://docs.stripe.com/api/checkout/sessions/create
    """
    metadata = {
        "shop": Shop.key(),
        "checkout": str(checkout.pk),
        "buyer": str(buyer.stripe_key),
        "site": settings.SITE_URL,  # for people who read it at Stripe; the shop may move
    }
    back = reverse("shop:cart" if checkout.from_cart else "shop:home")
    params: dict[str, Any] = {
        "mode": "payment",
        "client_reference_id": str(checkout.pk),
        "expires_at": int(checkout.expires_at.timestamp()),
        "success_url": f"{settings.SITE_URL}{reverse('orders:success')}"
        "?session_id={CHECKOUT_SESSION_ID}",
        "cancel_url": f"{settings.SITE_URL}{back}?cancelled={checkout.pk}",
        "line_items": [line_params(line, checkout.currency) for line in lines],
        "metadata": metadata,
        # Stripe does not copy the session's: refunds and disputes name the order through these.
        "payment_intent_data": {"metadata": metadata},
        "adaptive_pricing": {"enabled": False},
        # Only if the shopper ticks it on Stripe's page.
        "saved_payment_method_options": {"payment_method_save": "enabled"},
    }
    if settings.STRIPE_PROMOTION_CODES:
        params["allow_promotion_codes"] = True
    if settings.STRIPE_AUTOMATIC_TAX:
        params["automatic_tax"] = {"enabled": True}
    if checkout.delivery:
        params |= delivery_params(checkout.delivery, checkout.currency)
    elif settings.STRIPE_SHIPPING_COUNTRIES:
        params["shipping_address_collection"] = {
            "allowed_countries": settings.STRIPE_SHIPPING_COUNTRIES
        }
    asks_where_to = "shipping_address_collection" in params
    params |= customer_params(StripeCustomer.id_of(buyer), checkout.email, asks_where_to)
    return json.dumps(params)


def customer_params(customer_id: str, email: str, asks_where_to: bool) -> dict[str, Any]:
    """Whom Stripe's page greets: a customer that it knows, or one that it makes by the payment.

    Stripe refuses an e-mail address beside a customer, who has one.
    """
    if not customer_id:
        made_of = {"customer_email": email} if email else {}
        return {"customer_creation": "always", **made_of}
    # What is typed there is known the next time; it is also what automatic tax is worked out from.
    kept = {"address": "auto", "name": "auto"}
    if asks_where_to:  # else Stripe refuses this one
        kept["shipping"] = "auto"
    return {"customer": customer_id, "customer_update": kept}


def line_params(line: CheckoutLine, currency: str) -> dict[str, Any]:
    product: dict[str, Any] = {"name": line.product_name}
    image_url = public_image_url(line.product) if line.product else ""
    if image_url:
        product["images"] = [image_url]
    return {
        "quantity": line.quantity,
        "price_data": {
            "currency": currency,
            "unit_amount": line.unit_price_cents,
            "product_data": product,
        },
        "metadata": {"product": str(line.product_id)},
    }


def public_image_url(product: Product) -> str:
    """An address from which Stripe's servers can fetch the picture, or nothing."""
    return public_url(product.image.url) if product.image else ""


def public_url(url: str) -> str:
    """Of an uploaded file, as those who are not on our pages can fetch it, or nothing."""
    if not settings.SITE_IS_HTTPS:
        return ""
    return url if url.startswith("https://") else f"{settings.SITE_URL}{url}"
