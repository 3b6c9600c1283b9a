"""A clock that is wrong: shoppers read that nothing was charged, and the log says why."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from orders.models import Order, StripeEvent
from orders.tests.test_webhook import event, post, signed
from shop import payments
from shop.models import Checkout
from stripe_simulator import store
from tests.pages import read

SIX = datetime(2026, 11, 27, 6, tzinfo=UTC)
NTP = "Switch on time synchronisation (NTP)"


@pytest.fixture
def stripes_clock(monkeypatch):
    """Sets how much Stripe's clock is ahead of ours."""

    def set_ahead(minutes: int) -> None:
        monkeypatch.setattr(store, "now", lambda: int(time.time()) + minutes * 60)

    return set_ahead


def test_a_clock_eleven_minutes_slow_sells_nothing_and_says_why(
    as_alice, mug, stripes_clock, caplog
):
    stripes_clock(11)
    page = as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1})

    assert page.status_code == 503
    assert read(page).headings == ["You have not been charged"]
    (said,) = [line for line in caplog.messages if NTP in line]
    assert re.match(r"Stripe: This machine's clock is 1[01] min \d+ s behind Stripe's\.", said)
    assert Checkout.objects.get().status == Checkout.Status.EXPIRED


def test_what_stripe_refuses_for_another_reason_is_not_blamed_on_the_clock(
    as_alice, mug, stripes_clock, caplog, monkeypatch
):
    monkeypatch.setattr("shop.checkout.CHECKOUT_LIFETIME", timedelta(minutes=5))

    assert as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1}).status_code == 503
    assert NTP not in caplog.text


def test_a_clock_six_minutes_fast_refuses_events_and_says_why(db, caplog):
    payload = event("cs_test_1")
    signed_at = int(timezone.now().timestamp()) - 6 * 60
    answer = post(payload, signed(payload, timestamp=signed_at))

    assert answer.status_code == 400
    (said,) = [line for line in caplog.messages if NTP in line]
    assert said.startswith("webhook refused: Stripe signed it 6 min ")
    assert not StripeEvent.objects.exists()
    assert not Order.objects.exists()


def test_an_old_event_whose_time_was_written_anew_is_refused_too(db):
    payload = event("cs_test_1")
    headers = signed(payload, timestamp=int(timezone.now().timestamp()) - 6 * 60)
    headers["stripe-signature"] = headers["stripe-signature"].replace("t=", "t=+")

    assert post(payload, headers).status_code == 400


@pytest.mark.parametrize(
    ("told", "moment"),
    [
        ("Fri, 27 Nov 2026 06:00:00 GMT", SIX),
        ("Fri, 27 Nov 2026 06:00:00 -0000", SIX),
        ("Fri, 27 Nov 2026 07:00:00 +0100", SIX),
        ("Fri, 32 Nov 2026 06:00:00 GMT", None),
        ("soon", None),
        ("", None),
    ],
)
def test_stripes_clock_is_read_however_it_is_told(told, moment):
    assert payments.clock_of({"Date": told}) == moment


@pytest.mark.parametrize("signature", [dict, lambda: signed("{}", "whsec_of_another")])
def test_what_stripe_did_not_sign_is_not_blamed_on_the_clock(db, caplog, signature):
    assert post("{}", signature()).status_code == 400
    assert "webhook refused: 2 bytes that" in caplog.text
    assert NTP not in caplog.text
