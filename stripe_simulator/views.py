"""The hosted page: what a buyer sees at Stripe."""

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from . import acts, delivery, store
from .cards import CARDS, NEEDS_CONFIRMATION, spaced
from .errors import ApiError
from .forms import CheckoutForm, PromotionCodeForm, ShippingForm
from .store import Document


def session_or_404(session_id: str) -> Document:
    with store.transaction() as db:
        acts.expire_overdue(db)
        session = db.get("checkout.session", session_id)
    if session is None:
        raise Http404("No such checkout")
    return session


def see_other(url: str) -> HttpResponse:
    response = redirect(url)
    response.status_code = 303
    return response


def success_url(session: Document) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest, session_id: str) -> HttpResponse:
    session = session_or_404(session_id)
    if session["status"] != "open":
        return page(request, session["status"], session, success_url=success_url(session))
    action = request.POST.get("action")
    form = CheckoutForm(request.POST or None, session=session, by_card=action != "pay_later")
    if form.is_valid():
        try:
            session = acts.pay(session_id, **form.payment())
        except ApiError as error:
            if error.status != 402:  # paid in another tab, or run out: show what is true now
                return see_other(request.path)
            form.add_error("number", error.message)
        else:
            return onwards(request, session)
    elif request.GET.get("confirmation") == "failed":
        return show_checkout(request, session, form, notice=acts.NOT_CONFIRMED)
    return show_checkout(request, session, form)


def onwards(request: HttpRequest, session: Document) -> HttpResponse:
    if session["status"] == "open":
        return see_other(reverse("stripe_simulator:confirm", args=[session["id"]]))
    delivery.deliver_now("checkout.session.completed", session["id"])
    if request.POST.get("action") == "pay_and_leave":
        return page(request, "left", session)
    return see_other(success_url(session))


def show_checkout(
    request: HttpRequest,
    session: Document,
    form: CheckoutForm,
    code_form: PromotionCodeForm | None = None,
    notice: str = "",
) -> HttpResponse:
    return page(
        request,
        "checkout",
        session,
        lines=session["_line_items"],
        code=session["_code"],
        code_form=code_form or PromotionCodeForm(),
        shipping_form=ShippingForm(session=session) if session.get("_shipping_rates") else None,
        form=form,
        notice=notice,
        cards=[(spaced(number), card.meaning) for number, card in CARDS.items()],
    )


def page(request: HttpRequest, name: str, session: Document, **context: Any) -> HttpResponse:
    context |= {"session": session, "shop": settings.SHOP_NAME}
    return render(request, f"stripe_simulator/{name}.html", context)


@login_not_required
@require_POST
def promotion_code(request: HttpRequest, session_id: str) -> HttpResponse:
    session = session_or_404(session_id)
    form = PromotionCodeForm(request.POST)
    removing = "remove" in request.POST
    if removing or form.is_valid():
        try:
            acts.apply_promotion_code(session_id, "" if removing else form.cleaned_data["code"])
        except ApiError as error:
            form.add_error("code", error.message)
    if form.errors and not removing and session["status"] == "open":
        return show_checkout(request, session, CheckoutForm(session=session, by_card=True), form)
    return see_other(reverse("stripe_simulator:checkout", args=[session_id]))


@login_not_required
@require_POST
def shipping(request: HttpRequest, session_id: str) -> HttpResponse:
    session = session_or_404(session_id)
    form = ShippingForm(request.POST, session=session)
    if form.is_valid():
        with suppress(ApiError):  # paid in another tab, or ended meanwhile: the page says so
            acts.choose_shipping(session_id, form.cleaned_data["shipping_option"])
    return see_other(reverse("stripe_simulator:checkout", args=[session_id]))


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, session_id: str) -> HttpResponse:
    """The page of the buyer's bank, for the card that asks for it."""
    session = session_or_404(session_id)
    back = reverse("stripe_simulator:checkout", args=[session_id])
    with store.transaction() as db:
        intent = db.get("payment_intent", session["payment_intent"])
    if session["status"] != "open" or not intent or intent["status"] != "requires_action":
        return see_other(back)
    if request.method != "POST":
        return page(request, "confirm", session)
    try:
        ok = request.POST.get("outcome") == "complete"
        session = acts.pay(session_id, NEEDS_CONFIRMATION, authenticated=ok)
    except ApiError:
        return see_other(f"{back}?confirmation=failed")
    return onwards(request, session)
