from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST, require_safe

from accounts import throttle
from accounts.http import ShopperRequest
from shop import payments
from shop.checkout import (
    NotPayable,
    PriceChanged,
    Unavailable,
    is_certainly_unpaid,
    start_checkout,
)
from shop.checkout_host import is_allowed_checkout_url
from shop.forms import BuyForm, CancelledForm, CartForm, CatalogueForm
from shop.models import Checkout, OutOfStock, Product, ProductQuerySet
from shop.pagination import page_of

PRODUCTS_A_PAGE = 24
POPULAR = RELATED = 4
# Of this attempt alone: an earlier one may have been paid a moment ago.
NOTHING_CHARGED = "Nothing was charged for this attempt."


class SeeOther(HttpResponseRedirect):
    """303: the browser follows with a GET and never sends the form on."""

    status_code = 303


@require_safe
def home(request: ShopperRequest) -> HttpResponse:
    """The active products; Stripe's cancel link leads back here after Buy."""
    catalogue = CatalogueForm(request.GET)
    products = catalogue.products().seen_by(request.user)
    page = page_of(products, request.GET.get("page"), PRODUCTS_A_PAGE)
    context = {
        "catalogue": catalogue,
        "page": page,
        "popular": [] if page else on_sale(request).best_selling()[:POPULAR],
    }
    return render(request, "shop/home.html", context | cancelled_context(request))


def on_sale(request: ShopperRequest) -> ProductQuerySet:
    """The active products as the visitor sees them."""
    return Product.objects.active().seen_by(request.user)


@require_safe
def product(request: ShopperRequest, slug: str) -> HttpResponse:
    product = get_object_or_404(on_sale(request), slug=slug)
    return render_product(request, product, form=buy_form(product))


def render_product(request: ShopperRequest, product: Product, **context: object) -> HttpResponse:
    others = on_sale(request).filter(category=product.category_id).exclude(pk=product.pk)
    context |= {"product": product, "related": others.best_selling()[:RELATED]}
    return TemplateResponse(request, "shop/product.html", context)


def with_product_and_form(
    view: Callable[[ShopperRequest, Product, BuyForm], HttpResponse],
) -> Callable[[ShopperRequest, int], HttpResponse]:
    """How Buy and Add to cart begin: what left the shop or makes no sense goes no further."""

    @wraps(view)
    def begin(request: ShopperRequest, product_id: int) -> HttpResponse:
        product = get_object_or_404(Product.objects.seen_by(request.user), pk=product_id)
        if not product.is_active:
            return no_longer_available(request, product)
        form = BuyForm(request.POST)
        if not form.is_valid():
            return render_product(request, product, form=form)
        return view(request, product, form)

    return begin


@require_POST
@with_product_and_form
def checkout(request: ShopperRequest, product: Product, form: BuyForm) -> HttpResponse:
    """Buy now: from one product and a quantity to Stripe's page."""
    if is_one_try_too_many(request, form):
        return render_product(request, product, form=form)
    if form.saw_another_price_than(product):
        return ask_about_price(request, product, form)
    wanted = [(product.pk, form.cleaned_data["quantity"])]
    seen = {product.pk: product.price_cents}
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
    return Product.objects.seen_by(request.user).filter(pk=product.pk).first() or product


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
        form=buy_form(product, quantity=form.cleaned_data["quantity"]),
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


def no_longer_available(request: ShopperRequest, product: Product) -> HttpResponse:
    messages.error(request, f"{product.name} is no longer available. {NOTHING_CHARGED}")
    return redirect("shop:home")


def few_left(error: OutOfStock) -> str:
    if not error.left:
        return f"{error.product} has just sold out. {NOTHING_CHARGED}"
    return f"Only {error.left} left. Choose {error.left} or fewer."


def buy_form(product: Product, quantity: int = 1) -> BuyForm:
    initial = {"price_seen": product.price_cents, "quantity": quantity}
    return BuyForm(initial=initial)


def cancelled_context(request: ShopperRequest) -> dict[str, object]:
    """The visitor's own checkout that Stripe's cancel link names; showing it changes nothing."""
    form = CancelledForm(request.GET)
    if not form.is_valid():
        return {}
    cancelled = request.user.checkouts.filter(pk=form.cleaned_data["cancelled"]).first()
    return {"cancelled": cancelled, "not_charged": cancelled and is_certainly_unpaid(cancelled)}
