"""From the list of products to a page about those that staff have ticked there, and back."""

import re

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from shop.models import Product, ProductQuerySet

MOST_AT_ONCE = 500
# Where Django's own pages keep which list one came from.
FILTERS = "_changelist_filters"


def open_with(request: HttpRequest, products: QuerySet[Product], page: str) -> HttpResponse | None:
    """Lead to the page of that name about the chosen ones; not if they are too many for it."""
    chosen = list(products.order_by("pk").values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
    if len(chosen) > MOST_AT_ONCE:
        messages.error(request, f"Choose at most {MOST_AT_ONCE} products at once.")
        return None
    query = {"products": ",".join(map(str, chosen)), FILTERS: request.GET.urlencode()}
    return redirect(f"{reverse(f'admin:shop_product_{page}')}?{urlencode(query)}")


def chosen_products(request: HttpRequest) -> ProductQuerySet:
    chosen = re.findall(r"\b[0-9]{1,18}\b", request.GET.get("products", ""), re.ASCII)
    return Product.objects.filter(pk__in=chosen[:MOST_AT_ONCE]).order_by("name", "pk")


def list_url(request: HttpRequest) -> str:
    """The list that staff came from, with its filters."""
    filters = request.GET.get(FILTERS, "")
    return f"{reverse('admin:shop_product_changelist')}{f'?{filters}' if filters else ''}"
