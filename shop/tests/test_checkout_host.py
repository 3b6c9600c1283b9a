"""The redirect to Stripe's page, as the shop's own Content-Security-Policy sees it."""

import pytest

from shop.checkout_host import is_allowed_checkout_url
from tests.pages import read


@pytest.mark.parametrize(
    "url",
    [
        "https://checkout.stripe.com/c/pay/cs_test_1#fragment",
        "http://127.0.0.1:8000/stripe-simulator/c/pay/cs_test_1/",
    ],
)
def test_stripes_page_and_the_simulators_are_allowed(url, caplog):
    assert is_allowed_checkout_url(url)
    assert not caplog.records


@pytest.mark.parametrize(
    "url",
    [
        "https://pay.example.com/c/pay/cs_test_1",
        "http://checkout.stripe.com/c/pay/cs_test_1",
        "https://checkout.stripe.com:8443/c/pay/cs_test_1",
        "https://checkout.stripe.com.example.com/c/pay/cs_test_1",
        "https://checkout.stripe.com@example.com/c/pay/cs_test_1",
    ],
)
def test_a_page_elsewhere_is_not_allowed_and_the_log_names_the_setting(url, caplog):
    assert not is_allowed_checkout_url(url)
    assert "STRIPE_CHECKOUT_HOST" in caplog.text
    assert "cs_test_1" not in caplog.text


def test_where_a_browser_would_not_follow_a_link_leads_to_the_payment(as_alice, mug, settings):
    page = as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1}).url
    settings.SITE_URL = "https://shop.example.com"
    instead = read(as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1}))

    assert instead.headings == ["On to the payment"]
    assert instead.links == [("Go to the payment page", page)]


def test_a_checkout_domain_of_the_account_is_allowed_once_the_policy_names_it(settings):
    directives = {"form-action": ["'self'", "https://pay.example.com"]}
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": directives}

    assert is_allowed_checkout_url("https://pay.example.com/c/pay/cs_test_1")
