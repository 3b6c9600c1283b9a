"""Mails to shoppers, each once: a receipt, word of a parcel, of a cancelled order, of a refund, of
a payment that never arrived, of a product that is back in stock.

A row is the note that a mail is due: a thread tries at once, `reconcile_stripe` finishes. That a
product is back only `reconcile_stripe` tells, as stock returns in many ways.
"""

import logging
import smtplib
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.background import do_soon, let_go_of_the_database
from config.mailbox import mail_domain
from orders.models import Order, Refund, RefusedAddress
from shop.models import BackInStockRequest, Checkout, Shop

logger = logging.getLogger(__name__)

# How long a process that took on a mail may be silent before another one sends it.
CLAIM = timedelta(minutes=10)
# How long the reconciler has to send what could not be sent at once, before staff hear of it.
LATE = timedelta(hours=1)
# What a mail server answers for good; 4… is for now.
FOR_GOOD = range(500, 600)
# How soon nobody means to send it again: a double click, or the first one is on its way.
JUST_NOW = timedelta(minutes=1)


class SentJustNow(Exception):
    """The receipt was sent, or begun to be, within the last minute."""


def send_soon(send: Callable[[Any], object], pk: object) -> None:
    """Send without keeping anybody waiting: a mail server may take seconds, or be gone."""
    do_soon(partial(send, pk))


def reach_people() -> bool:
    """Whether mails go to a mail server; on a developer's machine they are only printed."""
    return not settings.EMAIL_BACKEND.endswith(("console.EmailBackend", "dummy.EmailBackend"))


def reachable(rows: QuerySet[Any], email: str = "email") -> QuerySet[Any]:
    """Those with an address in the column `email`, which the mail server has not just refused."""
    refused = RefusedAddress.objects.now().filter(email=OuterRef(email))
    return rows.exclude(**{email: ""}).exclude(Exists(refused))


def orders_with_late_mail() -> QuerySet[Order]:
    """Those whose buyer should have been told something an hour ago, and was not.

    A union rather than "or": each of the four has an index of its own.
    """
    late = timezone.now() - LATE
    orders, refunds = Order.objects.order_by(), Refund.objects.order_by()
    untold = refunds.filter(mail_due_at__lte=late).exclude(status__in=Refund.DEAD)
    late_ones = orders.filter(receipt_sent_at=None, created_at__lte=late).values("pk")
    late_ones = late_ones.union(
        orders.filter(parcel_mail_due_at__lte=late).values("pk"),
        orders.filter(cancel_mail_due_at__lte=late).values("pk"),
        untold.values("order"),
    )
    return Order.objects.filter(pk__in=late_ones).exclude(email="")


def send_receipt(order_id: int) -> bool:
    """Send it unless it was sent, or another process is at it; whether it was sent just now.

    Claimed by one conditional UPDATE. A process that dies between the mail server's OK and the
    note of it is the one case of a second mail; it carries the same Message-ID.
    """
    now = timezone.now()
    unclaimed = Q(receipt_claimed_at=None) | Q(receipt_claimed_at__lte=now - CLAIM)
    due = Order.objects.filter(unclaimed, pk=order_id, receipt_sent_at=None).exclude(email="")
    if not due.update(receipt_claimed_at=now):
        return False
    order = with_pictures(order_id)
    if not sent(partial(receipt, order), f"receipt of order {order.number}"):
        Order.objects.filter(pk=order_id).update(receipt_claimed_at=None)
        return False
    note_sent(order)
    return True


def with_pictures(order_id: int) -> Order:
    return Order.objects.prefetch_related("lines__product").get(pk=order_id)


def note_sent(order: Order) -> None:
    """Unless the address was corrected since: then it is due there."""
    this = Order.objects.filter(pk=order.pk, email=order.email, receipt_sent_at=None)
    this.update(receipt_sent_at=timezone.now())


def resend_receipt(order: Order) -> bool:
    """Send the receipt because staff ask for it; whether the mail server took it.

    Was the first one still due, this was it. Raises SentJustNow: a double click is one mail.
    """
    this, now = Order.objects.filter(pk=order.pk), timezone.now()
    if not this.exclude(receipt_claimed_at__gt=now - JUST_NOW).update(receipt_claimed_at=now):
        raise SentJustNow
    if not sent(partial(receipt, order, again=True), f"receipt of order {order.number}"):
        this.update(receipt_claimed_at=None)
        return False
    note_sent(order)
    return True


def receipt(order: Order, *, again: bool = False) -> EmailMultiAlternatives:
    # A mail program hides a second mail with the same id as a repetition.
    message_id = "" if again else f"receipt.{order.number}"
    subject = f"Your order {order.number} at {Shop.load()}"
    return message("receipt", subject, order.email, message_id, order=order)


def on_its_way(order_id: int) -> bool:
    """Tell the buyer that the parcel was sent, and how to follow it, if that is due; whether it
    was told just now. After a correction it says that the tracking is new."""
    order = with_pictures(order_id)
    since = order.tracking_corrected_at or order.shipped_at

    def write() -> EmailMultiAlternatives:
        subject = f"Your order {order.number} is on its way"
        if order.tracking_corrected_at:
            subject = f"New tracking for your order {order.number}"
        message_id = f"parcel.{order.number}.{since:%Y%m%d%H%M%S%f}"
        return message("on_its_way", subject, order.email, message_id, order=order)

    this = Order.objects.filter(pk=order_id).exclude(shipped_at=None).exclude(email="")
    return told(this, "parcel_mail_due_at", write, f"word of the parcel of order {order.number}")


def all_on_their_way(order_ids: list[int]) -> None:
    """One after the other: many at once would be more than a mail server takes."""
    for order_id in order_ids:
        on_its_way(order_id)


