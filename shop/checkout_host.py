"""Whether a browser will follow the redirect from Buy to Stripe's page."""

import logging
from urllib.parse import urlsplit

from django.conf import settings

logger = logging.getLogger(__name__)


def is_allowed_checkout_url(url: str) -> bool:
    """Whether the shop's Content-Security-Policy lets a form end there; if not, the log says so.

    Chromium stops such a redirect without a word to the shopper. Stripe's page has another host
    where the account has a checkout domain of its own.
    """
    allowed = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"]
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    if origin in (settings.SITE_URL, *allowed):  # the simulator's page is the shop's own
        return True
    logger.error(
        "Stripe's payment page is at %s, where browsers may not be sent: set STRIPE_CHECKOUT_HOST.",
        parts.hostname,
    )
    return False
