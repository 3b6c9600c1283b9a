import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from orders.models import Order
from shop.models import Checkout
from tests.pages import read
from tests.people import PASSWORD

URL = "/accounts/delete/"


@pytest.fixture
def order(alice):
    return Order.objects.create(
        user=alice,
        email=alice.email,
        stripe_session_id="cs_test_1",
        currency="usd",
        subtotal_cents=1900,
        total_cents=1900,
        paid_at=timezone.now(),
    )


def test_the_page_says_what_happens_and_does_nothing(as_alice, alice):
    page = read(as_alice.get(URL))

    assert page.paragraphs[0] == "This cannot be undone."
    assert "orders stay with the shop" in page.items[1]
    assert "e-mail address for receipts and refunds" in page.items[1]
    assert page.links == [
        *(("print what you need", "/orders/"), ("Keep my account", "/accounts/profile/"))
    ]
    assert User.objects.filter(pk=alice.pk).exists()


def test_the_profile_leads_there(as_alice):
    assert read(as_alice.get("/accounts/profile/")).link("Delete my account") == URL


def test_deleting_takes_the_account_logs_out_and_says_so(as_alice, client, alice):
    page = as_alice.post(URL, {"password": PASSWORD}, follow=True)

    assert page.redirect_chain == [("/accounts/login/", 302)]
    assert read(page).notices[0].startswith("Your account has been deleted.")
    assert "_auth_user_id" not in as_alice.session
    assert not User.objects.exists()
    assert client.post("/", {"username": "alice", "password": PASSWORD}).status_code == 200


def test_other_devices_are_logged_out_too(as_alice, alice):
    other = Client()
    other.force_login(alice)
    as_alice.post(URL, {"password": PASSWORD})

    assert other.get("/accounts/profile/").status_code == 302


def test_orders_stay_without_the_account(as_alice, as_staff, order):
    as_alice.post(URL, {"password": PASSWORD})

    order.refresh_from_db()
    assert order.user is None
    assert order.email == "alice@example.com"
    assert read(as_staff.get("/admin/orders/order/")).column("Number") == [order.number]


def test_an_open_checkout_stays_to_be_ended_or_paid(as_alice, alice):
    checkout = Checkout.objects.create(
        user=alice, email=alice.email, currency="usd", total_cents=1900, expires_at=timezone.now()
    )
    as_alice.post(URL, {"password": PASSWORD})

    checkout.refresh_from_db()
    assert (checkout.user, checkout.status) == (None, Checkout.Status.OPEN)


def test_name_and_address_are_free_for_a_new_account(as_alice, client):
    as_alice.post(URL, {"password": PASSWORD})
    data = {"username": "alice", "email": "alice@example.com", "password1": "a fine long secret"}

    assert client.post("/accounts/register/", data).status_code == 302


@pytest.mark.parametrize(
    ("password", "words"),
    [("", "Enter your password."), ("wrong", "This is not your password.")],
)
def test_it_takes_the_password(as_alice, alice, password, words):
    page = as_alice.post(URL, {"password": password})

    assert page.status_code == 200
    assert read(page).part(".notice-error").items[0].startswith(words)
    assert User.objects.filter(pk=alice.pk).exists()
    assert as_alice.get("/accounts/profile/").status_code == 200


@pytest.mark.parametrize("role", ["is_staff", "is_superuser"])
def test_staff_cannot_delete_themselves_and_read_why(as_alice, alice, role):
    User.objects.filter(pk=alice.pk).update(**{role: True})
    for page in (as_alice.get(URL), as_alice.post(URL, {"password": PASSWORD})):
        assert page.status_code == 403
        assert "member of staff" in read(page).paragraphs[0]
        assert read(page).links == [("Back to your profile", "/accounts/profile/")]
        assert read(page).sent == {}

    assert User.objects.filter(pk=alice.pk).exists()


def test_a_visitor_logs_in_first(client, db):
    assert client.get(URL).url == f"/accounts/login/?next={URL}"
