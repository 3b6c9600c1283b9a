"""What staff do with an order besides looking at it: ship it, give money back, resolve a review."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from orders import mails
from orders.cancelling import CancelForm, CannotCancel, cancel, why_not_cancel
from orders.carriers import TRACKING_PAGES
from orders.correcting import CorrectForm, correct, in_words
from orders.forms import RefundForm, ResolveForm, ShippingForm, TrackingForm, UnshipForm
from orders.models import Order, Refund
from orders.refund_lines import RefundLinesForm
from orders.refunds import TooMuch, refund
from shop.money import format_money
from shop.payments import PaymentError, PaymentRefused


@require_http_methods(["GET", "POST"])
def ship_order(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that the parcel is on its way, which the buyer is told once; later, correct tracking."""
    order = permitted_order(request, pk, "orders.change_order")
    kind = TrackingForm if order.is_parcel_told else ShippingForm
    form = kind(request.POST or None, instance=order)
    if form.is_valid():
        if order.ship(*form.tracking):
            mails.send_soon(mails.on_its_way, order.pk)
            log(request, order, "Shipped.")
            told = f" {order.email} gets an e-mail." if order.email else ""
            messages.success(request, f"Order {order} is on its way.{told}")
        elif order.track(*form.tracking, tell=form.cleaned_data.get("tell", False)):
            mails.send_soon(mails.on_its_way, order.pk)
            log(request, order, f"Tracking from {form.before} to {form.now}.")
            told = f" {order.email} gets an e-mail." if form.cleaned_data.get("tell") else ""
            messages.success(request, f"The tracking of order {order} was changed.{told}")
        elif Order.objects.filter(pk=pk, cancelled_at=None):
            messages.info(request, f"Order {order} is on its way already; nothing was changed.")
        else:
            messages.error(request, f"Order {order} was cancelled: it is not shipped.")
        return redirect("admin:orders_order_change", order.pk)
    title = f"Tracking of order {order}" if order.shipped_at else f"Ship order {order}"
    context = {"order": order, "form": form, "carriers": TRACKING_PAGES}
    return admin_page(request, "orders/admin/ship.html", title, context)


@require_http_methods(["GET", "POST"])
def unship_order(request: HttpRequest, pk: int) -> HttpResponse:
    """The parcel did not go after all: it is to be shipped again, and staff read what the buyer
    was told."""
    order = permitted_order(request, pk, "orders.change_order")
    to_order = redirect("admin:orders_order_change", order.pk)
    if not order.shipped_at:  # a colleague was faster, or the first half of a double click
        messages.info(request, f"Order {order} is not on its way.")
        return to_order
    form = UnshipForm(request.POST or None, initial={"shipped_at": order.shipped_at.isoformat()})
    if form.is_valid():
        if order.unship(form.cleaned_data["shipped_at"]):
            told = "had been told that it was" if order.is_parcel_told else "had not been told yet"
            log(request, order, f"Not shipped after all; the buyer {told}.")
            messages.success(request, f"Order {order} is not on its way. The buyer {told}.")
        else:
            messages.warning(request, f"Order {order} was shipped again since; it stays so.")
        return to_order
    context = {"order": order, "form": form}
    title = f"Order {order} not shipped after all"
    return admin_page(request, "orders/admin/unship.html", title, context)


@require_http_methods(["GET", "POST"])
def correct_order(request: HttpRequest, pk: int) -> HttpResponse:
    """What the buyer mistyped: the e-mail address, the recipient, the address."""
    order = permitted_order(request, pk, "orders.correct_order")
    form = CorrectForm(order, request.POST or None)
    if form.is_valid():
        if changes := correct(order, form):
            log(request, order, in_words(changes))
            messages.success(request, f"Order {order} was corrected.")
        elif not form.errors:
            messages.info(request, f"Nothing of order {order} was changed.")
        if "email" in changes:
            mails.send_soon(mails.send_receipt, order.pk)
        if not form.errors:
            return redirect("admin:orders_order_change", order.pk)
    context = {"order": order, "form": form}
    return admin_page(request, "orders/admin/correct.html", f"Correct order {order}", context)


