"""The two ways to pay: Buy, for one product, and Checkout, for the cart. Both lead through
`shop.checkout.start_checkout` to Stripe's page."""

from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts import throttle
from accounts.http import ShopperRequest
from shop import payments
from shop.cart import cart_of, note_prices_seen, update_cart
from shop.cart_views import render_cart
from shop.checkout import NotPayable, PriceChanged, Unavailable, start_checkout
from shop.checkout_host import is_allowed_checkout_url
from shop.forms import BuyForm, CartForm, only_left, quantity_name
from shop.models import Checkout, OutOfStock, Product
from shop.views import (
    NOTHING_CHARGED,
    buy_form,
    no_longer_available,
    render_product,
    with_product_and_form,
)


class SeeOther(HttpResponseRedirect):
    """303: the browser follows with a GET and never sends the form on."""

    status_code = 303


@require_POST
@with_product_and_form
def checkout(request: ShopperRequest, product: Product, form: BuyForm) -> HttpResponse:
    """Buy now: from one product and a quantity to Stripe's page."""
    if is_one_try_too_many(request, form):
        return render_product(request, product, form=form)
    if form.saw_another_price_than(product):
        return ask_about_price(request, product, form)
    wanted = [(product.pk, form.cleaned_data["quantity"])]
    seen = {product.pk: product.current_price_cents}
    try:
        return send_to(request, start_checkout(request.user, wanted, prices_seen=seen))
    except Unavailable:
        return no_longer_available(request, product)
    except PriceChanged:
        return ask_about_price(request, seen_again(request, product), form)
    except NotPayable as error:
        form.add_error("quantity", str(error))
        return render_product(request, product, form=form)
    except OutOfStock as error:
        form.add_error("quantity", few_left(error))
        return render_product(request, seen_again(request, product), form=form)
    except payments.PaymentError as error:
        return payment_unavailable(request, error, product=product, form=form)


def seen_again(request: ShopperRequest, product: Product) -> Product:
    """As it is now: price, stock and what the visitor holds may have changed meanwhile."""
    products = Product.objects.looked_at_by(request.user)
    return products.filter(pk=product.pk).first() or product


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
    if form.saw_other_prices_than(now):
        return render_cart(request, CartForm(now), prices_have_changed=True)
    wanted = [(item.product_id, item.quantity) for item in now.available]
    seen = {item.product_id: item.product.current_price_cents for item in now.available}
    try:
        url = start_checkout(request.user, wanted, prices_seen=seen, from_cart=True)
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


def send_to(request: ShopperRequest, url: str) -> HttpResponse:
    """On to Stripe's page; by a plain link where the browser would stop the form's way there."""
    if url.startswith("/") or is_allowed_checkout_url(url):
        return SeeOther(url)
    return render(request, "shop/payment_link.html", {"url": url})


def ask_about_price(request: ShopperRequest, product: Product, form: BuyForm) -> HttpResponse:
    """Never charged silently: old and new price are shown, and Buy is asked again."""
    return render_product(
        request,
        product,
        form=buy_form(product.current_price_cents, form.cleaned_data["quantity"]),
        price_has_changed=True,
        price_was_cents=form.price_seen_cents,
    )


def is_one_try_too_many(request: ShopperRequest, form: BuyForm | CartForm) -> bool:
    """Count a try to pay; one too many is refused on the form, which makes the answer a 429."""
    seconds = throttle.too_many(throttle.CHECKOUT, str(request.user.pk))
    if seconds:
        form.add_error(None, throttle.refusal(seconds))
        form.add_error(None, NOTHING_CHARGED)
    return bool(seconds)


def payment_unavailable(
    request: ShopperRequest, error: payments.PaymentError, **context: object
) -> HttpResponse:
    """In plain words; "not charged" only where nobody can have paid, and then how to try again."""
    context["refused"] = isinstance(error, payments.PaymentRefused)
    context["may_be_paid"] = any(
        checkout.may_be_paid
        for checkout in request.user.checkouts.filter(status__in=Checkout.UNFINISHED)
    )
    return render(request, "shop/payment_unavailable.html", context, status=503)


def few_left(error: OutOfStock) -> str:
    if not error.left:
        return f"{error.product} has just sold out. {NOTHING_CHARGED}"
    return only_left(error.left)


def render_out_of_stock(request: ShopperRequest, error: OutOfStock) -> HttpResponse:
    """The cart as it is, with what is possible said at the line that asks too much."""
    now = cart_of(request.user)
    quantities = {quantity_name(item): item.quantity for item in now.items}
    form = CartForm(now, QueryDict(urlencode(quantities)))
    name = f"quantity-{error.product.pk}"
    if not form.has_error(name):
        form.add_error(name, few_left(error))
    return render_cart(request, form)
