import pytest
import stripe

from stripe_simulator.testing import (
    pay,
    restrict_key,
    set_account,
    set_tax_settings,
    set_webhook_endpoints,
)

from .conftest import NOW


def test_the_account_can_be_changed(api):
    assert api.v1.accounts.retrieve_current().default_currency == "usd"
    set_account(default_currency="eur", charges_enabled=False)
    set_account(country="IE")
    found = api.v1.accounts.retrieve_current()
    assert (found.country, found.default_currency, found.charges_enabled) == ("IE", "eur", False)
    assert api.v1.balance.retrieve().available[0].currency == "eur"


def test_the_account_has_the_shop_s_webhook_until_it_is_told_otherwise(api):
    (ours,) = api.v1.webhook_endpoints.list().data
    assert ours.url == "http://127.0.0.1:8000/webhooks/stripe/"
    set_webhook_endpoints(
        {"url": "https://other.example/", "status": "disabled", "enabled_events": []},
        {"url": "https://shop.example/webhooks/stripe/", "api_version": "2024-06-20"},
    )
    first, second = api.v1.webhook_endpoints.list().data
    assert (first.status, first.enabled_events, second.status) == ("disabled", [], "enabled")
    assert second.api_version == "2024-06-20"
    set_webhook_endpoints()
    assert api.v1.webhook_endpoints.list().data == []


def test_automatic_tax_needs_tax_settings(api, create):
    taxed = {"automatic_tax": {"enabled": True}}
    assert create(**taxed).automatic_tax.enabled
    set_tax_settings(status="pending")
    assert api.v1.tax.settings.retrieve().status_details.pending.missing_fields == ["head_office"]
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        create(**taxed)
    assert refusal.value.code == "stripe_tax_inactive"


def test_a_restricted_key_may_do_only_what_it_was_given(api, create, session):
    intent = pay(session.id)["payment_intent"]
    restrict_key({"checkout/sessions": "write", "refunds": "read"})
    assert create({"idempotency_key": "checkout-7"}).status == "open"
    assert api.v1.checkout.sessions.line_items.list(session.id).data
    assert api.v1.refunds.list().data == []
    for forbidden in (
        lambda: api.v1.refunds.create(params={"payment_intent": intent}),
        lambda: api.v1.disputes.list(),
        lambda: api.v1.radar.early_fraud_warnings.list(),
    ):
        with pytest.raises(stripe.PermissionError) as refusal:
            forbidden()
        assert refusal.value.http_status == 403
    restrict_key(None)
    assert api.v1.refunds.create(params={"payment_intent": intent}).status == "succeeded"


def test_every_answer_says_what_time_it_is_at_stripe(clock, api):
    headers = api.v1.balance.retrieve().last_response.headers
    assert headers["Date"] == "Fri, 15 Jan 2027 08:00:00 GMT"
    assert NOW == 1_800_000_000
