"""Pages where nothing is, or nothing goes on: each has a drawing, a sentence and a way on."""

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from config.views import bad_request, no_access, server_error
from shop.models import Checkout, Product
from stripe_simulator.testing import inject_fault, pay
from tests.pages import Part, read
from tests.people import PASSWORD

DRAWINGS = settings.BASE_DIR / "static" / "img" / "moments"
SESSIONS = "/v1/checkout/sessions"
MOST_BYTES = 2000


def drawing(part: Part) -> str:
    """The name of the one there, which is decoration to those who do not see it."""
    (picture,) = part.all("img")
    assert picture.get("alt") == ""
    assert (picture.get("width"), picture.get("height")) == ("320", "200")
    return Path(picture.get("src", "")).stem


def moment(page) -> tuple[str, str, list[tuple[str, str]]]:
    """Drawing, first sentence and links."""
    part = read(page).part(".pictured")
    return drawing(part), part.paragraphs[0], part.links


@pytest.fixture
def back(as_alice, mug) -> str:
    """Where Stripe's page leads back to, and who comes from there has not paid."""
    as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1})
    return f"/success/?session_id={Checkout.objects.get().stripe_session_id}"


def test_a_page_that_is_not_there(as_alice):
    assert moment(as_alice.get("/no-such-page/")) == (
        "cat-and-bowl",
        "The link may be old or mistyped, or the product is no longer sold. Nothing was charged.",
        [("Back to the shop", "/")],
    )


def test_a_page_without_access(rf, alice):
    request = rf.get("/")
    request.user = alice
    request.session = {}

    assert moment(no_access(request, PermissionError())) == (
        "locked-tin",
        "Your account can’t open it. Nothing was changed and nothing was charged.",
        [("Back to the shop", "/")],
    )


def test_a_form_that_was_open_for_too_long(alice):
    visitor = Client(enforce_csrf_checks=True)
    visitor.force_login(alice)
    name, sentence, links = moment(visitor.post("/checkout/"))

    assert (name, links) == ("egg-timer", [("Back to the shop", "/")])
    assert "Go back, reload the page and send it again." in sentence


@pytest.mark.parametrize(
    ("page", "name"),
    [
        (lambda: bad_request(None, ValueError()), "egg-and-glass"),
        (lambda: server_error(None), "kettle-boiling-over"),
    ],
    ids=["400", "500"],
)
def test_a_failure(page, name):
    shown, sentence, links = moment(page())

    assert (shown, links) == (name, [("Back to the shop", "/")])
    assert sentence


def test_too_many_tries_to_log_in(client, alice):
    for _ in range(10):
        client.post("/", {"username": "alice", "password": "wrong"})
    page = client.post("/", {"username": "alice", "password": PASSWORD})
    notice = read(page).part(".notice-error")

    assert page.status_code == 429
    assert drawing(notice) == "egg-timer"
    assert notice.paragraphs == ["Time for a short wait"]
    assert notice.items == ["Too many attempts. Wait 15 minutes and try again."]
    assert read(page).button("Log in") == "/accounts/login/"


def test_too_many_tries_to_pay_for_the_cart(as_alice, mug):
    as_alice.post(f"/cart/add/{mug.pk}/", {"quantity": 1})
    for _ in range(30):
        as_alice.post("/checkout/")
    page = as_alice.post("/checkout/")

    assert page.status_code == 429
    assert drawing(read(page).part(".notice-error")) == "egg-timer"
    assert read(page).part(".notice-error").paragraphs == ["Time for a short wait"]
    assert read(page).button("Checkout: pay $19.00") == "/checkout/"


def test_another_error_in_a_form_needs_no_wait(client, alice):
    page = client.post("/", {"username": "alice", "password": "wrong"})
    notice = read(page).part(".notice-error")

    assert notice.paragraphs == ["There is a problem"]
    assert not notice.all("img")


def test_a_payment_that_could_not_start(as_alice, mug):
    inject_fault("POST", SESSIONS, "error_500", times=3)
    page = as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1})
    name, sentence, links = moment(page)

    assert name == "lamp-unplugged"
    assert sentence == (
        "The payment service could not be reached. This usually passes within a minute."
    )
    assert links == [("Back to the products", "/home/")]
    assert read(page).button("Try again") == f"/checkout/{mug.pk}/"


def test_a_payment_that_could_not_be_checked(as_alice, back):
    inject_fault("GET", f"{SESSIONS}/{{id}}", "error_500", times=3)
    name, sentence, links = moment(as_alice.get(back))

    assert name == "lamp-unplugged"
    assert sentence.startswith("The payment service did not answer.")
    assert links == [("Check again", back), ("My Orders", "/orders/")]


def test_what_was_not_paid(as_alice, back):
    assert moment(as_alice.get(back)) == (
        "purse-and-parcel",
        "The payment was not completed, so there is no order.",
        [("Back to the products", "/home/")],
    )


def test_a_payment_on_its_way(as_alice, back):
    pay(Checkout.objects.get().stripe_session_id, delayed=True)
    name, sentence, links = moment(as_alice.get(back))

    assert name == "kettle-and-mug"
    assert sentence.startswith("Your bank has not confirmed it yet")
    assert links == [("Back to the products", "/home/")]


def test_an_empty_cart(as_alice):
    assert moment(as_alice.get("/cart/")) == (
        "cat-in-basket",
        "Your cart is empty.",
        [("See the products", "/home/"), ("Buy again from My Orders", "/orders/")],
    )


def test_no_orders(as_alice):
    assert moment(as_alice.get("/orders/")) == (
        "first-sprout",
        "You haven’t bought anything yet. Your orders will be listed here.",
        [("See the products", "/home/")],
    )


def test_nothing_for_sale(as_alice, as_staff):
    sentence = "There is nothing for sale at the moment. Check back soon."

    assert moment(as_alice.get("/home/")) == ("first-sprout", sentence, [])
    add = ("Add a product", "/admin/shop/product/add/")
    assert moment(as_staff.get("/home/")) == ("first-sprout", sentence, [add])


def test_nothing_found(as_alice, mug):
    assert moment(as_alice.get("/home/?q=unicorn")) == (
        "egg-and-glass",
        "Try fewer words, or just the start of one.",
        [("See all products", "/home/")],
    )


def test_nothing_in_a_category(as_alice, mug, bowl):
    Product.objects.filter(pk=bowl.pk).update(is_active=False)
    name, _, links = moment(as_alice.get(f"/home/?q=bowl&category={mug.category.slug}"))

    assert name == "egg-and-glass"
    assert links[1:] == [("See all products", "/home/")]


@pytest.mark.parametrize("file", sorted(DRAWINGS.iterdir()), ids=lambda file: file.stem)
def test_a_drawing_is_small_and_has_a_night_side(file):
    assert file.stat().st_size <= MOST_BYTES
    assert "prefers-color-scheme:dark" in file.read_text()
