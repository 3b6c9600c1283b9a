"""Mails to shoppers: a receipt once per paid order, and word of a parcel on its way, of a payment
that never arrived, or of a product that is back in stock.

The order is the note that a receipt is due, the checkout that word of a failed payment is: a thread
tries at once, `reconcile_stripe` finishes. Word of a parcel is tried once: it stands in My Orders.
That a product is back only `reconcile_stripe` tells, as stock returns in many ways.
"""

import logging
import smtplib
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Thread
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import connection
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone

from config.mailbox import mail_domain
from orders.models import Order
from shop.models import BackInStockRequest, Checkout

logger = logging.getLogger(__name__)

# How long a process that took on a mail may be silent before another one sends it.
CLAIM = timedelta(minutes=10)
# How soon nobody means to send it again: a double click, or the first one is on its way.
JUST_NOW = timedelta(minutes=1)

# Tests send in their own thread, whose transaction another one could not see.
background = True


class SentJustNow(Exception):
    """The receipt was sent, or begun to be, within the last minute."""


def send_soon(send: Callable[[Any], object], pk: object) -> None:
    """Send without keeping anybody waiting: a mail server may take seconds, or be gone."""
    if not background:
        send(pk)
        return
    Thread(target=send_and_disconnect, args=[send, pk], daemon=True).start()


def send_and_disconnect(send: Callable[[Any], object], pk: object) -> None:
    try:
        send(pk)
    except Exception:  # nobody else hears of what fails in a thread
        logger.exception("a mail about %s was given up", pk)
    finally:
        connection.close()


def reach_people() -> bool:
    """Whether mails go to a mail server; on a developer's machine they are only printed."""
    return not settings.EMAIL_BACKEND.endswith(("console.EmailBackend", "dummy.EmailBackend"))


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
    order = Order.objects.prefetch_related("lines").get(pk=order_id)
    if not sent(partial(receipt, order), f"receipt of order {order.number}"):
        Order.objects.filter(pk=order_id).update(receipt_claimed_at=None)
        return False
    Order.objects.filter(pk=order_id).update(receipt_sent_at=now)
    return True


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
    this.filter(receipt_sent_at=None).update(receipt_sent_at=now)
    return True


def receipt(order: Order, *, again: bool = False) -> EmailMessage:
    message_id = f"<receipt.{order.number}@{mail_domain(settings.SITE_HOST)}>"
    message = EmailMultiAlternatives(
        subject=f"Your order {order.number} at {settings.SHOP_NAME}",
        body=text("receipt_email.txt", order=order),
        to=[order.email],
        # A mail program hides a second mail with the same id as a repetition.
        headers={} if again else {"Message-ID": message_id},
    )
    message.attach_alternative(text("receipt_email.html", order=order), "text/html")
    return message


def on_its_way(order_id: int) -> None:
    """Tell the buyer that the parcel was sent, and how to follow it."""
    order = Order.objects.prefetch_related("lines").get(pk=order_id)

    def write() -> EmailMessage:
        return EmailMessage(
            subject=f"Your order {order.number} is on its way",
            body=text("on_its_way_email.txt", order=order),
            to=[order.email] if order.email else [],
        )

    sent(write, f"word of the parcel of order {order.number}")


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
    checkout = this.prefetch_related("lines").get()

    def write() -> EmailMessage:
        return EmailMessage(
            subject=f"Your payment at {settings.SHOP_NAME} did not arrive",
            body=text("payment_failed_email.txt", checkout=checkout),
            to=[checkout.email],
        )

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
    if not sent(partial(is_back, request), f"word of stock for request {request_id}"):
        return False
    this.delete()
    return True


def is_back(request: BackInStockRequest) -> EmailMessage:
    product = request.product
    message_id = f"<back-in-stock.{request.pk}@{mail_domain(settings.SITE_HOST)}>"
    return EmailMessage(
        subject=f"{product.full_name} is back at {settings.SHOP_NAME}",
        body=text("back_in_stock_email.txt", product=product),
        to=[request.user.email],
        headers={"Message-ID": message_id},
    )


def text(template: str, **about: object) -> str:
    about |= {"shop_name": settings.SHOP_NAME, "site_url": settings.SITE_URL}
    return render_to_string(f"orders/{template}", about)


def sent(write: Callable[[], EmailMessage], what: str) -> bool:
    """Write and send a mail; False, and a line in the log, if either fails in whatever way.

    One mail that cannot be written stops neither the others nor a page. What is only printed on a
    console was not sent.
    """
    try:
        message = write()
        message.subject = " ".join(message.subject.split())
        message.send()
    except (OSError, smtplib.SMTPException) as error:
        logger.warning("%s not sent: %s", what, type(error).__name__)
        return False
    # Templates, headers and encodings fail in a dozen ways; the words could hold an address.
    except Exception as error:
        logger.error("%s could not be written: %s", what, type(error).__name__)
        return False
    return reach_people()