def cancelled(order_id: int) -> bool:
    """Tell the buyer that the order was cancelled, if that is due; whether it was told just now.
    Of the money a mail of its own tells."""
    order = with_pictures(order_id)

    def write() -> EmailMultiAlternatives:
        subject = f"Your order {order.number} was cancelled"
        message_id = f"cancelled.{order.number}"
        return message("cancelled", subject, order.email, message_id, order=order)

    this = Order.objects.filter(pk=order_id).exclude(email="")
    return told(this, "cancel_mail_due_at", write, f"word of cancelled order {order.number}")


def refunded(refund_id: UUID) -> bool:
    """Tell the buyer that money went back or is on its way, if that is due; whether it was told
    just now."""
    refund = Refund.objects.select_related("order").filter(pk=refund_id).first()
    if not refund or not refund.order.email:
        return False
    order = refund.order

    def write() -> EmailMultiAlternatives:
        subject = f"Your refund for order {order.number}"
        message_id = f"refund.{refund.stripe_refund_id}"
        return message("refunded", subject, order.email, message_id, order=order, refund=refund)

    # What failed meanwhile is no good news, and staff write to the buyer themselves.
    live = Refund.objects.filter(pk=refund_id).exclude(status__in=Refund.DEAD)
    return told(live, "mail_due_at", write, f"word of a refund of order {order.number}")


def told(
    this: QuerySet[Any], due_at: str, write: Callable[[], EmailMultiAlternatives], what: str
) -> bool:
    """Send what is due from the moment in the column `due_at` on; whether it was sent just now.

    One conditional UPDATE claims it, by making it due when a claim is over: a process that dies
    while it sends leaves it to the next one.
    """
    now = timezone.now()
    claimed_until = now + CLAIM
    if not this.filter(**{f"{due_at}__lte": now}).update(**{due_at: claimed_until}):
        return False
    is_sent = sent(write, what)
    if is_sent:
        this.update(**{due_at: None})
    else:
        this.filter(**{due_at: claimed_until}).update(**{due_at: now})
    return is_sent


def payment_failed(checkout_id: UUID) -> bool:
    """Tell the buyer, once, that a delayed payment did not arrive, and how to try again.

    Claimed as a receipt is: a process that dies while it sends leaves the word due.
    """
    this = Checkout.objects.filter(pk=checkout_id)
    now = timezone.now()
    unclaimed = Q(failure_claimed_at=None) | Q(failure_claimed_at__lte=now - CLAIM)
    untold = this.filter(unclaimed, payment_failed_at__isnull=False, failure_told_at=None)
    if not untold.exclude(email="").update(failure_claimed_at=now):
        return False
    checkout = this.prefetch_related("lines__product").get()

    def write() -> EmailMultiAlternatives:
        subject = f"Your payment at {Shop.load()} did not arrive"
        return message("payment_failed", subject, checkout.email, checkout=checkout)

    if sent(write, f"word of the failed payment of checkout {checkout}"):
        this.update(failure_told_at=now)
        return True
    this.update(failure_claimed_at=None)
    return False


def back_in_stock(request_id: int) -> bool:
    """Tell a shopper, once, that a product can be bought again, and forget that they asked.

    Claimed as a receipt is. The claim of a mail that failed stays, so that it is tried again after
    those that were not tried yet.
    """
    now = timezone.now()
    # Is it sold out again, the shopper goes on waiting.
    about = BackInStockRequest.objects.due().select_related("product", "user")
    request = about.filter(pk=request_id).first()
    unclaimed = Q(claimed_at=None) | Q(claimed_at__lte=now - CLAIM)
    # Of this table alone: PostgreSQL looks again at the row that it waited for, not at joined ones.
    this = BackInStockRequest.objects.filter(pk=request_id)
    if not request or not this.filter(unclaimed).update(claimed_at=now):
        return False
    product, email = request.product, request.user.email

    def write() -> EmailMultiAlternatives:
        subject = f"{product.full_name} is back at {Shop.load()}"
        message_id = f"back-in-stock.{request_id}"
        return message("back_in_stock", subject, email, message_id, product=product)

    if not sent(write, f"word of stock for request {request_id}"):
        return False
    this.delete()
    return True


def message(
    template: str, subject: str, email: str, message_id: str = "", **about: object
) -> EmailMultiAlternatives:
    """In text and in HTML, which say the same. A mail with an id that was sent before is taken for
    a repetition by mail programs."""
    about["site_url"] = settings.SITE_URL
    domain = mail_domain(settings.SITE_HOST)
    written = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string(f"orders/{template}_email.txt", about),
        to=[email] if email else [],
        headers={"Message-ID": f"<{message_id}@{domain}>"} if message_id else {},
    )
    html = render_to_string(f"orders/{template}_email.html", about)
    written.attach_alternative(html, "text/html")
    return written


def sent(write: Callable[[], EmailMultiAlternatives], what: str) -> bool:
    """Write and send a mail; False, and a line in the log, if either fails in whatever way.

    One mail that cannot be written stops neither the others nor a page. What is only printed on a
    console was not sent.
    """
    try:
        message = write()
        message.subject = " ".join(message.subject.split())
        let_go_of_the_database()
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        for email, (code, _) in error.recipients.items():
            if code in FOR_GOOD:
                RefusedAddress.note(email)
        logger.warning("%s not sent: %s", what, type(error).__name__)
        return False
    except OSError as error:  # smtplib's are of this kind, too
        logger.warning("%s not sent: %s", what, type(error).__name__)
        return False
    # Templates, headers and encodings fail in a dozen ways; the words could hold an address.
    except Exception as error:
        logger.error("%s could not be written: %s", what, type(error).__name__)
        return False
    RefusedAddress.objects.filter(email__in=message.to).delete()
    return reach_people()
