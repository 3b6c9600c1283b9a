"""The cart's pages; paying for it goes through the same start_checkout as Buy."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.http import ShopperRequest
from shop import payments
from shop.cart import CartFull, add_to_cart, cart_of, note_prices_seen, update_cart
from shop.checkout import NotPayable, PriceChanged, Unavailable, start_checkout
from shop.forms import BuyForm, CartForm, RemovedForm, quantity_name
from shop.models import OutOfStock, Product
from shop.views import (
    cancelled_context,
    few_left,
    is_one_try_too_many,
    payment_unavailable,
    send_to,
    with_product_and_form,
)


@require_safe
def cart(request: ShopperRequest) -> HttpResponse:
    """What is in it, at today's prices; Stripe's cancel link leads back here."""
    return render_cart(request, CartForm(cart_of(request.user)))


def render_cart(request: ShopperRequest, form: CartForm, **context: object) -> HttpResponse:
    removed = RemovedForm(form.cart, request.GET)
    context |= {"form": form, "cart": form.cart, "removed": removed if removed.is_valid() else None}
    # Counted from the cart at hand, so that the header does not read it once more.
    context |= cancelled_context(request) | {"cart_quantity": form.cart.quantity}
    return TemplateResponse(request, "shop/cart.html", context)


@require_POST
@with_product_and_form
def cart_add(request: ShopperRequest, product: Product, form: BuyForm) -> HttpResponse:
    try:
        add_to_cart(request.user, product, form.cleaned_data["quantity"])
    except CartFull:
        messages.error(request, "The cart is full: pay for what is in it first.")
    else:
        messages.success(request, f"{product.name} is in your cart.")
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


@require_POST
def checkout_cart(request: ShopperRequest) -> HttpResponse:
    """From the cart to Stripe's page; quantities that were changed but not updated count too."""
    form = CartForm(cart_of(request.user), request.POST)
    if not form.is_valid() or is_one_try_too_many(request, form):
        return render_cart(request, form)
    update_cart(request.user, form.quantities)
    now = cart_of(request.user)
    if not now.available:
        return redirect("shop:cart")
    if form.saw_other_prices():
        return render_cart(request, CartForm(now), prices_have_changed=True)
    wanted = [(item.product_id, item.quantity) for item in now.available]
    seen = {item.product_id: item.product.price_cents for item in now.available}
    try:
        url = start_checkout(request.user, wanted, from_cart=True, prices_seen=seen)
    except Unavailable:
        return redirect("shop:cart")
    except PriceChanged:
        return render_cart(request, CartForm(cart_of(request.user)), prices_have_changed=True)
    except NotPayable as error:
        form.add_error(None, str(error))
        return render_cart(request, form)
    except OutOfStock as error:
        return render_out_of_stock(request, error)
    except payments.PaymentError as error:
        return payment_unavailable(request, error, cart=now, form=CartForm(now))
    note_prices_seen(now)
    return send_to(request, url)


def render_out_of_stock(request: ShopperRequest, error: OutOfStock) -> HttpResponse:
    """The cart as it is, with what is possible said at the line that asks too much."""
    now = cart_of(request.user)
    quantities = {quantity_name(item): item.quantity for item in now.items}
    form = CartForm(now, QueryDict(urlencode(quantities)))
    form.add_error(f"quantity-{error.product.pk}", few_left(error))
    return render_cart(request, form)
