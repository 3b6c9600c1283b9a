from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.http import ShopperRequest
from orders.forms import SessionIdForm
from orders.models import Order
from orders.recording import record_order
from shop.pagination import page_of
from shop.payments import PaymentError

ORDERS_A_PAGE = 20


@require_safe
@never_cache
def success(request: ShopperRequest) -> HttpResponse:
    """Back from Stripe: verify the payment there, record it, and say honestly how it stands.

    Refreshing is free: an order that is recorded needs no call to Stripe.
    """
    form = SessionIdForm(request.GET)
    if not form.is_valid():
        raise Http404
    session_id = form.cleaned_data["session_id"]
    order = Order.objects.for_user(request.user).filter(stripe_session_id=session_id).first()
    if not order:
        checkout = get_object_or_404(request.user.checkouts, stripe_session_id=session_id)
        try:
            order = record_order(session_id)
        except PaymentError:
            return render(request, "orders/payment_unknown.html", status=503)
    if not order:
        checkout.refresh_from_db()
        return render(request, "orders/not_paid.html", {"checkout": checkout})
    return render(request, "orders/success.html", {"order": order})


@require_safe
def order_list(request: ShopperRequest) -> HttpResponse:
    orders = Order.objects.for_user(request.user).prefetch_related("lines")
    page = page_of(orders, request.GET.get("page"), ORDERS_A_PAGE)
    return render(request, "orders/order_list.html", {"page": page})


@require_safe
def order(request: ShopperRequest, number: str) -> HttpResponse:
    orders = Order.objects.for_user(request.user).prefetch_related("lines__product")
    return render(request, "orders/order.html", {"order": get_object_or_404(orders, number=number)})
