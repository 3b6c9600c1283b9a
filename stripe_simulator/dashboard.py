"""The developers' page: what Stripe's own dashboard, the banks and the calendar would do."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from . import acts, delivery, disputes, events, refunds, store
from .errors import ApiError
from .forms import WebhooksForm
from .store import Document, Store, field
from .views import session_or_404

SESSIONS_SHOWN = 25

ACTS: dict[str, tuple[str, Callable[[Document], Any]]] = {
    "settle": ("Let it arrive", lambda session: acts.settle(session["id"])),
    "fail": ("Let it fail", lambda session: acts.settle(session["id"], ok=False)),
    "expire": ("Expire", lambda session: acts.expire(session["id"])),
    "refund": ("Refund", lambda session: refunds.refund_at_stripe(session["payment_intent"])),
    "fail-refund": ("Let the refund fail", lambda session: _fail_refund(session)),
    "dispute": ("Dispute", lambda session: disputes.open_dispute(session["payment_intent"])),
    "win": ("Win dispute", lambda session: disputes.close_dispute(session["payment_intent"])),
    "lose": (
        "Lose dispute",
        lambda session: disputes.close_dispute(session["payment_intent"], won=False),
    ),
    "resend": ("Resend events", lambda session: events.resend(session["id"])),
}


@login_not_required
@never_cache
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    delivery.wake()  # an earlier process may have ended before it delivered everything
    with store.transaction() as db:
        acts.expire_overdue(db)
        rows = [_row(db, session) for session in db.find("checkout.session", limit=SESSIONS_SHOWN)]
        mode = events.webhooks()
    form = WebhooksForm(initial={"webhooks": mode})
    context = {"rows": rows, "form": form, "mode": mode, "shop": settings.SHOP_NAME}
    return render(request, "stripe_simulator/dashboard.html", context)


def _row(db: Store, session: Document) -> Document:
    intent = db.get("payment_intent", session["payment_intent"]) or {}
    charge = db.get("charge", intent.get("latest_charge")) or {}
    state, possible = session["status"], []
    if session["status"] == "open":
        possible = ["expire"]
    elif intent.get("status") == "processing":
        state, possible = "payment under way", ["settle", "fail"]
    elif charge.get("disputed"):
        dispute = disputes.newest_of(db, intent["id"]) or {}
        is_open = dispute.get("status") in disputes.OPEN
        state, possible = "disputed", ["win", "lose"] if is_open else []
    elif charge.get("refunded"):
        state, possible = "refunded", ["fail-refund"]
    elif charge.get("paid"):
        refunded = ["fail-refund"] if charge["amount_refunded"] else []
        state, possible = "paid", ["refund", *refunded, "dispute"]
    elif charge:
        state = "payment failed"
    if intent or session["status"] != "open":
        possible.append("resend")
    ready = [(act, ACTS[act][0]) for act in possible]
    return {"session": session, "state": state, "acts": ready, "events": _events(db, session)}


def _fail_refund(session: Document) -> None:
    with store.transaction() as db:
        mine = (f"{field('payment_intent')} = ?", session["payment_intent"])
        kept = f"{field('status')} != ?"
        for refund in db.find("refund", mine, (kept, "failed"), limit=1):
            refunds.fail_refund(refund["id"])


def _events(db: Store, session: Document) -> list[tuple[str, int]]:
    counted = db.execute(
        "SELECT state, count(*) FROM deliveries WHERE object IN (?, ?) GROUP BY state",
        [session["id"], session["payment_intent"]],
    )
    return counted.fetchall()


@login_not_required
@require_POST
def act(request: HttpRequest, session_id: str, act: str) -> HttpResponse:
    session = session_or_404(session_id)
    if act not in ACTS:
        raise Http404("No such act")
    label, perform = ACTS[act]
    try:
        perform(session)
        messages.success(request, f"Done: {label}.")
    except ApiError as error:
        messages.error(request, error.message)
    return redirect("stripe_simulator:dashboard")


@login_not_required
@require_POST
def set_webhooks(request: HttpRequest) -> HttpResponse:
    form = WebhooksForm(request.POST)
    if form.is_valid():
        events.set_webhooks(form.cleaned_data["webhooks"])
    return redirect("stripe_simulator:dashboard")
