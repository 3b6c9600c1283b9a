"""The cart's pages; paying for it goes through the same start_checkout as Buy."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.http import ShopperRequest
from shop.cart import CartFull, add_to_cart, cart_of, update_cart
from shop.delivery import delivery_cost
from shop.forms import BuyForm, CartForm, RemovedForm
from shop.models import Product
from shop.views import cancelled_context, with_product_and_form


@require_safe
def cart(request: ShopperRequest) -> HttpResponse:
    """What is in it, at today's prices; Stripe's cancel link leads back here."""
    return render_cart(request, CartForm(cart_of(request.user)))


def render_cart(request: ShopperRequest, form: CartForm, **context: object) -> HttpResponse:
    removed = RemovedForm(form.cart, request.GET)
    context |= {"form": form, "cart": form.cart, "removed": removed if removed.is_valid() else None}
    # Counted from the cart at hand, so that the header does not read it once more.
    context["delivery"] = delivery_cost(form.cart.total_cents) if form.cart.available else None
    context |= cancelled_context(request) | {"cart_quantity": form.cart.quantity}
    return TemplateResponse(request, "shop/cart.html", context)


@require_POST
@with_product_and_form
def cart_add(request: ShopperRequest, product: Product, form: BuyForm) -> HttpResponse:
    try:
        add_to_cart(request.user, product, form.cleaned_data["quantity"])
    except CartFull:
        messages.error(request, "Your cart is full: check out first, then add more.")
    else:
        messages.success(request, f"{product.full_name} is in your cart.")
    return redirect("shop:cart")


@require_POST
def cart_update(request: ShopperRequest) -> HttpResponse:
    """New quantities, or one product taken out, which can be undone."""
    form = CartForm(cart_of(request.user), request.POST)
    taken_out = [
        item for item in form.cart.items if str(item.product_id) == request.POST.get("remove")
    ]
    if taken_out:
        (item,) = taken_out
        # The other quantities of the same form are not lost, as far as they make sense.
        pending = form.quantities if form.is_valid() else {}
        update_cart(request.user, pending | {item.product_id: 0})
        undo = urlencode({"removed": item.product_id, "quantity": item.quantity})
        return redirect(f"{reverse('shop:cart')}?{undo}")
    if not form.is_valid():
        return render_cart(request, form)
    update_cart(request.user, form.quantities)
    messages.success(request, "Your cart is up to date.")
    return redirect("shop:cart")
