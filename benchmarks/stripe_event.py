"""Stripe's signed word that a session was paid."""

import stripe

SECRET = "whsec_benchmark"  # noqa: S105 -- of nobody


def event(session_id: str) -> tuple[str, dict[str, str]]:
    """Body and headers."""
    body = (
        f'{{"id": "evt_{session_id}", "object": "event", "type": "checkout.session.completed", '
        f'"livemode": false, "created": 1, "data": {{"object": {{"id": "{session_id}"}}}}}}'
    )
    signature = stripe.WebhookSignature.generate_signature_header(body, SECRET)
    return body, {"Stripe-Signature": signature, "Content-Type": "application/json"}
