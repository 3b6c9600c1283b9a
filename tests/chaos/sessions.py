"""The ledger, session by session: what Stripe knows beside what the shop knows of each."""

from collections import Counter
from collections.abc import Iterator, Mapping

from accounts.models import User
from orders.disputes import FRAUD_WARNING
from orders.models import TO_SHIP, Dispute, Order
from stripe_simulator import store
from stripe_simulator.store import Document

NO_MONEY_YET = ("failed", "canceled")


def is_ours(session: Document) -> bool:
    """Others have no reference to a checkout of ours."""
    return bool(session["client_reference_id"])


def is_paid(session: Document) -> bool:
    paid = session["payment_status"] in ("paid", "no_payment_required")
    return paid and session["status"] == "complete"


def our_sessions() -> list[Document]:
    with store.transaction() as db:
        return [session for session in db.find("checkout.session") if is_ours(session)]


def differences(receipts: Counter[str], buyers: Mapping[str, str]) -> Iterator[str]:
    """What is not as it should be, in words; `buyers` are the names of who had which page."""
    orders = {
        order.stripe_session_id: order
        for order in Order.objects.select_related("user").prefetch_related(
            "lines", "refunds", "disputes"
        )
    }
    with store.transaction() as db:
        refunds = by_payment(db.find("refund"))
        disputes = by_payment(db.find("dispute"))
        warned = by_payment(db.find("radar.early_fraud_warning"))
    names = {str(key): name for key, name in User.objects.values_list("stripe_key", "username")}
    for session in our_sessions():
        if not is_paid(session) or session["id"] not in orders:
            continue  # counted as lost
        order, payment = orders[session["id"]], session["payment_intent"]
        found = [
            *buyer(order, session, names, buyers.get(session["id"])),
            *contents(order, session),
            *money_back(order, refunds.get(payment, [])),
            *quarrels(order, disputes.get(payment, []), payment in warned),
        ]
        if not receipts[order.number]:
            found.append("no receipt")
        yield from (f"{session['id'][:20]} of {email_of(session)}: {one}" for one in found)


def email_of(session: Document) -> str:
    """Of a returning shopper the customer's, as Stripe takes no other beside it."""
    return session["customer_email"] or session["customer_details"]["email"]


def by_payment(documents: list[Document]) -> dict[str, list[Document]]:
    grouped: dict[str, list[Document]] = {}
    for document in documents:
        grouped.setdefault(document["payment_intent"], []).append(document)
    return grouped


def buyer(
    order: Order, session: Document, names: dict[str, str], had_the_page: str | None
) -> Iterator[str]:
    name = names.get(session["metadata"]["buyer"])  # none: the account was deleted
    if (order.user and order.user.username) != name:
        yield f"it belongs to {order.user}, {name} bought it"
    if name and had_the_page and had_the_page != name:
        yield f"{had_the_page} had the page of {name}"
    if order.email != email_of(session):
        yield f"the receipt went to {order.email}"


def contents(order: Order, session: Document) -> Iterator[str]:
    details = session["total_details"]
    here = (order.subtotal_cents, order.discount_cents, order.total_cents, order.currency)
    there = (session["amount_subtotal"], details["amount_discount"], session["amount_total"])
    if here != (*there, session["currency"]):
        yield f"amounts {here}, at Stripe {there}"
    chosen = session["_shipping_rates"][session["_shipping_chosen"]]
    delivery = (order.delivery_name, order.shipping_cents)
    if delivery != (chosen["display_name"], chosen["fixed_amount"]["amount"]):
        yield f"delivery {delivery}, chosen was {chosen['display_name']}"
    if "1 Main Street" not in order.shipping_address:
        yield "nobody knows where to send it"
    if order.stripe_payment_intent_id != session["payment_intent"]:
        yield "another payment"
    lines = [
        (line.product_name, line.unit_price_cents, line.quantity) for line in order.lines.all()
    ]
    paid_for = [
        (line["description"], line["price"]["unit_amount"], line["quantity"])
        for line in session["_line_items"]
    ]
    if sorted(lines) != sorted(paid_for):
        yield f"lines {lines}, paid for were {paid_for}"


def money_back(order: Order, refunds: list[Document]) -> Iterator[str]:
    here = {
        (refund.stripe_refund_id, refund.amount_cents, refund.status)
        for refund in order.refunds.all()
        if refund.stripe_refund_id or refund.is_live
    }
    there = {(refund["id"], refund["amount"], refund["status"]) for refund in refunds}
    if here != there:
        yield f"refunds {sorted(map(str, here ^ there))}"
    live = sum(found["amount"] for found in refunds if found["status"] not in NO_MONEY_YET)
    if order.refunded_cents != live:
        yield f"refunded {order.refunded_cents}, at Stripe {live}"
    for refund in refunds:
        if refund["status"] in NO_MONEY_YET and refund["id"] not in order.review_reason:
            yield "a refund came back, and nobody is told"


def quarrels(order: Order, disputes: list[Document], is_warned: bool) -> Iterator[str]:
    here = {(found.stripe_dispute_id, found.status) for found in order.disputes.all()}
    there = {(found["id"], found["status"]) for found in disputes}
    if here != there:
        yield f"disputes {sorted(map(str, here ^ there))}"
    is_serious = any(found["status"] not in Dispute.CLOSED for found in disputes)
    is_lost = any(found["status"] == Dispute.LOST for found in disputes)
    if order.disputed != (is_serious or is_lost):
        yield "whether it is disputed"
    if order.disputed and Order.objects.filter(TO_SHIP, pk=order.pk).exists():
        yield "disputed, and to be packed"
    if is_warned and FRAUD_WARNING not in order.review_reason:
        yield "a warning of fraud, and nobody is told"
