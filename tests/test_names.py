"""Names as people really have them, and as nobody should: everywhere a name goes."""

import pytest
from django.core import mail

from orders.mails import send_receipt
from orders.recording import record_order
from shop.models import Checkout, Product
from stripe_simulator.testing import pay
from tests.pages import read
from tests.recorded import stripe_calls

NAMES = [
    "כוס תה \N{RIGHT-TO-LEFT OVERRIDE}gum",
    "Mug \N{HOT BEVERAGE}\N{VARIATION SELECTOR-16}",
    "<script>alert(1)</script>",
    "=cmd()|'/C calc'!A0",
    "Mug\r\nBcc: victim@example.com",
    "{{ 7|add:7 }} {% now 'Y' %} {CHECKOUT_SESSION_ID}",
    "'; DROP TABLE orders_order; --",
    "x" * 150,
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_only_ever_a_name(as_alice, as_staff, mug, name):
    Product.objects.update(name=name)
    with stripe_calls() as calls:
        as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1})
    checkout = Checkout.objects.get()
    session_name = calls[0].form["line_items[0][price_data][product_data][name]"]
    assert session_name.split() == name.split()

    pay(checkout.stripe_session_id)
    order = record_order(checkout.stripe_session_id)
    send_receipt(order.pk)
    (message,) = mail.outbox
    assert message.message()["Bcc"] is None
    assert order.lines.get().product_name == name

    urls = ["/home/", mug.get_absolute_url(), "/orders/", order.get_absolute_url()]
    urls += [
        f"/orders/{order.number}/receipt/",
        f"/success/?session_id={checkout.stripe_session_id}",
    ]
    pages = [as_alice.get(url) for url in urls]
    pages += [as_staff.get(f"/admin/orders/order/{order.pk}/change/")]
    pages += [as_staff.get("/admin/orders/order/", {"q": name[:20]})]
    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert " ".join(name.split()) in read(page).text
