"""What each worker remembers is never what has changed: another one's next page shows it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from shop.models import Category, Page, Product, SavedProduct, Shop
from tests.pages import Part, read

Ask = Callable[[Client, str], Part]


@pytest.fixture
def other_worker(transactional_db) -> Iterator[Ask]:
    """Asks it for a page, as the visitor of this browser."""
    name = connection.settings_dict["NAME"]
    url = f"sqlite:///{name}"
    if connection.vendor == "postgresql":
        url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    worker = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.worker"],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": url},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def ask(client: Client, path: str) -> Part:
        asked = [path, client.cookies[settings.SESSION_COOKIE_NAME].value]
        print(json.dumps(asked), file=worker.stdin, flush=True)
        return read(json.loads(worker.stdout.readline()), "html")

    yield ask
    worker.communicate()


def test_a_change_shows_on_the_next_page_of_every_worker(other_worker, as_alice, mug, bowl):
    page = Page.objects.create(title="About", slug="about", text="A shop.")

    def home() -> Part:
        return other_worker(as_alice, "/home/")

    def product() -> Part:
        return other_worker(as_alice, mug.get_absolute_url())

    assert {home().title, product().part("h1").text} == {"Products – Fieldhouse", "Speckled mug"}

    Product.objects.filter(pk=mug.pk).update(price_cents=2100)
    assert f"p{mug.pk}" in {card.get("id") for card in home().all("article")}
    assert home().part(f"#p{mug.pk}").part(".price").text == "$21.00"
    assert product().part(".product-price").part(".price").text == "$21.00"

    Product.objects.filter(pk=mug.pk).update(stock=0)
    assert home().part(f"#p{mug.pk}").has(".availability")
    assert product().part("#id_quantity").text.startswith("Sold out.")

    Product.objects.filter(pk=bowl.pk).update(is_active=False)
    assert not home().has(f"#p{bowl.pk}")

    Category.objects.filter(pk=mug.category_id).update(name="Pantry")
    assert home().link("Pantry") == "/home/?category=kitchen"

    Shop.objects.update(name="Oak & Linen")
    assert home().title == "Products – Oak & Linen"

    Page.objects.filter(pk=page.pk).update(title="Who we are")
    assert home().link("Who we are") == "/pages/about/"


def test_every_worker_knows_what_is_the_visitors_own(other_worker, as_alice, as_bob, alice, mug):
    for client in (as_alice, as_bob):
        other_worker(client, "/home/")

    as_alice.post(f"/cart/add/{mug.pk}/", {"quantity": 3})
    SavedProduct.objects.create(user=alice, product=mug)

    def carts(client: Client) -> tuple[bool, bool, bool]:
        home, page = (other_worker(client, url) for url in ("/home/", mug.get_absolute_url()))
        in_header = home.part(".cart-link").text == "Cart (3)"
        return in_header, home.has(".in-cart"), "Saved for later" in page.part(".later").text

    assert carts(as_alice) == (True, True, True)
    assert carts(as_bob) == (False, False, False)