@require_POST
def resend_receipt(request: HttpRequest, pk: int) -> HttpResponse:
    order = permitted_order(request, pk, "orders.change_order")
    if not order.email:
        messages.error(request, "There is no e-mail address to send the receipt to.")
    elif not mails.reach_people():
        messages.error(request, "Not sent: there is no mail server. Set EMAIL_HOST.")
    else:
        send_again(request, order)
    return redirect("admin:orders_order_change", order.pk)


def send_again(request: HttpRequest, order: Order) -> None:
    try:
        is_sent = mails.resend_receipt(order)
    except mails.SentJustNow:
        words = f"The receipt was sent to {order.email} just now. To send another, wait a minute."
        messages.info(request, words)
        return
    if is_sent:
        log(request, order, f"Receipt sent again to {order.email}.")
        messages.success(request, f"The receipt was sent to {order.email}.")
    else:
        messages.error(request, "Not sent: the mail server did not take it. Try again later.")


@require_http_methods(["GET", "POST"])
def refund_order(request: HttpRequest, pk: int) -> HttpResponse:
    """Two steps: products or an amount, then a page that says what will happen and asks."""
    order = permitted_order(request, pk, "orders.add_refund")
    by_products = RefundLinesForm(
        order, request.POST if "lines-refund_id" in request.POST else None
    )
    by_amount = RefundForm(order, request.POST if "refund_id" in request.POST else None)
    form = by_products if by_products.is_bound else by_amount
    valid = form.is_valid()
    if valid and form.is_confirmed:
        give_back(request, order, form)
        return redirect("admin:orders_order_change", order.pk)
    context = {
        "order": order,
        "form": form,
        "by_products": by_products,
        "by_amount": by_amount,
        "amount_cents": form.amount_cents if valid else None,
        "disputes": [each for each in order.disputes.all() if each.is_open or each.is_lost],
    }
    return admin_page(request, "orders/admin/refund.html", f"Refund order {order}", context)


def give_back(request: HttpRequest, order: Order, form: RefundForm | RefundLinesForm) -> None:
    """Ask for it, say how it went, and note that in the history if it is news."""
    refund_id = form.cleaned_data["refund_id"]
    # A form that was sent before is still about what it asked for then.
    before = order.refunds.filter(pk=refund_id).first()
    asked_cents = before.amount_cents if before else form.amount_cents
    reason = before.reason if before else form.cleaned_data["reason"]
    amount = format_money(asked_cents, order.currency)
    end = "."
    try:
        given = refund(order, asked_cents, reason, refund_id, form.lines)
    except TooMuch:
        messages.error(request, f"Not refunded: {amount}{form.what_for} is more than what is left.")
        return
    except PaymentRefused:
        messages.error(request, f"Stripe refused to refund {amount}. Nothing was refunded.")
        end = ", refused by Stripe."
    except PaymentError:
        messages.warning(
            request,
            f"Stripe gave no clear answer, so the refund of {amount} is pending. It will complete "
            "automatically, or the order will ask for a review; do not refund it again.",
        )
        end = ", pending."
    else:
        amount = format_money(given.amount_cents, order.currency)
        messages.success(request, f"{amount} refunded.")
    if amount != format_money(form.amount_cents, order.currency):
        words = f"This form has asked for {amount} before. Open a new one to refund another amount."
        messages.warning(request, words)
    after = order.refunds.filter(pk=refund_id).first()
    if outcome(before) != outcome(after):
        log(request, order, f"Refund of {amount}{form.what_for} ({reason}){end}")


