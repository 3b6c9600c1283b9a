import pytest
from django.conf import settings
from django.test import Client

from stripe_simulator import events
from stripe_simulator.testing import deliver_due, pay
from tests.pages import read, words

SHOP = settings.SHOP_NAME
DASHBOARD = "/stripe-simulator/"


def offered(session) -> list[str]:
    (row,) = (
        row for row in Client().get(DASHBOARD).context["rows"] if row["session"]["id"] == session.id
    )
    return [act for act, _ in row["acts"]]


def press(session, act: str):
    return Client().post(f"{DASHBOARD}sessions/{session.id}/{act}/", follow=True)


def test_each_payment_offers_what_can_happen_to_it_next(create):
    opened, paid, debit = create(), create(), create()
    pay(paid.id)
    pay(debit.id, delayed=True)
    assert offered(opened) == ["expire"]
    assert offered(paid) == ["refund", "dispute", "resend"]
    assert offered(debit) == ["settle", "fail", "resend"]


def test_the_list_says_of_each_payment_what_became_of_it(session, inbox):
    pay(session.id)
    page = read(Client().get(DASHBOARD))

    assert page.headings == [f"Payments to {SHOP}", "The shop’s webhook", "Checkouts"]
    (row,) = page.find(".session-what")
    assert words(row).startswith("$38.00 paid alice@example.com cs_test_")
    assert page.part(".session-events").text == "Events: 2 pending"
    which = f"$38.00, {session.id[-6:]}"
    acts = {"refund", "dispute", "resend"}
    assert {url for name, url in page.buttons.items() if name.endswith(which)} == {
        f"{DASHBOARD}sessions/{session.id}/{act}/" for act in acts
    }
    assert page.notices == []
    assert "Open" not in dict(page.links)


def test_a_payment_that_was_not_begun_can_be_opened(session):
    page = read(Client().get(DASHBOARD))

    assert page.link("Open") == session.url
    assert "no email yet" not in page.text
    assert page.part(".session-events").text == "Events: none sent"


def test_the_list_counts_what_became_of_events(session, inbox):
    pay(session.id)
    deliver_due()
    press(session, "resend")

    said = read(Client().get(DASHBOARD)).part(".session-events").text
    assert said == "Events: 2 delivered, 2 pending"


def test_an_empty_list_says_what_to_do(db):
    page = read(Client().get(DASHBOARD))

    assert page.items == ["No checkouts yet. Buy something in the shop."]


@pytest.mark.parametrize(
    ("before", "act", "state", "event"),
    [
        ([], "expire", "expired", "checkout.session.expired"),
        (["later"], "settle", "paid", "checkout.session.async_payment_succeeded"),
        (["later"], "fail", "payment failed", "checkout.session.async_payment_failed"),
        (["now"], "refund", "refunded", "charge.refunded"),
        (["now", "refund"], "fail-refund", "paid", "refund.failed"),
        (["now"], "dispute", "disputed", "charge.dispute.created"),
        (["now", "dispute"], "win", "disputed", "charge.dispute.closed"),
        (["now", "dispute"], "lose", "disputed", "charge.dispute.closed"),
    ],
)
def test_every_button_does_what_it_says(session, inbox, before, act, state, event):
    if before:
        pay(session.id, delayed=before[0] == "later")
    for earlier in before[1:]:
        press(session, earlier)
    page = press(session, act)
    (done,) = read(page).notices
    assert done.startswith("Done")
    assert page.context["rows"][0]["state"] == state
    deliver_due()
    assert event in inbox.types


def test_events_can_be_sent_again(session, inbox):
    pay(session.id, webhooks="lost")
    assert "resend" in offered(session)
    press(session, "resend")
    deliver_due()
    assert len(inbox) == 3
    assert inbox.types[-1] == "checkout.session.completed"


def test_what_stripe_would_refuse_is_said_and_changes_nothing(session):
    page = press(session, "settle")
    (said,) = read(page).notices
    assert "no delayed payment under way" in said


def test_an_act_that_does_not_exist_or_a_get_is_refused(session):
    assert press(session, "explode").status_code == 404
    assert Client().get(f"{DASHBOARD}sessions/{session.id}/expire/").status_code == 405
    assert press(type("Unknown", (), {"id": "cs_test_1"}), "expire").status_code == 404


def test_the_webhook_can_be_switched(session):
    page = Client().post(f"{DASHBOARD}webhooks/", {"webhooks": "lost"}, follow=True)
    assert events.webhooks() == "lost"
    assert page.context["form"]["webhooks"].value() == "lost"
    Client().post(f"{DASHBOARD}webhooks/", {"webhooks": "pigeon"})
    assert events.webhooks() == "lost"
