import logging

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from orders.events import HANDLERS, handle
from orders.models import WebhookRefusal
from shop import payments

logger = logging.getLogger(__name__)


@csrf_exempt
@login_not_required
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """Stripe's events: 400 for what Stripe did not sign, 200 for handled, repeated and unknown.

    Whatever raises becomes a 500, and Stripe delivers again: for up to three days.
    """
    try:
        event = payments.parse_event(request.body, request.headers.get("Stripe-Signature", ""))
    except payments.BadSignature as error:
        WebhookRefusal.count_one(WebhookRefusal.Kind.SIGNATURE)
        logger.warning("webhook refused: %s", error)
        return HttpResponse("signature not accepted\n", status=400, content_type="text/plain")
    if event.livemode != payments.is_live():
        WebhookRefusal.count_one(WebhookRefusal.Kind.MODE)
    elif event.type in HANDLERS:
        handle(event)
    return HttpResponse("ok\n", content_type="text/plain")
