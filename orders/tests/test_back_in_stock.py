"""A shopper is told once that a product can be bought again."""

import smtplib
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import throttle
from accounts.models import User
from orders import mails
from orders import reconcile as reconciling
from orders.reconcile import reconcile
from shop.checkout import close
from shop.models import BackInStockRequest, Checkout, Family, Product
from tests.pages import read
from tests.people import logged_in


@pytest.fixture
def sold_out(mug) -> Product:
    Product.objects.filter(pk=mug.pk).update(stock=0)
    mug.refresh_from_db()
    return mug


@pytest.fixture
def waiting(as_alice, sold_out) -> BackInStockRequest:
    as_alice.post(f"/back-in-stock/ask/{sold_out.pk}/")
    return BackInStockRequest.objects.get()


def put_back(**change: object) -> None:
    Product.objects.update(**(change or {"stock": 1}))


def run(**options: bool) -> reconciling.Report:
    return reconcile(timezone.now() - timedelta(days=1), **options)


def told() -> list[str]:
    return [address for message in mail.outbox for address in message.to]


# On the page


def test_the_page_of_what_is_sold_out_offers_a_mail_which_can_be_undone(as_alice, sold_out):
    page = read(as_alice.get(sold_out.get_absolute_url()))
    assert page.part(".sold-out").text == "Sold out."
    assert "Once, to alice@example.com." in page.paragraphs
    assert "We’ll email you when it is back." not in page.paragraphs
    page = read(as_alice.post(page.button("Email me when it is back: Speckled mug"), follow=True))
    assert page.notices == ["We’ll email you when Speckled mug is back."]
    assert "We’ll email you when it is back." in page.paragraphs

    page = read(as_alice.post(page.button("Never mind: no email about Speckled mug"), follow=True))
    assert page.notices == ["We won’t email you about Speckled mug."]
    assert "Email me when it is back: Speckled mug" in page.buttons
    assert not BackInStockRequest.objects.exists()


def test_a_member_of_a_family_is_waited_for_alone(as_alice, mug, bowl):
    family = Family.objects.create(name="Vessel", members_name="sizes")
    Product.objects.filter(pk=mug.pk).update(family=family, variant_name="Small", stock=0)
    Product.objects.filter(pk=bowl.pk).update(family=family, variant_name="Large")
    page = read(as_alice.get(mug.get_absolute_url()))
    as_alice.post(page.button("Email me when it is back: Speckled mug, Small"))
    run()
    assert told() == []

    put_back(stock=1)
    run()
    assert mail.outbox[0].subject == "Speckled mug, Small is back at Fieldhouse"


def test_what_is_in_stock_offers_no_mail_and_a_late_wish_for_it_is_none(as_alice, mug):
    url = f"/back-in-stock/ask/{mug.pk}/"
    assert url not in read(as_alice.get(mug.get_absolute_url())).buttons.values()

    page = read(as_alice.post(url, follow=True))
    assert page.notices == ["Speckled mug is available now."]
    assert not BackInStockRequest.objects.exists()


def test_who_holds_the_last_one_is_offered_no_mail(as_alice, as_bob, mug):
    put_back(stock=1)
    as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1})
    url = f"/back-in-stock/ask/{mug.pk}/"

    assert url not in read(as_alice.get(mug.get_absolute_url())).buttons.values()
    assert url in read(as_bob.get(mug.get_absolute_url())).buttons.values()


def test_who_has_no_address_is_offered_no_mail(as_alice, sold_out):
    User.objects.update(email="")
    page = read(as_alice.get(sold_out.get_absolute_url()))

    assert f"/back-in-stock/ask/{sold_out.pk}/" not in page.buttons.values()
    # An error of the quantity that was wanted leads to it.
    assert page.part("#id_quantity").text == "Sold out. It may come back: check back soon."


def test_asking_twice_is_asking_once(as_alice, waiting):
    as_alice.post(f"/back-in-stock/ask/{waiting.product_id}/")

    assert BackInStockRequest.objects.count() == 1


