"""What the shop knows of one person: given out on request, erased on request, forgotten in time."""

import json
import re
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.locking import lock
from accounts.models import User
from accounts.second_factor import codes_left, device_of
from orders.models import TO_SHIP, Dispute, Order, Refund, RefusedAddress
from shop.models import BackInStockRequest, CartItem, Checkout, SavedProduct, StripeCustomer
from shop.money import to_decimal

# What staff are told before they erase somebody, and the person may be told afterwards.
KEPT = (
    "Of each order its number, days, products, amounts and tax, the country that it went to, its "
    "refunds and disputes, and Stripe’s id of the payment: accounts have to show what was sold and "
    "taxed. No name, address or e-mail is with them any more. Stripe keeps its record of each "
    "payment, with what was typed there, for the same reason. Backups keep all of it until they "
    "are deleted."
)
ERASED = "(erased with the person)"
# A table is never locked as a whole for those who shop meanwhile.
AT_ONCE = 500


class Person(NamedTuple):
    """Who has, or had, an account: of a deleted one there are only the orders by their address."""

    user: User | None
    email: str


class Erased(NamedTuple):
    orders: int
    checkouts: int


class HasToWait(Exception):
    """Nothing was erased; the reasons are in words for staff."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


def find_person(name: str) -> Person | None:
    """By the username, in just this spelling as nobody is erased by mistake, or the e-mail address;
    also of those whose account is deleted.
    """
    user = User.objects.filter(username=name).first() or User.with_email(name).first()
    if user:
        return Person(user, user.email)
    somebody = Person(None, name)
    return somebody if orders_of(somebody).exists() or checkouts_of(somebody).exists() else None


def orders_of(person: Person) -> QuerySet[Order]:
    address = Q(email__iexact=person.email) | Q(former_email__iexact=person.email)
    return Order.objects.filter(theirs(person, address)).order_by("paid_at", "pk")


def checkouts_of(person: Person) -> QuerySet[Checkout]:
    address = Q(email__iexact=person.email)
    return Checkout.objects.filter(theirs(person, address)).order_by("created_at", "pk")


def theirs(person: Person, address: Q) -> Q:
    """An address counts only where no account has the row: another one may have it by now."""
    by_address = Q(user=None) & address if person.email else Q(pk__in=[])
    return by_address | Q(user=person.user) if person.user else by_address


def export_person(person: Person) -> dict[str, Any]:
    """All that is stored about a person, as JSON can hold it: amounts and dates are text."""
    orders = orders_of(person).prefetch_related("lines", "refunds", "disputes")
    checkouts = checkouts_of(person).prefetch_related("lines")
    user = person.user
    return {
        "account": account_data(user) if user else None,
        "orders": [order_data(order) for order in orders],
        "checkouts": [checkout_data(checkout) for checkout in checkouts],
        "cart": [
            {"product": str(item.product), "quantity": item.quantity, "added": text(item.added_at)}
            for item in CartItem.objects.filter(user=user or 0).select_related("product")
        ],
        "saved_for_later": [
            {"product": str(saved.product), "saved": text(saved.created_at)}
            for saved in SavedProduct.objects.filter(user=user or 0).select_related("product")
        ],
        "waits_for": [
            {"product": str(request.product), "asked": text(request.created_at)}
            for request in BackInStockRequest.objects.filter(user=user or 0).select_related(
                "product"
            )
        ],
    }


def account_data(user: User) -> dict[str, Any]:
    return {
        "username": user.username,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "joined": text(user.date_joined),
        "last_login": text(user.last_login),
        "is_active": user.is_active,
        "device_for_codes": second_factor_data(user),
        "stripe_customer": StripeCustomer.id_of(user),
        "key_at_stripe": str(user.stripe_key),
    }


def second_factor_data(user: User) -> dict[str, Any] | None:
    """Neither key nor codes: whoever reads the export could come in with them."""
    device = device_of(user)
    return device and {
        "set_up": text(device.created_at),
        "last_used": text(device.last_used_at),
        "recovery_codes_left": codes_left(user),
    }


def order_data(order: Order) -> dict[str, Any]:
    def money(amount_cents: int) -> str:
        return str(to_decimal(amount_cents, order.currency))

    return {
        "number": order.number,
        "paid": text(order.paid_at),
        "status": order.status,
        "email": order.email,
        "former_email": order.former_email,
        "currency": order.currency,
        "lines": [
            {
                "product": line.product_name,
                "quantity": line.quantity,
                "unit_price": money(line.unit_price_cents),
            }
            for line in order.lines.all()
        ],
        "subtotal": money(order.subtotal_cents),
        "discount": money(order.discount_cents),
        "delivery": money(order.shipping_cents),
        "tax": money(order.tax_cents),
        "total": money(order.total_cents),
        "stripe_session": order.stripe_session_id,
        "stripe_payment": order.stripe_payment_intent_id,
        "recipient": order.shipping_name,
        "address": order.shipping_address.splitlines(),
        "former_address": order.former_address.splitlines(),
        "delivered_by": order.delivery_name,
        "shipped": text(order.shipped_at),
        "tracking_number": order.tracking_number,
        "tracking_link": order.tracking_url,
        "refunds": [
            {
                "made": text(refund.created_at),
                "amount": money(refund.amount_cents),
                "reason": refund.get_reason_display(),
                "status": refund.status,
            }
            for refund in order.refunds.all()
        ],
        "disputes": [
            {
                "opened": text(dispute.created_at),
                "amount": money(dispute.amount_cents),
                "status": dispute.status,
            }
            for dispute in order.disputes.all()
        ],
        "review": order.reasons,
        "how_it_was_resolved": order.review_note,
        "internal_note": order.staff_note,
    }


def checkout_data(checkout: Checkout) -> dict[str, Any]:
    return {
        "started": text(checkout.created_at),
        "status": checkout.status,
        "email": checkout.email,
        "total": str(to_decimal(checkout.total_cents, checkout.currency)),
        "currency": checkout.currency,
        "products": [str(line) for line in checkout.lines.all()],
        "sent_to_stripe": json.loads(checkout.session_params),
    }


def text(moment: datetime | None) -> str | None:
    return timezone.localtime(moment).isoformat(timespec="seconds") if moment else None


def erase_person(person: Person) -> Erased:
    """Delete the account and take name, e-mail and addresses out of what accounts have to keep.

    The customer at Stripe goes as that of every deleted account: the reconciler deletes it.
    Raises HasToWait, having done nothing, while something still needs the person's data.
    """
    with transaction.atomic():
        # In the order that docs/payments.md gives.
        if person.user:
            lock(User.objects.filter(pk=person.user.pk))
        checkouts, orders = lock(checkouts_of(person)), lock(orders_of(person))
        if reasons := reasons_to_wait(person):
            raise HasToWait(reasons)
        for order in Order.objects.filter(pk__in=orders):
            erase_buyer(order, person)
        Checkout.objects.filter(pk__in=checkouts).update(email="", session_params="{}")
        erase_from_history(person, orders)
        if person.user:
            person.user.delete()
    return Erased(len(orders), len(checkouts))


def reasons_to_wait(person: Person) -> list[str]:
    """In words; empty if nothing needs the person's data any more."""
    user, orders, reasons = person.user, orders_of(person), []
    if user and (user.is_staff or user.is_superuser or user.logentry_set.exists()):
        reasons.append("This account works here, or did: switch it off, and its history stays.")
    if checkouts_of(person).filter(status__in=Checkout.UNFINISHED).exists():
        reasons.append("A payment is open: wait until it has ended.")
    under_way = Refund.objects.exclude(status__in=(*Refund.DEAD, Refund.Status.SUCCEEDED))
    disputed = Dispute.objects.exclude(status__in=Dispute.CLOSED)
    for words, those in {
        "is still to be shipped": orders.filter(TO_SHIP),
        "needs a review": orders.filter(needs_review=True),
        "has a refund under way": orders.filter(pk__in=under_way.values("order")),
        "is disputed": orders.filter(pk__in=disputed.values("order")),
    }.items():
        reasons += [f"Order {order} {words}." for order in those]
    return reasons


