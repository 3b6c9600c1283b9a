from collections.abc import Callable, Collection
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from accounts.http import ShopperRequest
from shop.cart import cart_of, quantities_of
from shop.checkout import is_certainly_unpaid
from shop.delivery import delivery_cost
from shop.forms import BuyForm, CancelledForm, CatalogueForm
from shop.models import Category, CheckoutLine, Page, Product, ProductQuerySet, gallery_of
from shop.pagination import LongListPaginator, page_of

PRODUCTS_A_PAGE = 24
POPULAR = RELATED = NEW = 4
# Of this attempt alone: an earlier one may have been paid a moment ago.
NOTHING_CHARGED = "Nothing was charged for this attempt."


@require_safe
def home(request: ShopperRequest) -> HttpResponse:
    """The active products; Stripe's cancel link leads back here after Buy."""
    catalogue = CatalogueForm(request.GET)
    held = CheckoutLine.objects.held_by(request.user)
    products = catalogue.products(held).once_a_family(held)
    page = page_of(products, request.GET.get("page"), PRODUCTS_A_PAGE, LongListPaginator)
    cart = cart_of(request.user, held)
    in_cart = quantities_of(cart)
    for product in page:
        product.in_cart = in_cart.get(product.pk, 0)
    context = {
        "catalogue": catalogue,
        "page": page,
        "cart_quantity": cart.quantity,  # so that the header does not ask once more
        "popular": [] if page else on_shelf(held).best_selling()[:POPULAR],
    }
    if page and page.number == 1 and not catalogue.is_narrowed and not catalogue.is_sorted:
        context |= {"is_front": True, "categories": Category.objects.with_cover()}
        if page.has_next():
            context["new"] = page.object_list[:NEW]  # the newest come first
    return render(request, "shop/home.html", context | cancelled_context(request))


def on_shelf(held: Collection[int], **asked_for: object) -> ProductQuerySet:
    """The active products as the visitor sees them whose checkout holds these, each family once."""
    return Product.objects.active().filter(**asked_for).once_a_family(held)


@require_safe
def product(request: ShopperRequest, slug: str) -> HttpResponse:
    products = Product.objects.active().looked_at_by(request.user)
    product = get_object_or_404(products, slug=slug)
    return render_product(request, product, form=buy_form(product))


def render_product(request: ShopperRequest, product: Product, **context: object) -> HttpResponse:
    held = CheckoutLine.objects.held_by(request.user)
    others = on_shelf(held, category=product.category_id).exclude(pk=product.pk)
    members = Product.objects.none()
    if product.family_id:
        others = others.exclude(family=product.family_id)
        members = Product.objects.active().seen_by(held).filter(family=product.family_id)
        members = members.order_by("sort_price_cents", "pk")
    context |= {
        "product": product,
        "members": members,
        "pictures": page_of(gallery_of(product), request.GET.get("picture"), 1),
        "related": others.best_selling()[:RELATED],
        "delivery": delivery_cost(product.current_price_cents),
    }
    return TemplateResponse(request, "shop/product.html", context)


@login_not_required
@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """What the shop says of itself, to anybody: a page that staff wrote."""
    return render(request, "shop/page.html", {"page": get_object_or_404(Page, slug=slug)})


def with_product_and_form(
    view: Callable[[ShopperRequest, Product, BuyForm], HttpResponse],
) -> Callable[[ShopperRequest, int], HttpResponse]:
    """How Buy and Add to cart begin: what left the shop or makes no sense goes no further."""

    @wraps(view)
    def begin(request: ShopperRequest, product_id: int) -> HttpResponse:
        products = Product.objects.looked_at_by(request.user)
        product = get_object_or_404(products, pk=product_id)
        if not product.is_active:
            return no_longer_available(request, product)
        form = BuyForm(request.POST)
        if not form.is_valid():
            return render_product(request, product, form=form)
        return view(request, product, form)

    return begin


def no_longer_available(request: ShopperRequest, product: Product) -> HttpResponse:
    messages.error(request, f"{product.full_name} is no longer available. {NOTHING_CHARGED}")
    return redirect("shop:home")


def buy_form(product: Product, quantity: int = 1) -> BuyForm:
    initial = {"price_seen": product.current_price_cents, "quantity": quantity}
    return BuyForm(initial=initial)


def cancelled_context(request: ShopperRequest) -> dict[str, object]:
    """The visitor's own checkout that Stripe's cancel link names; showing it changes nothing."""
    form = CancelledForm(request.GET)
    if not form.is_valid():
        return {}
    cancelled = request.user.checkouts.filter(pk=form.cleaned_data["cancelled"]).first()
    return {"cancelled": cancelled, "not_charged": cancelled and is_certainly_unpaid(cancelled)}
