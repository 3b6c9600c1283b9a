"""A shopper as staff see one: what was bought and put off, and what can be done for whom."""

import json
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.rights import is_more
from orders.admin_views import admin_page
from orders.models import Order
from orders.personal_data import (
    KEPT,
    HasToWait,
    Person,
    erase_person,
    export_person,
    reasons_to_wait,
)

LATEST = 20


@require_safe
def customer(request: HttpRequest, pk: int) -> HttpResponse:
    user = permitted_user(request, pk)
    orders = Order.objects.for_user(user)
    by_currency = orders.order_by("currency").values("currency")
    spent = by_currency.annotate(
        number=Count("pk"),
        paid=Sum("total_cents"),
        refunded=Sum("refunded_cents"),
        lost=Sum("lost_cents"),
        kept=Sum(F("total_cents") - F("refunded_cents") - F("lost_cents")),
    )
    put_off = {
        "In the cart": user.cart_items.select_related("product"),
        "Saved for later": user.saved_products.select_related("product"),
        "Waits for": user.back_in_stock_requests.select_related("product"),
    }
    context = {
        "customer": user,
        "spent": spent,
        "orders": orders[:LATEST],
        "has_more": orders.count() > LATEST,
        "put_off": {name: rows for name, rows in put_off.items() if rows},
        "may_switch": may_switch(request, user),
    }
    return admin_page(request, "orders/admin/customer.html", f"Customer {user}", context)


@require_POST
def switch_customer(request: HttpRequest, pk: int) -> HttpResponse:
    """Deactivate an account, or let it in again: as the form says, however often it is sent."""
    user = permitted_user(request, pk)
    if not may_switch(request, user):
        raise PermissionDenied
    is_active = request.POST.get("is_active") == "true"
    others = User.objects.filter(pk=user.pk, is_active=not is_active)
    words = "Activated." if is_active else "Deactivated."
    if others.update(is_active=is_active):
        log(request, user, words)
        can = "can" if is_active else "can no longer"
        messages.success(request, f"The account {user} {can} log in.")
    return redirect("admin:orders_customer", pk)


@require_POST
def export_customer(request: HttpRequest, pk: int) -> HttpResponse:
    user = permitted_user(request, pk, "accounts.export_person")
    log(request, user, "Personal data exported.")
    data = json.dumps(export_person(Person(user, user.email)), indent=2, ensure_ascii=False)
    name = f"person-{user.pk}-{timezone.localdate()}.json"
    return HttpResponse(
        data,
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_http_methods(["GET", "POST"])
def erase_customer(request: HttpRequest, pk: int) -> HttpResponse:
    """A page that says what goes and what stays; a second press erases."""
    user = permitted_user(request, pk, "accounts.erase_person")
    if is_more(user, than=request.user):  # type: ignore[arg-type]
        raise PermissionDenied
    person = Person(user, user.email)
    if request.method == "POST":
        try:
            erased = erase_person(person)
        except HasToWait as error:
            messages.error(request, f"Not erased. {error}")
            return redirect("admin:orders_customer_erase", pk)
        log(request, None, f"Erased a person; {erased.orders} orders were kept without a name.")
        messages.success(request, "The person was erased.")
        return redirect("admin:accounts_user_changelist")
    context = {"customer": user, "kept": KEPT, "reasons": reasons_to_wait(person)}
    return admin_page(request, "orders/admin/erase.html", f"Erase {user}", context)


def permitted_user(request: HttpRequest, pk: int, permission: str = "") -> User:
    may_see = all(
        admin.site.get_model_admin(model).has_view_permission(request) for model in (User, Order)
    )
    if not may_see or (permission and not request.user.has_perm(permission)):
        raise PermissionDenied
    return get_object_or_404(User, pk=pk)


def may_switch(request: HttpRequest, user: User) -> bool:
    """Nobody locks himself out, nor somebody who is more."""
    may_change = admin.site.get_model_admin(User).has_change_permission(request, user)
    return may_change and user != request.user


def log(request: HttpRequest, user: User | None, message: str) -> None:
    LogEntry.objects.create(
        user_id=str(request.user.pk),
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(user.pk) if user else None,
        object_repr=str(user) if user else "a person",
        action_flag=CHANGE if user else DELETION,
        change_message=message,
    )


def urls() -> list[URLPattern]:
    views: dict[str, Any] = {
        "": customer,
        "switch": switch_customer,
        "export": export_customer,
        "erase": erase_customer,
    }
    return [
        path(
            "/".join(filter(None, ("customer/<int:pk>", act))) + "/",
            admin.site.admin_view(view),
            name="_".join(filter(None, ("orders_customer", act))),
        )
        for act, view in views.items()
    ]
