"""Pages stay light: what a phone on a slow connection fetches is counted here."""

import gzip
import re

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.utils import timezone

from orders.models import Order
from shop.models import Product

MOST_HTML_BYTES = 35_000  # before compression
MOST_STYLE_AND_SCRIPT_BYTES = 20_000  # after it
LINKED = re.compile(r'<(?:link rel="stylesheet" href|script src)="/static/([^"]+)"')
PRIMARY_KEY = re.compile(r'(?<= id="p)\d+|(?<=/checkout/)\d+|(?<=/cart/add/)\d+')


@pytest.fixture
def catalogue(as_alice, alice) -> str:
    """The first page, with pictures of the best size, for one who has bought many things before."""
    call_command("load_demo")
    Product.objects.update(image="products/0123456789ab-1200x1500.webp")
    for number in range(5):
        order = Order.objects.create(
            user=alice,
            stripe_session_id=f"cs_{number}",
            currency="usd",
            subtotal_cents=123400,
            total_cents=123400,
            paid_at=timezone.now(),
        )
        for product in Product.objects.all()[:10]:
            order.lines.create(product_name=product.name, unit_price_cents=4500, quantity=2)
    return as_alice.get("/home/").text


def test_a_catalogue_page_of_24_products_is_at_most_35_kb(catalogue):
    assert catalogue.count('class="clamped"') == 24
    assert catalogue.count("and 8 more") == 3
    # Which keys they have here depends on the tests before: a shop comes to five digits.
    catalogue, keys = PRIMARY_KEY.subn("12345", catalogue)
    assert keys == 24 + 2 * catalogue.count(" formaction=")
    assert len(catalogue.encode()) <= MOST_HTML_BYTES, len(catalogue.encode())


def test_all_styles_and_scripts_together_are_at_most_20_kb_compressed(client, as_alice, mug):
    pages = [as_alice.get("/home/"), client.get("/"), client.get("/accounts/register/")]
    names = {name for page in pages for name in LINKED.findall(page.text)}
    files = {name: finders.find(name) for name in names}

    assert any(name.endswith(".css") for name in names)
    assert any(name.endswith(".js") for name in names)
    sizes = {}
    for name, path in files.items():
        with open(path, "rb") as file:
            sizes[name] = len(gzip.compress(file.read()))
    assert sum(sizes.values()) <= MOST_STYLE_AND_SCRIPT_BYTES, sizes
