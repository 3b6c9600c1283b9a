import threading

import pytest
from django.conf import settings
from django.test import Client

from stripe_simulator import acts, money, store
from stripe_simulator.cards import CARDS
from stripe_simulator.testing import apply_promotion_code, deliver_due, expire, pay, settle
from tests.pages import read, words

from .conftest import CANCEL, SUCCESS, line, way

SHOP = settings.SHOP_NAME
FORM = {
    "email": "alice@example.com",
    "number": "4242 4242 4242 4242",
    "expiry": "12 / 34",
    "cvc": "123",
    "name": "Alice",
    "action": "pay",
}
ADDRESS = {
    "recipient": "Alice",
    "line1": "1 High Street",
    "city": "Oslo",
    "postal_code": "0150",
    "country": "NO",
}


def path(session) -> str:
    return f"/stripe-simulator/c/pay/{session.id}/"


def press(session, **changes) -> object:
    return Client().post(path(session), FORM | changes)


def status(api, session) -> tuple[str, str]:
    found = api.v1.checkout.sessions.retrieve(session.id)
    return found.status, found.payment_status


def test_the_page_shows_what_is_bought_and_pays_with_one_press(api, create, inbox):
    session = create(line_items=[line(), line("Bowl", 5450, 1)])
    page = Client().get(path(session))
    summary = read(page, ".summary")
    assert summary.headings == [f"Pay {SHOP} $92.50"]
    assert summary.items == ["Mug Qty 2, $19.00 each $38.00", "Bowl Qty 1 $54.50"]
    assert summary.facts == {"Subtotal": "$92.50", "Total due": "$92.50"}
    assert summary.links == [(f"← Back to {SHOP}", CANCEL)]
    assert read(page, "header").paragraphs == ["TEST Payments are simulated"]
    assert read(page, "title").text == f"Pay {SHOP} · Test mode"
    ways = {"Pay $92.50", "Pay later (bank debit)", "Pay, but lose the way back"}
    assert set(read(page).buttons) == ways
    legends = [words(legend) for legend in read(page).all("legend")]
    assert legends == ["Contact", "Card"]
    assert not read(page).has(".errors")
    assert read(page).fields["Card number"] == "4242 4242 4242 4242"
    form = page.context["form"]
    preset = {name: form[name].value() or "" for name in form.fields}
    response = Client().post(path(session), preset | {"action": "pay"})
    assert response.status_code == 303
    assert response["Location"] == SUCCESS.replace("{CHECKOUT_SESSION_ID}", session.id)
    assert status(api, session) == ("complete", "paid")


def test_the_page_says_what_each_test_card_does(session):
    cards = read(Client().get(path(session)), ".cards").facts
    assert cards["4242 4242 4242 4242"] == CARDS["4242424242424242"].meaning
    assert len(cards) == len(CARDS)


def test_tax_is_a_sum_of_its_own(create):
    sums = read(Client().get(path(create(automatic_tax={"enabled": True}))), ".summary").facts
    assert sums["Tax"] == "$3.04"
    assert sums["Total due"] == "$41.04"


def test_the_page_waits_for_one_event_and_leaves_the_others_queued(session, inbox):
    press(session)
    assert inbox.types == ["checkout.session.completed"]
    deliver_due()
    assert len(inbox) == 3


@pytest.mark.parametrize("answer", [0, 500])
def test_a_webhook_that_fails_does_not_keep_the_buyer(session, inbox, answer):
    inbox.status = answer
    assert press(session).status_code == 303


@pytest.mark.parametrize("way", ["lost", "delayed", "reordered"])
def test_events_that_are_not_to_come_now_do_not_hold_up_the_page(session, inbox, way):
    assert press(session, webhooks=way).status_code == 303
    assert inbox == []


def test_a_declined_card_stays_on_the_page_with_what_was_typed(api, session):
    page = press(session, number="4000 0000 0000 0002", name="Ælice")
    assert page.status_code == 200
    errors = read(page, ".errors")
    assert errors.links == [("Card number: Your card was declined.", "#id_number")]
    assert read(page, "#id_number_error").text == "Your card was declined."
    assert read(page).fields["Card number"] == "4000 0000 0000 0002"
    assert read(page).sent["name"] == "Ælice"
    assert status(api, session) == ("open", "unpaid")