@require_http_methods(["GET", "POST"])
def cancel_order(request: HttpRequest, pk: int) -> HttpResponse:
    """One page that says what will happen, and one button."""
    need(request, "orders.change_order", "orders.add_refund")
    order = get_object_or_404(Order, pk=pk)
    form = CancelForm(request.POST or None)
    if form.is_valid():
        try:
            call_off(request, order, form)
        except CannotCancel as why:
            messages.error(request, f"Order {order} was not cancelled. {why}")
        return redirect("admin:orders_order_change", order.pk)
    context = {"order": order, "form": form, "why_not": why_not_cancel(order)}
    return admin_page(request, "orders/admin/cancel.html", f"Cancel order {order}", context)


def call_off(request: HttpRequest, order: Order, form: CancelForm) -> None:
    """Cancel it, ask Stripe for the money, and say how both went. Raises CannotCancel."""
    reason, refund_id = form.cleaned_data["reason"], form.cleaned_data["refund_id"]
    put_back = form.cleaned_data["put_back"]
    is_first = cancel(order, reason, refund_id, put_back=put_back)
    begun = order.refunds.filter(pk=refund_id).first()
    amount = format_money(begun.amount_cents, order.currency) if begun else ""
    if is_first:
        money = f"; refund of {amount} ({reason}) begun" if begun else ""
        stock = "; back in stock" if put_back else ""
        log(request, order, f"Cancelled{money}{stock}.")
    if not begun:
        already = "" if is_first else " already"
        messages.success(request, f"Order {order} is cancelled{already}.")
        return
    try:
        refund(order, begun.amount_cents, reason, refund_id)
    except PaymentRefused:
        messages.error(
            request, f"Order {order} is cancelled, but Stripe refused to refund {amount}."
        )
    except PaymentError:
        messages.warning(
            request,
            f"Order {order} is cancelled. Stripe gave no clear answer, so the refund of {amount} "
            "is pending. It will complete automatically, or the order will ask for a review; do "
            "not refund it again.",
        )
    else:
        messages.success(request, f"Order {order} is cancelled. {amount} refunded.")


def outcome(refund: Refund | None) -> tuple[str, str | None] | None:
    return (refund.status, refund.stripe_refund_id) if refund else None


@require_http_methods(["GET", "POST"])
def resolve_review(request: HttpRequest, pk: int) -> HttpResponse:
    order = permitted_order(request, pk, "orders.resolve_order")
    to_order = redirect("admin:orders_order_change", order.pk)
    if not order.needs_review:  # a colleague was faster, or the first half of a double click
        return to_order
    form = ResolveForm(request.POST or None, initial={"reasons_read": len(order.reasons)})
    if form.is_valid():
        note = form.cleaned_data["note"]
        if order.resolve(f"{note} ({request.user})", form.cleaned_data["reasons_read"]):
            log(request, order, f"Review resolved: {note}")
            messages.success(request, f"Order {order} no longer needs review.")
            return to_order
        order.refresh_from_db()
        if not order.needs_review:
            return to_order
        messages.warning(
            request, "Not resolved: something else has happened since. Read it, then try again."
        )
        form = ResolveForm(initial={"note": note, "reasons_read": len(order.reasons)})
    context = {"order": order, "form": form}
    return admin_page(request, "orders/admin/resolve.html", f"Review of order {order}", context)


def permitted_order(request: HttpRequest, pk: int, permission: str) -> Order:
    need(request, permission)
    return get_object_or_404(Order, pk=pk)


def need(request: HttpRequest, *permissions: str) -> None:
    """Refuse who may not see orders, or lacks one of these."""
    may_see = admin.site.get_model_admin(Order).has_view_permission(request)
    if not (may_see and request.user.has_perms(permissions)):
        raise PermissionDenied


def admin_page(
    request: HttpRequest, template: str, title: str, context: dict[str, Any]
) -> HttpResponse:
    return render(request, template, admin.site.each_context(request) | {"title": title} | context)


def log(request: HttpRequest, order: Order, message: str) -> None:
    LogEntry.objects.log_actions(str(request.user.pk), [order], CHANGE, message)
