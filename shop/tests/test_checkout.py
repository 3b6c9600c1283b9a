"""Buy: from a product and a quantity to Stripe's page."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from shop import checkout as checkout_module
from shop import payments
from shop.checkout import close
from shop.models import Checkout, CheckoutLine, Product, Shop
from stripe_simulator.testing import inject_fault, pay
from tests.pages import read
from tests.people import logged_in
from tests.recorded import stripe_calls

Status = Checkout.Status


def buy(client: Client, product: Product, quantity: object = 1, **data: object):
    return client.post(f"/checkout/{product.pk}/", {"quantity": quantity, **data})


def test_buying_leads_to_stripes_page_with_a_get(as_alice, mug):
    response = buy(as_alice, mug)

    assert response.status_code == 303
    assert response.url.endswith(f"/c/pay/{Checkout.objects.get().stripe_session_id}/")


def test_a_checkout_is_a_snapshot_of_what_is_bought(as_alice, alice, mug):
    before = timezone.now()
    buy(as_alice, mug, 3)

    checkout = Checkout.objects.get()
    (line,) = checkout.lines.all()
    assert (checkout.user, checkout.email) == (alice, "alice@example.com")
    assert (checkout.currency, checkout.total_cents) == ("usd", 5700)
    assert checkout.status == Status.OPEN
    assert checkout.expires_at - before >= timedelta(minutes=40)
    assert (line.product, line.product_name) == (mug, "Speckled mug")
    assert (line.unit_price_cents, line.quantity) == (1900, 3)


def test_stripe_gets_the_snapshot_and_nothing_else(as_alice, alice, mug, settings):
    with stripe_calls() as calls:
        buy(as_alice, mug, 3)

    (call,) = calls
    checkout = Checkout.objects.get()
    assert (call.method, call.path) == ("POST", "/v1/checkout/sessions")
    assert call.form == {
        "mode": "payment",
        "client_reference_id": str(checkout.pk),
        "customer_email": "alice@example.com",
        "expires_at": str(int(checkout.expires_at.timestamp())),
        "success_url": f"{settings.SITE_URL}/success/?session_id={{CHECKOUT_SESSION_ID}}",
        "cancel_url": f"{settings.SITE_URL}/home/?cancelled={checkout.pk}",
        "line_items[0][quantity]": "3",
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][unit_amount]": "1900",
        "line_items[0][price_data][product_data][name]": "Speckled mug",
        "line_items[0][metadata][product]": str(mug.pk),
        "metadata[shop]": Shop.key(),
        "metadata[checkout]": str(checkout.pk),
        "metadata[buyer]": str(alice.stripe_key),
        "metadata[site]": settings.SITE_URL,
        "payment_intent_data[metadata][shop]": Shop.key(),
        "payment_intent_data[metadata][checkout]": str(checkout.pk),
        "payment_intent_data[metadata][buyer]": str(alice.stripe_key),
        "payment_intent_data[metadata][site]": settings.SITE_URL,
        "adaptive_pricing[enabled]": "false",
        "customer_creation": "always",
        "saved_payment_method_options[payment_method_save]": "enabled",
    }


def test_what_a_browser_says_about_money_is_ignored(as_alice, mug, bob):
    lies = {"price": 1, "price_cents": 1, "amount": 1, "unit_amount": 1, "total": 1}
    names = {"currency": "jpy", "name": "Gold", "product_id": 999, "user": bob.pk}
    with stripe_calls() as calls:
        buy(as_alice, mug, 2, **lies, **names)

    form = calls[0].form
    assert form["line_items[0][price_data][unit_amount]"] == "1900"
    assert form["line_items[0][price_data][currency]"] == "usd"
    assert form["line_items[0][price_data][product_data][name]"] == "Speckled mug"
    assert Checkout.objects.get().user.username == "alice"


def test_the_switches_for_promotion_codes_tax_and_shipping_are_passed_on(as_alice, mug, settings):
    settings.STRIPE_PROMOTION_CODES = settings.STRIPE_AUTOMATIC_TAX = True
    settings.STRIPE_SHIPPING_COUNTRIES = ["US", "CA"]
    with stripe_calls() as calls:
        assert buy(as_alice, mug).status_code == 303

    form = calls[0].form
    assert form["allow_promotion_codes"] == "true"
    assert form["automatic_tax[enabled]"] == "true"
    assert form["shipping_address_collection[allowed_countries][1]"] == "CA"


def test_return_addresses_come_from_the_settings_whatever_host_was_asked(as_alice, mug, settings):
    settings.SITE_URL = "https://shop.example.com"
    settings.ALLOWED_HOSTS = ["*"]
    with stripe_calls() as calls:
        as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1}, headers={"host": "evil.example"})

    assert calls[0].form["success_url"].startswith("https://shop.example.com/success/?session_id={")
    assert calls[0].form["cancel_url"].startswith("https://shop.example.com/home/")


@pytest.mark.parametrize(
    "quantity",
    [
        *("-1", "0", "", "abc", "1e3", "1.5", "1.0", "+1", "1_0", "３", "100", "2147483648"),
        *("9223372036854775808", "9" * 5000, "1\0", "0x1", "NaN", "--1", "1,000"),
    ],
)
def test_a_quantity_that_makes_no_sense_is_kept_and_answered_with_what_is_possible(
    as_alice, mug, quantity
):
    with stripe_calls() as calls:
        response = buy(as_alice, mug, quantity)

    assert response.status_code == 200
    assert read(response).part(".notice-error").links == [
        ("Choose a whole number from 1 to 99.", "#id_quantity")
    ]
    assert read(response).part("#id_quantity_error").text == "Choose a whole number from 1 to 99."
    assert response.context["form"]["quantity"].value() == quantity
    assert not Checkout.objects.exists()
    assert not calls


def test_a_quantity_that_was_sent_twice_is_refused(as_alice, mug):
    response = as_alice.post(f"/checkout/{mug.pk}/", {"quantity": ["1", "5"]})

    assert "Choose a whole number" in read(response).part(".notice-error").text
    assert not Checkout.objects.exists()


def test_a_missing_quantity_is_refused(as_alice, mug):
    page = as_alice.post(f"/checkout/{mug.pk}/")
    assert "Choose a whole number" in read(page).part(".notice-error").text


@pytest.mark.parametrize("quantity", ["1", "99", " 7 ", "007"])
def test_a_plain_number_within_the_limit_is_taken(as_alice, mug, quantity):
    assert buy(as_alice, mug, quantity).status_code == 303
    assert CheckoutLine.objects.get().quantity == int(quantity)


@pytest.mark.parametrize("product_id", [0, 999, 2**31, 2**63, 10**30])
def test_a_product_that_does_not_exist_is_not_found(as_alice, db, product_id):
    assert as_alice.post(f"/checkout/{product_id}/", {"quantity": 1}).status_code == 404


def test_a_product_that_was_deactivated_meanwhile_is_no_longer_available(as_alice, mug):
    Product.objects.update(is_active=False)
    with stripe_calls() as calls:
        response = as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1}, follow=True)

    assert read(response).notices == [
        "Speckled mug is no longer available. Nothing was charged for this attempt."
    ]
    assert not calls
    assert not Checkout.objects.exists()


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "options"])
def test_only_a_post_starts_a_checkout(as_alice, mug, method):
    with stripe_calls() as calls:
        response = getattr(as_alice, method)(f"/checkout/{mug.pk}/")

    assert response.status_code == 405
    assert not Checkout.objects.exists()
    assert not calls


def test_a_post_from_another_site_starts_nothing(alice, mug):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)

    assert buy(client, mug).status_code == 403
    assert not Checkout.objects.exists()


def test_a_price_that_changed_since_the_page_was_shown_is_asked_about_again(as_alice, mug):
    Product.objects.update(price_cents=2400)
    with stripe_calls() as calls:
        response = buy(as_alice, mug, 2, price_seen=1900)

    assert not calls
    page = read(response)
    assert page.part(".notice-title").text == "The price of Speckled mug has changed"
    assert "It was $19.00 when you opened the page, and is now $24.00." in page.notices[0]
    assert page.sent == {"price_seen": "2400", "quantity": "2"}
    assert buy(as_alice, mug, 2, price_seen=2400).status_code == 303


@pytest.mark.parametrize("nonsense", ["abc", "1" * 20, "19.00", "<b>"])
def test_a_nonsensical_price_seen_only_asks_again(as_alice, mug, nonsense):
    page = read(buy(as_alice, mug, 1, price_seen=nonsense))

    assert "It was another one when you opened the page, and is now $19.00." in page.notices[0]
    assert not Checkout.objects.exists()


def test_a_price_that_changes_in_the_last_moment_is_asked_about_again(as_alice, mug, monkeypatch):
    take_snapshot = checkout_module.take_snapshot

    def repriced(*args):
        Product.objects.update(price_cents=2400)
        return take_snapshot(*args)

    monkeypatch.setattr(checkout_module, "take_snapshot", repriced)
    with stripe_calls() as calls:
        page = buy(as_alice, mug, 2, price_seen=1900)

    assert not calls
    assert not Checkout.objects.exists()
    assert "It was $19.00 when you opened the page, and is now $24.00." in read(page).notices[0]
    assert read(page).sent["quantity"] == "2"


# The same again: one open checkout a shopper


def test_a_double_click_makes_one_session_and_leads_to_the_same_page(as_alice, mug):
    first, second = buy(as_alice, mug, 2), buy(as_alice, mug, 2)

    assert first.url == second.url
    assert Checkout.objects.count() == 1


def test_a_second_click_while_the_first_is_still_asking_stripe_makes_the_same_session(
    as_alice, alice, mug, monkeypatch
):
    urls = []
    create_session = payments.create_session

    def click_again_meanwhile(checkout):
        monkeypatch.setattr(payments, "create_session", create_session)
        urls.append(buy(logged_in(alice), mug).url)
        return create_session(checkout)

    monkeypatch.setattr(payments, "create_session", click_again_meanwhile)
    urls.append(buy(as_alice, mug).url)

    assert urls[0] == urls[1]
    assert Checkout.objects.count() == 1


def test_a_request_that_was_overtaken_goes_on_with_the_checkout_of_the_faster_one(
    as_alice, alice, mug, monkeypatch
):
    write_checkout = checkout_module.write_checkout
    urls = []

    def overtaken(*args, **options):
        monkeypatch.setattr(checkout_module, "write_checkout", write_checkout)
        urls.append(buy(logged_in(alice), mug).url)
        return write_checkout(*args, **options)

    monkeypatch.setattr(checkout_module, "write_checkout", overtaken)
    urls.append(buy(as_alice, mug).url)

    assert urls[0] == urls[1]
    assert Checkout.objects.count() == 1


def test_a_request_that_is_overtaken_for_ever_gives_up(as_alice, mug, monkeypatch):
    monkeypatch.setattr(checkout_module, "open_page", lambda checkout: None)
    page = buy(as_alice, mug)

    assert page.status_code == 503
    assert read(page).headings == ["You have not been charged"]


def test_a_product_deactivated_while_the_form_was_read_is_no_longer_available(
    as_alice, mug, monkeypatch
):
    take_snapshot = checkout_module.take_snapshot

    def deactivated(*args):
        Product.objects.update(is_active=False)
        return take_snapshot(*args)

    monkeypatch.setattr(checkout_module, "take_snapshot", deactivated)
    page = as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1}, follow=True)

    (notice,) = read(page).notices
    assert "no longer available" in notice


def test_a_shopper_without_an_address_types_it_at_stripe(as_alice, alice, mug):
    type(alice).objects.update(email="")
    with stripe_calls() as calls:
        buy(as_alice, mug)

    assert "customer_email" not in calls[0].form


@pytest.mark.parametrize(
    ("site", "media", "sent"),
    [
        ("http://127.0.0.1:8000", "/media/", None),
        ("https://shop.example.com", "/media/", "https://shop.example.com/media/products/mug.webp"),
        (
            "https://shop.example.com",
            "https://cdn.example.com/",
            "https://cdn.example.com/products/mug.webp",
        ),
    ],
)
def test_stripe_gets_a_picture_only_where_it_can_fetch_it(
    as_alice, mug, settings, site, media, sent
):
    settings.SITE_URL, settings.MEDIA_URL = site, media
    settings.SITE_IS_HTTPS = site.startswith("https")
    Product.objects.update(image="products/mug.webp")
    with stripe_calls() as calls:
        buy(as_alice, mug)

    assert calls[0].form.get("line_items[0][price_data][product_data][images][0]") == sent


def test_other_contents_end_the_earlier_checkout_first(as_alice, mug):
    first = buy(as_alice, mug, 1)
    second = buy(as_alice, mug, 2)

    assert first.url != second.url
    earlier, later = Checkout.objects.order_by("created_at")
    assert (earlier.status, later.status) == (Status.EXPIRED, Status.OPEN)
    assert read(as_alice.get(first.url), "h1").text == "This checkout has expired"


def test_who_cancels_comes_back_to_where_the_last_click_was(as_alice, mug):
    as_alice.post(f"/cart/add/{mug.pk}/", {"quantity": 1})
    as_alice.post("/checkout/")
    with stripe_calls() as calls:
        buy(as_alice, mug)

    assert "/home/?cancelled=" in calls[-1].form["cancel_url"]


def test_a_new_price_makes_a_new_session(as_alice, mug):
    buy(as_alice, mug)
    Product.objects.update(price_cents=2400)
    buy(as_alice, mug)

    open_checkout = Checkout.objects.get(status=Status.OPEN)
    assert open_checkout.total_cents == 2400


def test_a_checkout_that_was_just_paid_is_not_ended_by_the_next_one(as_alice, mug):
    buy(as_alice, mug, 1)
    paid = Checkout.objects.get()
    pay(paid.stripe_session_id)
    Checkout.objects.update(status=Status.OPEN)  # as if no event had arrived yet

    assert buy(as_alice, mug, 2).status_code == 303
    paid.refresh_from_db()
    assert paid.status == Status.PROCESSING


def test_what_was_paid_in_the_last_minute_is_not_ended_at_stripe_again(as_alice, mug):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        buy(as_alice, mug)
        pay(Checkout.objects.get().stripe_session_id)
        Checkout.objects.update(status=Status.OPEN)  # as if no event had arrived yet
        clock.shift(timedelta(minutes=36))
        with stripe_calls() as calls:
            response = buy(as_alice, mug)

    assert response.url.startswith("/success/?session_id=")
    assert [call.method for call in calls] == ["GET"]


def test_what_was_not_counted_when_it_was_bought_sets_nothing_free(as_alice, mug):
    buy(as_alice, mug, 3)
    Product.objects.update(stock=1)  # counted since, and not through the admin
    page = read(buy(as_alice, mug, 4))

    assert "Only 1 left." in page.part(".field-error").text
    assert Checkout.objects.get().status == Status.OPEN


def test_a_checkout_with_hardly_any_time_left_is_not_handed_out_again(as_alice, mug):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        buy(as_alice, mug)
        clock.shift(timedelta(minutes=36))
        buy(as_alice, mug)

    assert Checkout.objects.filter(status=Status.EXPIRED).count() == 1
    assert Checkout.objects.filter(status=Status.OPEN).count() == 1


def test_a_session_that_stripe_does_not_know_never_blocks_its_shopper(as_alice, mug, bowl):
    buy(as_alice, mug)
    Checkout.objects.update(stripe_session_id="cs_test_simulatedOfAnotherAccount")

    assert buy(as_alice, mug).status_code == 303
    Checkout.objects.filter(status=Status.OPEN).update(stripe_session_id="cs_test_simulatedAnother")
    assert buy(as_alice, bowl).status_code == 303


def test_the_database_holds_a_shopper_to_one_open_checkout(alice, mug):
    values = {"user": alice, "currency": "usd", "total_cents": 1, "expires_at": timezone.now()}
    Checkout.objects.create(**values)

    with pytest.raises(IntegrityError, match=r"UNIQUE|one_open_checkout"), transaction.atomic():
        Checkout.objects.create(**values)
    Checkout.objects.create(**values, status=Status.EXPIRED)


# Stripe's troubles


@pytest.mark.parametrize("fault", ["error_500", "error_503", "connect_timeout", "malformed_json"])
def test_when_stripe_cannot_be_reached_the_shopper_reads_that_nothing_was_charged(
    as_alice, mug, fault
):
    inject_fault("POST", "/v1/checkout/sessions", fault, times=9)
    response = buy(as_alice, mug, 4, price_seen=1900)

    assert response.status_code == 503
    page = read(response)
    assert page.headings == ["You have not been charged"]
    assert page.part(".what").text == "4 × Speckled mug, $19.00 each"
    assert page.paragraphs[0].startswith("The payment service could not be reached.")
    assert page.buttons == {"Try again": f"/checkout/{mug.pk}/"}
    assert page.sent == {"quantity": "4", "price_seen": "1900"}
    assert page.links == [("Back to the products", "/home/")]


def test_a_lost_answer_leads_to_the_same_session_on_retry(as_alice, mug):
    inject_fault("POST", "/v1/checkout/sessions", "read_timeout_after", times=3)
    with stripe_calls() as calls:
        assert buy(as_alice, mug).status_code == 503
        response = buy(as_alice, mug)

    assert response.status_code == 303
    made = {call.response["id"] for call in calls if call.method == "POST"}
    assert len(calls) > 1
    assert made == {Checkout.objects.get().stripe_session_id}
    assert Checkout.objects.count() == 1


def test_a_retry_later_asks_for_just_the_same(as_alice, mug):
    inject_fault("POST", "/v1/checkout/sessions", "read_timeout_after", times=3)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        buy(as_alice, mug)
        clock.shift(timedelta(minutes=2))
        # Other parameters under the same key would be refused by Stripe.
        assert buy(as_alice, mug).status_code == 303


def delete_product(settings):
    Product.objects.get().delete()


def delete_user(settings):
    User.objects.get().delete()


def change_settings(settings):
    settings.SITE_URL = "https://moved.example.com"
    settings.STRIPE_PROMOTION_CODES = True


@pytest.mark.parametrize("change", [delete_product, delete_user, change_settings])
def test_a_lost_session_is_ended_whatever_changed_since_it_was_asked_for(
    as_alice, mug, settings, change
):
    """Stripe refuses other parameters under the same key, for a day."""
    inject_fault("POST", "/v1/checkout/sessions", "read_timeout_after", times=3)
    buy(as_alice, mug)
    change(settings)
    with stripe_calls() as calls:
        close(Checkout.objects.get())

    assert Checkout.objects.get().status == Status.EXPIRED
    assert calls[-1].response["status"] == "expired"


def test_what_stripe_refuses_is_over_and_the_next_try_is_a_new_one(as_alice, mug, settings):
    settings.STRIPE_SHIPPING_COUNTRIES = ["UK"]
    response = buy(as_alice, mug)

    assert response.status_code == 503
    assert read(response).headings == ["You have not been charged"]
    (why, *_) = read(response).paragraphs
    assert why.startswith("The payment service could not take this order.")
    assert Checkout.objects.get().status == Status.EXPIRED
    settings.STRIPE_SHIPPING_COUNTRIES = ["GB"]
    assert buy(as_alice, mug).status_code == 303


def test_a_failure_is_logged_with_our_reference_and_stripes_but_no_personal_data(
    as_alice, mug, caplog
):
    inject_fault("POST", "/v1/checkout/sessions", "error_500", times=9)
    buy(as_alice, mug)

    line = next(record.getMessage() for record in caplog.records if record.name == "shop.payments")
    assert str(Checkout.objects.get().pk) in line
    assert "req_" in line
    assert "alice" not in caplog.text


# Cancelled


def test_cancelling_brings_back_uncharged_and_changes_nothing(as_alice, mug):
    buy(as_alice, mug)
    checkout = Checkout.objects.get()
    for _ in range(2):
        page = as_alice.get("/home/", {"cancelled": checkout.pk})
        assert (
            read(page)
            .notices[0]
            .startswith(
                "You have not been charged. You left the payment page before paying for "
                "1 × Speckled mug."
            )
        )

    checkout.refresh_from_db()
    assert checkout.status == Status.OPEN


def test_the_cancel_address_of_a_paid_checkout_does_not_claim_that_nothing_was_charged(
    as_alice, mug
):
    buy(as_alice, mug)
    checkout = Checkout.objects.get()
    pay(checkout.stripe_session_id)
    page = as_alice.get("/home/", {"cancelled": checkout.pk})

    (notice,) = read(page).notices
    assert notice.startswith("You may have paid for this already")
    assert "the payment page for 1 × Speckled mug, but" in notice
    success = f"/success/?session_id={checkout.stripe_session_id}"
    assert read(page, ".notice").links == [("Check its status", success)]


def test_the_cancel_address_says_nothing_it_does_not_know(as_alice, mug):
    buy(as_alice, mug)
    inject_fault("GET", "/v1/checkout/sessions/{id}", "error_500", times=9)
    page = as_alice.get("/home/", {"cancelled": Checkout.objects.get().pk})

    assert page.status_code == 200
    assert read(page).notices[0].startswith("You may have paid for this already")


@pytest.mark.parametrize("value", ["", "abc", "00000000-0000-0000-0000-000000000000", "\0"])
def test_a_cancel_address_that_names_nothing_is_just_home(as_alice, mug, value):
    page = as_alice.get("/home/", {"cancelled": value})

    assert page.status_code == 200
    assert read(page).notices == []


def test_a_strangers_cancel_address_is_just_home(as_alice, as_bob, mug):
    buy(as_alice, mug)

    page = as_bob.get("/home/", {"cancelled": Checkout.objects.get().pk})
    assert read(page).notices == []


@pytest.mark.parametrize(
    ("change", "not_charged"),
    [
        ({"status": Status.PAID}, False),
        ({"status": Status.PROCESSING}, False),
        ({"status": Status.EXPIRED}, True),
        ({"stripe_session_id": None}, True),
    ],
)
def test_the_cancel_address_says_what_is_known_here(as_alice, mug, change, not_charged):
    buy(as_alice, mug)
    Checkout.objects.update(**change)
    page = as_alice.get("/home/", {"cancelled": Checkout.objects.get().pk})

    (notice,) = read(page).notices
    assert notice.startswith("You have not been charged.") is not_charged