@pytest.mark.parametrize(
    ("field", "typed", "complaint"),
    [
        ("number", "4242 4242 4242 4241", "number is invalid"),
        ("number", "4242", "number is invalid"),
        ("number", "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "number is invalid"),
        ("number", "5555 5555 5555 4444", "Only the test cards"),
        ("number", "", "required"),
        ("expiry", "13 / 34", "month and year"),
        ("expiry", "12 / 20", "in the past"),
        ("cvc", "12", "three digits"),
        ("name", "", "required"),
    ],
)
def test_a_bad_field_is_named_at_the_field_and_nothing_is_charged(session, field, typed, complaint):
    page = press(session, **{field: typed})
    assert list(page.context["form"].errors) == [field]
    ((said, href),) = read(page, ".errors").links
    assert read(page, ".errors").items == [said]
    assert complaint in said
    assert href == f"#id_{field}"
    assert complaint in read(page, f"#id_{field}_error").text
    described = read(page, f"#id_{field}").element.get("aria-describedby")
    assert described == f"id_{field}_error"
    with store.transaction() as db:
        assert db.find("charge") == []


def test_the_card_is_good_until_the_end_of_its_month(clock, session):  # January 2027
    assert press(session, expiry="12 / 26").status_code == 200
    assert press(session, expiry="01/2027").status_code == 303


def test_an_email_is_asked_for_only_when_the_shop_does_not_know_it(api, create):
    known, asked = create(), create(customer_email=None)
    press(known, email="other@example.com")
    assert api.v1.checkout.sessions.retrieve(known.id).customer_details.email == (
        "alice@example.com"
    )
    assert "email" in press(asked, email="nobody").context["form"].errors
    press(asked, email="other@example.com")
    assert api.v1.checkout.sessions.retrieve(asked.id).customer_details.email == (
        "other@example.com"
    )


@pytest.mark.parametrize(
    ("outcome", "target", "state"), [("complete", "/success/", "complete"), ("fail", "?", "open")]
)
def test_the_bank_may_ask_to_confirm(api, session, outcome, target, state):
    response = press(session, number="4000 0025 0000 3155")
    assert response["Location"] == f"{path(session)}confirm/"
    (_, asks, *_) = read(Client().get(response["Location"])).paragraphs
    assert asks.startswith(f"{SHOP} asks for $38.00 from your card")
    response = Client().post(response["Location"], {"outcome": outcome})
    assert response.status_code == 303
    assert target in response["Location"]
    assert status(api, session)[0] == state
    if state == "open":
        (said,) = read(Client().get(response["Location"]), ".errors").items
        assert "did not confirm" in said
        assert press(session).status_code == 303


def test_there_is_nothing_to_confirm_unless_a_card_asked(session):
    response = Client().post(f"{path(session)}confirm/", {"outcome": "complete"})
    assert response["Location"] == path(session)


def test_a_bank_debit_needs_no_card_and_is_settled_later(api, session):
    response = press(session, action="pay_later", number="", expiry="", cvc="", name="")
    assert response.status_code == 303
    assert status(api, session) == ("complete", "unpaid")
    settle(session.id)
    assert status(api, session) == ("complete", "paid")


def test_the_way_back_can_be_lost_after_paying(api, session, inbox):
    page = press(session, action="pay_and_leave")
    assert page.status_code == 200
    assert read(page).headings == ["You closed the tab"]
    (paid, look) = read(page).paragraphs
    assert paid.startswith(f"$38.00 is paid, and the way back to {SHOP} is lost.")
    assert look == f"Open {SHOP} yourself to look."
    assert read(page).links == []
    assert status(api, session) == ("complete", "paid")
    assert inbox.types == ["checkout.session.completed"]


def test_a_complete_checkout_leads_on_and_an_expired_one_back(create):
    complete, expired = create(), create()
    pay(complete.id)
    expire(expired.id)
    page = read(Client().get(path(complete)))
    success = SUCCESS.replace("{CHECKOUT_SESSION_ID}", complete.id)
    assert page.links == [(f"Continue to {SHOP}", success)]
    assert page.paragraphs[0] == f"Nothing more is charged here. {SHOP} has the rest."
    page = read(Client().get(path(expired)))
    assert page.headings == ["This checkout has expired"]
    assert page.paragraphs[0] == f"You have not been charged. Go back to {SHOP} to start again."
    assert page.links == [(f"Back to {SHOP}", CANCEL)]
    for session in (complete, expired):
        assert read(press(session)).fields == {}


def test_without_a_way_back_the_page_names_the_shop_alone(create):
    session = create(cancel_url=None)
    assert read(Client().get(path(session)), ".back").text == SHOP
    assert read(Client().get(path(session)), ".summary").links == []
    expire(session.id)
    assert read(Client().get(path(session))).links == []


def test_an_open_page_of_a_session_that_ran_out_charges_nothing(clock, create):
    session = create(expires_at=int(store.now()) + 1800)
    clock.shift(1800)
    assert read(press(session)).headings == ["This checkout has expired"]
    with store.transaction() as db:
        assert db.find("charge") == []


@pytest.mark.django_db  # the page for it is the shop's
def test_an_unknown_checkout_is_not_found():
    for page in ("", "confirm/"):
        assert Client().get(f"/stripe-simulator/c/pay/cs_test_1/{page}").status_code == 404


@pytest.mark.django_db  # the page for it is the shop's
def test_the_forms_are_protected_against_other_sites(session):
    client = Client(enforce_csrf_checks=True)
    for page in ("", "code/", "confirm/"):
        assert client.post(path(session) + page, FORM).status_code == 403


def test_two_tabs_that_press_pay_at_once_are_both_answered_and_charged_once(session):
    answers = []
    start = threading.Barrier(4)

    def tab():
        start.wait()
        answers.append(press(session).status_code)

    threads = [threading.Thread(target=tab) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert max(answers) < 400
    with store.transaction() as db:
        assert len(db.find("charge")) == 1


def test_the_way_of_shipping_changes_the_total(create):
    session = create(shipping_options=[way("Post", 500), way("Courier", 1500)])
    assert "Pay $43.00" in read(Client().get(path(session))).buttons
    choice = f"{path(session)}shipping/"
    page = read(Client().post(choice, {"shipping_option": "1"}, follow=True))
    assert "Pay $53.00" in page.buttons
    assert page.facts["Shipping"] == "$15.00"
    assert page.button("Ship this way") == choice
    assert page.sent["shipping_option"] == "1"
    Client().post(choice, {"shipping_option": "7"})
    assert "Pay $53.00" in read(Client().get(path(session))).buttons


def test_shipping_chosen_in_another_tab_after_paying_changes_nothing(create, monkeypatch):
    session = create(shipping_options=[way("Post", 500), way("Courier", 1500)])
    choose = acts.choose_shipping

    def paid_meanwhile(*arguments):
        pay(session["id"])
        return choose(*arguments)

    monkeypatch.setattr(acts, "choose_shipping", paid_meanwhile)
    answer = Client().post(f"{path(session)}shipping/", {"shipping_option": "1"})

    assert answer.url == path(session)
    with store.transaction() as db:
        assert db.get("checkout.session", session["id"])["amount_total"] == 4300


def test_a_promotion_code_changes_the_total_and_can_be_removed(create):
    session = create(allow_promotion_codes=True)
    client = Client()
    page = client.post(f"{path(session)}code/", {"code": "save10"}, follow=True)
    assert "Pay $34.20" in read(page).buttons
    assert read(page).facts["Code SAVE10"] == "−$3.80"
    assert "Code SAVE10 is applied." in read(page).paragraphs
    assert "Apply" not in read(page).buttons
    page = read(client.post(f"{path(session)}code/", {"remove": "1"}, follow=True))
    assert "Pay $38.00" in page.buttons
    assert "Apply" in page.buttons
    assert "Remove code" not in page.buttons
    assert page.part(".summary").facts == {"Subtotal": "$38.00", "Total due": "$38.00"}


@pytest.mark.parametrize(("typed", "complaint"), [("", "required"), ("NOPE", "invalid")])
def test_a_wrong_promotion_code_is_named_at_its_field(create, typed, complaint):
    session = create(allow_promotion_codes=True)
    page = Client().post(f"{path(session)}code/", {"code": typed})
    assert complaint in str(page.context["code_form"].errors["code"])
    assert "Pay $38.00" in read(page).buttons
    assert complaint in read(page, "#id_code_error").text


def test_a_free_order_is_completed_without_a_card(api, create):
    session = create(allow_promotion_codes=True)
    apply_promotion_code(session.id, "FREE100")
    page = read(Client().get(path(session)))
    assert "Complete order" in page.buttons
    assert "Card number" not in page.fields
    assert not page.has(".card")
    assert Client().post(path(session), {"action": "pay"}).status_code == 303
    assert status(api, session) == ("complete", "no_payment_required")


def test_the_page_says_in_how_many_days_each_way_of_shipping_arrives(create):
    post, courier = way("Post", 500), way("Courier", 1500)
    ends = {"minimum": {"unit": "business_day", "value": 3}}
    ends["maximum"] = {"unit": "business_day", "value": 5}
    post["shipping_rate_data"]["delivery_estimate"] = ends
    page = Client().get(path(create(shipping_options=[post, courier]))).content.decode()

    assert "Post, $5.00, 3 to 5 business days</option>" in page
    assert "Courier, $15.00</option>" in page


def test_a_shipping_address_is_asked_for_and_handed_on(api, create):
    countries = {"allowed_countries": ["NO", "SE"]}
    session = create(shipping_address_collection=countries)
    missing = press(session)
    legends = [words(legend) for legend in read(missing).all("legend")]
    assert legends == ["Contact", "Shipping address", "Card"]
    assert {"recipient", "line1", "city", "postal_code", "country"} <= set(
        missing.context["form"].errors
    )
    assert press(session, **ADDRESS | {"country": "US"}).status_code == 200
    assert press(session, **ADDRESS).status_code == 303
    found = api.v1.checkout.sessions.retrieve(session.id)
    shipping = found.collected_information.shipping_details
    assert (shipping.name, shipping.address.line1, shipping.address.line2) == (
        "Alice",
        "1 High Street",
        None,
    )


def test_what_the_shop_sends_is_escaped(create):
    session = create(line_items=[line("<script>alert(1)</script>")])
    page = read(Client().get(path(session)))
    assert page.all("script") == []
    assert page.items[0].startswith("<script>alert(1)</script> Qty 2")


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [(3800, "usd", "$38.00"), (123456, "jpy", "¥123,456"), (1234567, "kwd", "KWD 1,234.567"),
     (5, "eur", "€0.05"), (380000, "isk", "ISK 3,800.00")],
)  # fmt: skip
def test_amounts_have_the_currency_s_minor_digits(amount, currency, shown):
    assert money.show(amount, currency) == shown
