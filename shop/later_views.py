"""What shoppers put off: to save a product for later, and to be told when it is back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from accounts import throttle
from accounts.http import ShopperRequest
from accounts.next_page import next_page
from shop.cart import cart_of, update_cart
from shop.forms import CartForm
from shop.later import MAX_SAVED, TooManySaved, save_for_later
from shop.models import Product


@require_POST
def save(request: ShopperRequest, product_id: int) -> HttpResponse:
    product = get_object_or_404(Product.objects.active(), pk=product_id)
    if was_saved(request, product):
        messages.success(request, f"{product.full_name} is saved for later, below your cart.")
    return redirect(product)


@require_POST
def cart_save(request: ShopperRequest, product_id: int) -> HttpResponse:
    """One product out of the cart; the other quantities of the same form are not lost."""
    form = CartForm(cart_of(request.user), request.POST)
    product = get_object_or_404(Product.objects.active(), pk=product_id)
    if was_saved(request, product):
        pending = form.quantities if form.is_valid() else {}
        update_cart(request.user, pending | {product.pk: 0})
        messages.success(request, f"{product.full_name} is saved for later.")
    return redirect("shop:cart")


def was_saved(request: ShopperRequest, product: Product) -> bool:
    try:
        save_for_later(request.user, product)
    except TooManySaved:
        words = f"{MAX_SAVED} products are saved, which is the limit. Remove some of them first."
        messages.error(request, words)
        return False
    return True


@require_POST
def unsave(request: ShopperRequest, product_id: int) -> HttpResponse:
    product = get_object_or_404(Product, pk=product_id)
    request.user.saved_products.filter(product=product).delete()
    messages.success(request, f"{product.full_name} is no longer saved for later.")
    return redirect(next_page(request) or "shop:cart")


@require_POST
def tell_me(request: ShopperRequest, product_id: int) -> HttpResponse:
    """One mail when it is back: the row says that it is due, `reconcile_stripe` sends it."""
    product = get_object_or_404(Product.objects.active().looked_at_by(request.user), pk=product_id)
    if not product.is_sold_out:
        messages.info(request, f"{product.full_name} is available now.")
    elif seconds := throttle.too_many(throttle.BACK_IN_STOCK, str(request.user.pk)):
        messages.error(request, throttle.refusal(seconds).message)
    else:
        request.user.back_in_stock_requests.get_or_create(product=product)
        messages.success(request, f"We’ll email you when {product.full_name} is back.")
    return redirect(product)


@require_POST
def never_mind(request: ShopperRequest, product_id: int) -> HttpResponse:
    product = get_object_or_404(Product.objects.active(), pk=product_id)
    request.user.back_in_stock_requests.filter(product=product).delete()
    messages.success(request, f"We won’t email you about {product.full_name}.")
    return redirect(product)