def test_nobody_undoes_what_another_one_asked_for(as_bob, waiting):
    as_bob.post(f"/back-in-stock/cancel/{waiting.product_id}/")

    assert BackInStockRequest.objects.get() == waiting


def test_too_many_wishes_are_refused_in_words(as_alice, alice, sold_out):
    for _ in range(throttle.BACK_IN_STOCK.tries):
        throttle.too_many(throttle.BACK_IN_STOCK, str(alice.pk))
    page = read(as_alice.post(f"/back-in-stock/ask/{sold_out.pk}/", follow=True))

    assert page.notices == ["Too many attempts. Wait 60 minutes and try again."]
    assert not BackInStockRequest.objects.exists()


@pytest.mark.parametrize("what", ["ask", "cancel"])
def test_only_a_post_of_someone_logged_in_asks_or_cancels(as_alice, waiting, what):
    url = f"/back-in-stock/{what}/{waiting.product_id}/"
    Client().post(url)

    assert as_alice.get(url).status_code == 405
    assert as_alice.post(f"/back-in-stock/{what}/{10**30}/").status_code == 404
    assert BackInStockRequest.objects.get() == waiting


def test_the_page_of_a_product_asks_no_more_for_it(alice, mug, django_assert_num_queries):
    browser = logged_in(alice)
    with CaptureQueriesContext(connection) as before:
        browser.get(mug.get_absolute_url())
    Product.objects.update(stock=0)
    alice.saved_products.create(product=mug)
    alice.back_in_stock_requests.create(product=mug)
    with django_assert_num_queries(len(before)):
        assert "email you when" in browser.get(mug.get_absolute_url()).text


# Buying it


def test_who_bought_a_product_has_not_put_it_off_any_more(as_alice, alice, bob, mug, purchase):
    for user in (alice, bob):
        user.saved_products.create(product=mug)
        user.back_in_stock_requests.create(product=mug)
    purchase(as_alice, mug)

    assert not alice.saved_products.exists()
    assert not alice.back_in_stock_requests.exists()
    assert bob.saved_products.exists()
    assert bob.back_in_stock_requests.exists()


# The mail


def test_the_mail_says_what_is_back_what_it_costs_and_where(waiting, settings):
    put_back()
    assert run().repaired["back in stock"] == 1

    (message,) = mail.outbox
    assert message.to == ["alice@example.com"]
    assert message.subject == "Speckled mug is back at Fieldhouse"
    assert "Speckled mug, $19.00\n" in message.body
    assert f"\n{settings.SITE_URL}{waiting.product.get_absolute_url()}\n" in message.body
    assert "the only email about it" in message.body


@pytest.mark.parametrize("change", [{"stock": 1}, {"stock": None}], ids=["counted", "not counted"])
def test_it_is_told_once_and_again_only_to_who_asks_again(as_alice, waiting, change):
    run()
    assert told() == []
    put_back(**change)
    run()
    run()
    assert told() == ["alice@example.com"]
    assert not BackInStockRequest.objects.exists()

    put_back(stock=0)
    as_alice.post(f"/back-in-stock/ask/{waiting.product_id}/")
    put_back(**change)
    run()
    assert told() == ["alice@example.com"] * 2
    assert len({message.extra_headers["Message-ID"] for message in mail.outbox}) == 2


def test_what_left_the_shop_is_not_back(waiting):
    put_back(stock=5, is_active=False)
    run()
    assert told() == []

    put_back(is_active=True)
    run()
    assert told() == ["alice@example.com"]


def test_staff_who_count_a_new_stock_cause_it(as_staff, waiting):
    url = f"/admin/shop/product/{waiting.product_id}/stock/"
    form = read(as_staff.get(url)).sent
    assert as_staff.post(f"{url}count/", form | {"count-counted": "3"}).status_code == 302
    run()

    assert told() == ["alice@example.com"]


def test_a_checkout_that_ends_without_money_causes_it(as_alice, as_bob, mug):
    put_back(stock=1)
    as_bob.post(f"/checkout/{mug.pk}/", {"quantity": 1})
    as_alice.post(f"/back-in-stock/ask/{mug.pk}/")
    run()
    assert told() == []

    close(Checkout.objects.get())
    run()
    assert told() == ["alice@example.com"]


