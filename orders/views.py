from django.contrib import messages
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import throttle
from accounts.http import ShopperRequest
from orders import mails
from orders.buy_again import put_into_cart
from orders.forms import SessionIdForm
from orders.models import Order
from orders.recording import record_order
from orders.rows import ORDERS_A_PAGE, OrderList
from shop.models import CheckoutLine, Product
from shop.pagination import page_of
from shop.payments import PaymentError


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
    page = page_of(OrderList(request.user), request.GET.get("page"), ORDERS_A_PAGE)
    return render(request, "orders/order_list.html", {"page": page})


@require_safe
def receipt(request: ShopperRequest, number: str) -> HttpResponse:
    """The order for paper."""
    return render(request, "orders/receipt.html", {"order": own_order(request, number)})


@require_POST
def reorder(request: ShopperRequest, number: str) -> HttpResponse:
    """Put what was bought into the cart again, at today's prices, and say what is not available."""
    again = put_into_cart(request.user, own_order(request, number))
    if again.added:
        messages.success(request, f"Put into your cart: {', '.join(again.added)}.")
    if again.not_added:
        messages.warning(request, " ".join(again.not_added))
    return redirect("shop:cart")


@require_POST
def correct_email(request: ShopperRequest, number: str) -> HttpResponse:
    """Send the receipt to the account's own address, and from now on all that is about the order.

    No other address: whose it is was not shown. The receipt becomes due once more, so a double
    click and a mail server that is away are taken care of as ever.
    """
    order = own_order(request, number)
    email = request.user.email
    if seconds := throttle.too_many(throttle.RECEIPT, str(request.user.pk)):
        messages.error(request, throttle.refusal(seconds).messages[0])
    elif email and order.correct_email(email):
        mails.send_soon(mails.send_receipt, order.pk)
        messages.success(request, f"We’ll email the receipt to {email}.")
    return redirect(order)


@require_safe
def order(request: ShopperRequest, number: str) -> HttpResponse:
    return render(request, "orders/order.html", {"order": own_order(request, number)})


def own_order(request: ShopperRequest, number: str) -> Order:
    """The visitor's order; a stranger's is the same 404 as one that does not exist."""
    held = CheckoutLine.objects.held_by(request.user)
    products = Prefetch("lines__product", Product.objects.seen_by(held))
    orders = Order.objects.for_user(request.user).prefetch_related(products, "refunds")
    return get_object_or_404(orders, number=number)
