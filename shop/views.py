from collections.abc import Callable
from functools import lru_cache, wraps

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
from shop.forms import BuyForm, CancelledForm, asked_for
from shop.lists import BEST_SELLING, PRODUCTS_A_PAGE, ProductList, Wanted
from shop.models import Category, CheckoutLine, Page, Product
from shop.pagination import LongListPaginator, page_of
from shop.product_page import Shown, gallery_of, looked_at, members_of

POPULAR = RELATED = NEW = 4
# Of this attempt alone: an earlier one may have been paid a moment ago.
NOTHING_CHARGED = "Nothing was charged for this attempt."


@require_safe
def home(request: ShopperRequest) -> HttpResponse:
    """The active products; Stripe's cancel link leads back here after Buy."""
    categories = Category.objects.shelves()
    catalogue = asked_for(request.GET.urlencode(), categories)
    held = CheckoutLine.objects.held_by(request.user)
    cart = cart_of(request.user, held)
    if catalogue.wanted.is_by_price:
        Product.objects.begin_and_end_sales()
    number = request.GET.get("page")
    in_cart = quantities_of(cart)
    products = ProductList(catalogue.wanted, held, in_cart, is_first_page=not number)
    page = page_of(products, number, PRODUCTS_A_PAGE, LongListPaginator)
    context = {
        "catalogue": catalogue,
        "page": page,
        "cart_quantity": cart.quantity,  # so that the header does not ask once more
        "has_categories": True,
        "popular": [] if page else ProductList(Wanted(BEST_SELLING), held).first(POPULAR),
    }
    if page and page.number == 1 and not catalogue.is_narrowed and not catalogue.is_sorted:
        covers = tuple(category for category in categories if category.sells)
        # With their pictures, or as words.
        context |= {"is_front": True, "covers": covers, "has_categories": len(covers) < 2}
        if page.has_next():
            context["new"] = page.object_list[:NEW]  # the newest come first
    return render(request, "shop/home.html", context | cancelled_context(request))


@require_safe
def product(request: ShopperRequest, slug: str) -> HttpResponse:
    held = CheckoutLine.objects.held_by(request.user)
    product = looked_at(request.user, held, slug)
    return render_product(request, product, held=held, form=buy_form(product.current_price_cents))


def render_product(
    request: ShopperRequest, product: Product, held: frozenset[int] | None = None, **context: object
) -> HttpResponse:
    held = CheckoutLine.objects.held_by(request.user) if held is None else held
    others = Wanted(
        BEST_SELLING, category=product.category_id, but=product.pk, but_family=product.family_id
    )
    pictures = gallery_of(product)
    context |= {
        "product": Shown.of(product),
        "members": members_of(product, held),
        "pictures": pictures,
        "picture_number": page_of(pictures, request.GET.get("picture"), 1).number,
        "cart_quantity": cart_of(request.user, held).quantity,
        "related": ProductList(others, held).first(RELATED),
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


@lru_cache(maxsize=1_000)
def buy_form(price_cents: int, quantity: int = 1) -> BuyForm:
    """Not filled in: nobody changes it, so that it is made once."""
    return BuyForm(initial={"price_seen": price_cents, "quantity": quantity})


def cancelled_context(request: ShopperRequest) -> dict[str, object]:
    """The visitor's own checkout that Stripe's cancel link names; showing it changes nothing."""
    if "cancelled" not in request.GET:
        return {}
    form = CancelledForm(request.GET)
    if not form.is_valid():
        return {}
    cancelled = request.user.checkouts.filter(pk=form.cleaned_data["cancelled"]).first()
    return {"cancelled": cancelled, "not_charged": cancelled and is_certainly_unpaid(cancelled)}