@pytest.mark.parametrize("change", [{"email": ""}, {"is_active": False}])
def test_whom_mails_do_not_reach_is_not_written_to(waiting, change):
    User.objects.update(**change)
    put_back()

    assert run().repaired["back in stock"] == 0
    assert told() == []


def test_a_mail_that_is_only_printed_tells_nobody(waiting, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    put_back()
    run()

    assert BackInStockRequest.objects.get().claimed_at is None


# What goes wrong


@pytest.fixture
def many(db, mug) -> list[str]:
    """Six who wait, by their addresses, in the order in which they asked."""
    addresses = [f"shopper{n}@example.com" for n in range(6)]
    for n, address in enumerate(addresses):
        user = User.objects.create_user(f"shopper{n}", address)
        BackInStockRequest.objects.create(user=user, product=mug)
    return addresses


def test_a_run_tells_a_bounded_number_and_the_next_one_goes_on(many, monkeypatch):
    monkeypatch.setattr(reconciling, "TOLD_A_RUN", 4)
    run()
    assert told() == many[:4]
    run()
    assert told() == many


def test_mails_that_fail_again_and_again_keep_no_other_waiting(many, monkeypatch, caplog):
    monkeypatch.setattr(reconciling, "TOLD_A_RUN", 2)
    send = mail.EmailMessage.send

    def refuse_some(message, **options):
        if message.to[0] in many[:2]:
            raise smtplib.SMTPRecipientsRefused({})
        return send(message, **options)

    monkeypatch.setattr(mail.EmailMessage, "send", refuse_some)
    with time_machine.travel("2026-11-20 12:00Z", tick=False) as clock:
        for _ in range(4):
            run()
            clock.shift(mails.CLAIM * 2)

    assert told() == many[2:]
    assert "SMTPRecipientsRefused" in caplog.text
    assert "example.com" not in caplog.text
    assert BackInStockRequest.objects.count() == 2


def test_a_mail_that_cannot_be_written_stays_due(waiting, monkeypatch, caplog):
    put_back()

    def fail(*_args: object, **_kwargs: object) -> str:
        raise UnicodeError("alice@example.com")

    with monkeypatch.context() as patch:
        patch.setattr("orders.mails.render_to_string", fail)
        assert run().repaired["back in stock"] == 0
    assert "could not be written: UnicodeError" in caplog.text
    assert "example.com" not in caplog.text

    BackInStockRequest.objects.update(claimed_at=timezone.now() - mails.CLAIM)
    run()
    assert told() == ["alice@example.com"]


def test_what_another_process_took_on_is_left_to_it_until_its_claim_lapses(waiting):
    put_back()
    BackInStockRequest.objects.update(claimed_at=timezone.now())
    assert not mails.back_in_stock(waiting.pk)
    assert run().repaired["back in stock"] == 0

    BackInStockRequest.objects.update(claimed_at=timezone.now() - mails.CLAIM)
    assert mails.back_in_stock(waiting.pk)
    assert told() == ["alice@example.com"]


def test_what_sells_out_before_its_mail_is_waited_for_as_before(waiting):
    assert not mails.back_in_stock(waiting.pk)

    waiting.refresh_from_db()
    assert waiting.claimed_at is None


def test_a_wish_that_is_gone_is_told_to_nobody(waiting):
    put_back()
    waiting.delete()

    assert not mails.back_in_stock(0)


def test_a_dry_run_writes_to_nobody(waiting):
    put_back()

    assert run(dry_run=True).repaired["back in stock"] == 1
    assert told() == []


# Staff


def test_staff_see_who_waits_and_how_many_wait_for_a_product(as_staff, waiting):
    row = read(as_staff.get("/admin/shop/backinstockrequest/")).rows[0]
    assert (row["Product"], row["User"]) == ("Speckled mug", "alice")
    assert as_staff.get("/admin/shop/backinstockrequest/add/").status_code == 403

    page = read(as_staff.get(f"/admin/shop/product/{waiting.product_id}/change/"))
    assert page.facts["Shoppers who wait for it"] == "1"
