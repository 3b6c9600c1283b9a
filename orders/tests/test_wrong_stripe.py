"""The simulator is never asked about real sessions, nor Stripe about simulated ones."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from orders.models import Order
from shop.models import Checkout, Product
from tests.pages import read

ROOT = Path(__file__).resolve().parent.parent.parent
REAL = "holds sessions of real Stripe"
SIMULATED = "holds simulated payments"


@pytest.fixture(params=["cs_live_abc", "cs_test_abc", "cs_test_zzz"])
def real(request, as_alice, mug, buy) -> Checkout:
    """An overdue checkout whose session is real, in a shop whose payments are simulated."""
    Product.objects.update(stock=5)
    checkout = buy(as_alice, mug, 2)
    Checkout.objects.update(stripe_session_id=request.param, expires_at=timezone.now())
    return checkout


@pytest.fixture
def simulated(as_alice, mug, buy, settings) -> Checkout:
    """An overdue checkout of the simulator, in a shop that has just got a real key."""
    Product.objects.update(stock=5)
    checkout = buy(as_alice, mug, 2)
    Checkout.objects.update(expires_at=timezone.now())
    settings.STRIPE_SIMULATED, settings.STRIPE_SECRET_KEY = False, "sk_live_abc"
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"  # nobody answers there
    return checkout


def assert_untouched(checkout: Checkout) -> None:
    before = checkout.status
    checkout.refresh_from_db()
    assert checkout.status == before == Checkout.Status.OPEN
    assert Product.objects.get().stock == 3
    assert not mail.outbox


def test_the_reconciler_refuses_in_words_to_ask_the_simulator_about_real_sessions(real):
    with pytest.raises(CommandError, match=REAL):
        call_command("reconcile_stripe")

    assert_untouched(real)


def test_the_reconciler_refuses_in_words_to_ask_stripe_about_simulated_sessions(simulated):
    with pytest.raises(CommandError, match=SIMULATED):
        call_command("reconcile_stripe")

    assert_untouched(simulated)


def test_buying_is_refused_in_words_and_nothing_changes(real, as_alice, mug):
    page = as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1})

    assert page.status_code == 503
    assert read(page).headings == ["The payment service is not responding"]
    assert_untouched(real)
    assert Checkout.objects.count() == 1


def test_buying_with_a_real_key_in_a_simulated_database_is_refused(simulated, as_alice, mug):
    page = as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1})

    assert page.status_code == 503
    assert_untouched(simulated)


def test_the_page_after_paying_does_not_say_that_nothing_was_charged(real, as_alice):
    real.refresh_from_db()
    page = as_alice.get("/success/", {"session_id": real.stripe_session_id})

    assert page.status_code == 503
    assert read(page).headings == ["We couldn’t check your payment just now"]
    assert_untouched(real)


def test_no_receipt_of_a_real_order_is_sent_by_a_shop_that_simulates(real, alice):
    order = Order.objects.create(
        user=alice,
        email="alice@example.com",
        stripe_session_id="cs_live_paid",
        currency="usd",
        subtotal_cents=100,
        total_cents=100,
        paid_at=timezone.now(),
    )
    with pytest.raises(CommandError):
        call_command("reconcile_stripe")

    order.refresh_from_db()
    assert (order.receipt_sent_at, order.receipt_claimed_at) == (None, None)
    assert not mail.outbox


# Commands, started like a cron job that lacks the shop's environment


def manage(database: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    bare = {"PATH": os.environ["PATH"], "PYTHON_DOTENV_DISABLED": "1"}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=bare | {"DATABASE_URL": f"sqlite:///{database}"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def database(tmp_path_factory) -> Path:
    """A database with one open checkout, whose session is real."""
    file = tmp_path_factory.mktemp("real") / "shop.sqlite3"
    made = manage(file, "migrate", "--verbosity", "0")
    assert made.returncode == 0, made.stderr
    script = (
        "from django.utils import timezone;"
        "from shop.models import Checkout;"
        "Checkout.objects.create(stripe_session_id='cs_live_abc', currency='usd', total_cents=1,"
        " expires_at=timezone.now())"
    )
    done = manage(file, "shell", "--verbosity", "0", "--command", script)
    assert done.returncode == 0, done.stderr
    return file


@pytest.mark.parametrize(
    "arguments",
    [
        ["reconcile_stripe"],
        ["migrate"],
        ["shell", "--command", "print('in')"],
        ["check_stripe"],
        ["check"],
        ["load_demo"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_every_command_without_the_shops_environment_is_refused_in_words(database, arguments):
    before = list(dump(database))
    done = manage(database, *arguments)

    assert done.returncode == 1
    assert REAL in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert list(dump(database)) == before


def test_with_the_shops_environment_a_command_runs(database):
    done = manage(
        database, "shell", "--verbosity", "0", "--command", "print('in')",
        STRIPE_SECRET_KEY="sk_test_abc",
    )  # fmt: skip

    assert done.stdout == "in\n"


def dump(database: Path) -> list[str]:
    connection = sqlite3.connect(database)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()
