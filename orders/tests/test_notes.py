"""What staff tell each other about an order."""

from django.contrib.admin.models import LogEntry

from orders.models import Order
from tests.pages import read

NOTE = "Wants it <b>wrapped</b>.\nCalls back on Friday."


def url(order: Order, page: str) -> str:
    return f"/admin/orders/order/{order.pk}/{page}/"


def save(client, order: Order, note: str, seen: str | None = None, **more: object):
    """As a browser does: with what the page showed when it was opened."""
    order.refresh_from_db()
    fields = {"staff_note": note, "initial-staff_note": order.staff_note if seen is None else seen}
    lines = {"lines-TOTAL_FORMS": 0, "lines-INITIAL_FORMS": 0}
    return client.post(url(order, "change"), fields | lines | more)


def note_on(page) -> str:
    return page.context["adminform"].form["staff_note"].value()


def news() -> list[str]:
    return [entry.get_change_message() for entry in LogEntry.objects.all()]


def test_a_note_stands_on_the_order_until_someone_changes_it(as_staff, order):
    assert save(as_staff, order, NOTE).status_code == 302
    page = as_staff.get(url(order, "change"))
    assert note_on(page) == NOTE
    assert read(page).field("Internal note") == NOTE

    save(as_staff, order, "")
    assert note_on(as_staff.get(url(order, "change"))) == ""


def test_the_page_changes_nothing_else(as_staff, order):
    lies = {"total_cents": 1, "email": "x@example.com", "shipped_at": "2026-01-01", "status": "x"}
    before = Order.objects.values().get()
    save(as_staff, order, "x", **lies)

    assert Order.objects.values().get() == before | {"staff_note": "x"}


def test_the_buyer_never_sees_it(as_staff, as_alice, order):
    save(as_staff, order, NOTE)

    own = order.get_absolute_url()
    success = f"/success/?session_id={order.stripe_session_id}"
    for page in (own, f"{own}receipt/", "/orders/", success):
        assert "Friday" not in as_alice.get(page).text


def test_who_may_not_change_orders_reads_it_and_no_more(as_alice, order, as_clerk):
    Order.objects.update(staff_note=NOTE)
    client = as_clerk("view_order")

    page = read(client.get(url(order, "change")))
    assert "Calls back on Friday." in page.facts["Internal note"]
    assert page.fields == {}
    assert save(client, order, "x").status_code == 403
    assert save(as_alice, order, "x").url.startswith("/admin/login/")
    order.refresh_from_db()
    assert order.staff_note == NOTE


def test_a_note_that_a_colleague_changed_meanwhile_is_not_overwritten(as_staff, order):
    Order.objects.update(staff_note="Paid by her aunt.")
    page = save(as_staff, order, "Calls back.", seen="")

    assert "It was nothing when you opened this page" in read(page).part(".errorlist").text
    assert "a colleague has made it “Paid by her aunt.”" in read(page).part(".errorlist").text
    assert note_on(page) == "Calls back."  # what was typed is kept
    order.refresh_from_db()
    assert order.staff_note == "Paid by her aunt."


def test_a_note_that_did_not_change_is_no_news(as_staff, order):
    for _ in range(2):
        assert save(as_staff, order, "Calls back.").status_code == 302

    assert news() == ["Changed Internal note from nothing to “Calls back.”."]


def test_a_double_click_on_a_new_note_is_news_once(as_staff, order):
    for _ in range(2):
        assert save(as_staff, order, "Calls back.", seen="").status_code == 302

    assert news() == ["Changed Internal note from nothing to “Calls back.”."]


def test_a_note_is_on_one_order(as_staff, as_bob, order, mug, purchase):
    other = purchase(as_bob, mug)
    save(as_staff, order, "Calls back.")

    other.refresh_from_db()
    assert other.staff_note == ""
