"""The page that we compare ourselves with: what a careful hand would write in plain Django.

Session, user, 24 products in one query, a count, and one template with 24 Buy forms. It uses the
shop's own tables, so that both read the same rows. It promises nothing: no stock held, no families,
no search, no cart, no delivery.
"""

import re

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path

from accounts.backends import UsernameOrEmailBackend
from accounts.http import ShopperRequest
from orders.models import Order
from shop.models import Product

# As Django finds whoever is logged in.
del UsernameOrEmailBackend.get_user
PRODUCTS_A_PAGE = 24
ORDERS_A_PAGE = 20


@login_required
def home(request: HttpRequest) -> HttpResponse:
    products = Product.objects.filter(is_active=True).order_by("-created_at", "-pk")
    words = re.split(r"\s+", request.GET.get("q", "").strip())
    for word in filter(None, words):
        products = products.filter(search_text__icontains=word)
    page = Paginator(products, PRODUCTS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "lean_home.html", {"page": page})


@login_required
def product(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Product, slug=slug, is_active=True)
    return render(request, "lean_product.html", {"product": found})


@login_required
def order_list(request: ShopperRequest) -> HttpResponse:
    orders = Order.objects.filter(user=request.user).prefetch_related("lines")
    page = Paginator(orders.order_by("-paid_at"), ORDERS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "lean_orders.html", {"page": page})


urlpatterns = [
    path("home/", home),
    path("products/<slug:slug>/", product, name="lean-product"),
    path("buy/<int:pk>/", home, name="lean-buy"),
    path("orders/", order_list),
]