def erase_buyer(order: Order, person: Person) -> None:
    """Of an address the country stays, by which tax was worked out."""
    known = [order.email, order.former_email, order.shipping_name, person.email]
    RefusedAddress.objects.filter(email__in=known).delete()
    known += [*order.shipping_address.splitlines(), *order.former_address.splitlines()]
    country = order.shipping_address.rpartition("\n")[2]
    order.shipping_address = country if re.fullmatch(r"[A-Z]{2}", country) else ""
    order.review_reason = without(known, order.review_reason)
    order.user = order.parcel_mail_due_at = None
    order.email = order.former_email = order.shipping_name = order.former_address = ""
    order.tracking_number = order.tracking_url = order.staff_note = order.review_note = ""
    order.save(
        update_fields=[
            *("user", "email", "former_email", "shipping_name", "shipping_address"),
            *("former_address", "tracking_number", "tracking_url", "parcel_mail_due_at"),
            *("staff_note", "review_note", "review_reason"),
        ]
    )


def without(words: list[str], said: str) -> str:
    """A country's two letters stand in other words, too, and tell little."""
    for word in (word for word in words if len(word) > 2):
        said = said.replace(word, "(erased)")
    return said


def erase_from_history(person: Person, orders: list[int]) -> None:
    """Who did something and when stays to be read; what was written may hold a name."""
    about_orders = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(Order))
    about_orders.filter(object_id__in=[str(pk) for pk in orders]).update(change_message=ERASED)
    if person.user:
        about_users = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User))
        this_one = about_users.filter(object_id=str(person.user.pk))
        this_one.update(object_repr=ERASED, change_message=ERASED)


def forget_old_checkouts() -> int:
    """Take the buyer out of checkouts that ended PERSONAL_DATA_DAYS ago; how many that were.

    Orders are made from newer ones only. Safe to repeat, and to run while people shop.
    """
    long_ago = timezone.now() - timedelta(days=settings.PERSONAL_DATA_DAYS)
    ended = Checkout.objects.exclude(status__in=Checkout.UNFINISHED).order_by("pk")
    old = ended.filter(expires_at__lt=long_ago).exclude(email="", session_params="{}", user=None)
    forgotten = 0
    while True:
        with transaction.atomic():
            some = lock(
                Checkout.objects.filter(pk__in=[*old.values_list("pk", flat=True)[:AT_ONCE]])
            )
            nobody: dict[str, Any] = {"email": "", "session_params": "{}", "user": None}
            Checkout.objects.filter(pk__in=some).update(**nobody)
        forgotten += len(some)
        if len(some) < AT_ONCE:
            return forgotten
