import pytest
from django.core.checks import run_checks
from django.test import override_settings

LIVE = {
    "DEBUG": False,
    "STRIPE_SIMULATED": False,
    "STRIPE_SECRET_KEY": "sk_live_abc",
    "STRIPE_WEBHOOK_SECRET": "whsec_abc",
    "SITE_URL": "https://shop.example.com",
    "SITE_HOST": "shop.example.com",
    "SITE_IS_HTTPS": True,
    "EMAIL_HOST": "mail.example.com",
}
DEVELOPMENT = {
    "DEBUG": True,
    "STRIPE_SIMULATED": True,
    "STRIPE_SECRET_KEY": "",
    "SITE_URL": "http://127.0.0.1:8000",
    "SITE_HOST": "127.0.0.1",
    "SITE_IS_HTTPS": False,
}


def ids(**settings: object) -> list[str]:
    with override_settings(**settings):
        messages = run_checks()
    assert all(message.hint for message in messages if message.id.startswith("config."))
    return [message.id for message in messages if message.id.startswith("config.")]


def test_a_live_shop_that_is_well_configured_passes():
    assert ids(**LIVE) == []


def test_a_fresh_clone_passes():
    assert ids(**DEVELOPMENT) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"STRIPE_SECRET_KEY": ""}, "config.E001"),
        ({"STRIPE_SECRET_KEY": "pk_live_abc"}, "config.E002"),
        ({"STRIPE_SECRET_KEY": " sk_live_abc"}, "config.E002"),
        ({"STRIPE_SECRET_KEY": "sk_live_"}, "config.E002"),
        ({"STRIPE_SECRET_KEY": "sk_test_abc"}, "config.W001"),
        ({"STRIPE_WEBHOOK_SECRET": ""}, "config.W002"),
        ({"STRIPE_WEBHOOK_SECRET": "secret"}, "config.E004"),
        ({"STRIPE_WEBHOOK_SECRET": "whsec_abc\n"}, "config.E004"),
        ({"STRIPE_SIMULATED": True}, "config.E005"),
        ({"STRIPE_API_BASE": "http://127.0.0.1:12111"}, "config.E005"),
        ({"SITE_URL": "shop.example.com"}, "config.E006"),
        ({"SITE_URL": "https://shop.example.com/shop"}, "config.E006"),
        ({"SITE_URL": "http://shop.example.com", "SITE_IS_HTTPS": False}, "config.W003"),
        ({"CURRENCY": "dollars"}, "config.E008"),
        ({"EMAIL_HOST": ""}, "config.W004"),
    ],
)
def test_a_live_shop_is_told_what_is_unsafe(change, expected):
    assert ids(**LIVE | change) == [expected]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"STRIPE_SECRET_KEY": "sk_live_abc", "STRIPE_SIMULATED": False}, "config.E003"),
        ({"SITE_URL": "https://shop.example.com", "SITE_HOST": "shop.example.com"}, "config.E007"),
    ],
)
def test_a_developer_is_told_what_is_unsafe(change, expected):
    assert ids(**DEVELOPMENT | change) == [expected]


@pytest.mark.parametrize("host", ["192.168.1.7", "shop.local", "shop.test", "box"])
def test_an_own_network_is_not_public(host):
    assert ids(**DEVELOPMENT | {"SITE_URL": f"http://{host}:8000", "SITE_HOST": host}) == []
