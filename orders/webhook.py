import logging

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from orders.recording import record_order
from shop import payments

logger = logging.getLogger(__name__)

# Each says that a session may have changed; what it is now, record_order asks Stripe.
SESSION_EVENTS = {
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
}


@csrf_exempt
@login_not_required
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """Stripe's events: 400 for what Stripe did not sign, 200 for handled, repeated and unknown.

    Whatever raises becomes a 500, and Stripe delivers again: for up to three days.
    """
    try:
        event = payments.parse_event(request.body, request.headers.get("Stripe-Signature", ""))
    except payments.BadSignature:
        logger.warning("webhook refused: %d bytes that Stripe did not sign", len(request.body))
        return HttpResponse("signature not accepted\n", status=400, content_type="text/plain")
    if event.livemode == payments.is_live() and event.type in SESSION_EVENTS:
        record_order(event.object_id, event)
    return HttpResponse("ok\n", content_type="text/plain")
