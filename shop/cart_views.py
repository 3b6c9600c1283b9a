"""The cart's pages; paying for it goes through the same start_checkout as Buy."""

from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST, require_safe

from accounts.http import ShopperRequest
from shop.cart import CartFull, add_to_cart, cart_of, update_cart
from shop.delivery import delivery_cost
from shop.forms import BuyForm, CartForm, RemovedForm
from shop.later import saved_by
from shop.models import CartItem, Product
from shop.views import cancelled_context, with_product_and_form

LONGEST_QUERY = 1000
# The buttons beside a quantity.
STEPS = {"less": -1, "more": 1}


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
    context["saved"] = saved_by(request.user)
    return TemplateResponse(request, "shop/cart.html", context)


@require_POST
@with_product_and_form
def cart_add(request: ShopperRequest, product: Product, form: BuyForm) -> HttpResponse:
    """Back to where the shopper was, with what is in the cart now."""
    if product.is_sold_out:
        messages.error(request, f"{product.full_name} is sold out.")
        return back_to_the_products(request, product)
    wanted = form.cleaned_data["quantity"]
    try:
        quantity = add_to_cart(request.user, product, wanted, form.price_seen_cents)
    except CartFull:
        messages.error(request, "Your cart is full: check out first, then add more.")
        return redirect("shop:cart")
    messages.success(
        request,
        format_html(
            '{} is in your cart{}. <a href="{}">See your cart</a>',
            product.full_name,
            f": {quantity} of it, which is all you can order" if quantity == product.most else "",
            reverse("shop:cart"),
        ),
    )
    return back_to_the_products(request, product)


def back_to_the_products(request: ShopperRequest, product: Product) -> HttpResponse:
    """To the list or the product that the form was sent from, as far as the browser tells."""
    try:
        came_from = urlsplit(request.headers.get("Referer", ""))
    except ValueError:  # half a bracket
        came_from = urlsplit("")
    if came_from.netloc == request.get_host() and len(came_from.query) < LONGEST_QUERY:
        query = f"?{came_from.query}" if came_from.query else ""
        if came_from.path == reverse("shop:home"):
            return redirect(f"{came_from.path}{query}#p{product.pk}")
        if came_from.path == product.get_absolute_url():
            return redirect(f"{came_from.path}{query}")
    return redirect("shop:cart")


@require_POST
def cart_update(request: ShopperRequest) -> HttpResponse:
    """New quantities, one more or less of a product, or one taken out, which can be undone."""
    form = CartForm(cart_of(request.user), request.POST)
    if item := form.item_named_by("remove"):
        # The other quantities of the same form are not lost, as far as they make sense.
        return take_out(request, item, form.quantities if form.is_valid() else {})
    if not form.is_valid():
        return render_cart(request, form)
    quantities = form.quantities
    for name, step in STEPS.items():
        if item := form.item_named_by(name):
            quantity = quantities.get(item.product_id, item.quantity) + step
            if quantity < 1:
                return take_out(request, item, quantities)
            quantities[item.product_id] = min(quantity, max(1, item.product.most))
    update_cart(request.user, quantities)
    messages.success(request, "Your cart is up to date.")
    return redirect("shop:cart")


def take_out(request: ShopperRequest, item: CartItem, quantities: dict[int, int]) -> HttpResponse:
    update_cart(request.user, quantities | {item.product_id: 0})
    undo = urlencode({"removed": item.product_id, "quantity": item.quantity})
    return redirect(f"{reverse('shop:cart')}?{undo}")
