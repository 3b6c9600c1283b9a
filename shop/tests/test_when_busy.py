"""Stripe hangs: a few wait for it, and the others are told so at once."""

import threading

import pytest

from shop import payments
from shop.models import Checkout
from tests.pages import read


@pytest.fixture
def all_wait(monkeypatch):
    taken = threading.BoundedSemaphore(1)
    taken.acquire()
    monkeypatch.setattr(payments, "in_line", taken)
    monkeypatch.setattr(payments, "SECONDS_IN_LINE", 0)
    return taken


def test_a_buyer_too_many_gets_the_calm_page_and_can_buy_later(as_alice, mug, all_wait, caplog):
    page = as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1})

    assert page.status_code == 503
    assert len(read(page).headings) == 1
    assert any("too many wait for it" in line for line in caplog.messages)

    all_wait.release()
    assert as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1}).status_code == 303
    assert Checkout.objects.count() == 1


def test_whoever_was_answered_leaves_the_line(as_alice, mug, all_wait):
    all_wait.release()
    for quantity in (1, 2, 3):
        assert as_alice.post(f"/checkout/{mug.pk}/", {"quantity": quantity}).status_code == 303
