"""Fills an empty database with as many products and orders as a benchmark asks for."""

import itertools
import json
from datetime import timedelta

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.utils import timezone

from accounts.models import User
from orders.models import Order, OrderLine
from shop.models import Category, DeliveryOption, Family, Product, Shop
from shop.search import search_text
from tests import plans

NAMES = ["mug", "bowl", "apron", "lamp", "basket", "towel", "knife", "vase", "notebook", "blanket"]
WORDS = ["speckled", "walnut", "linen", "blue", "tall", "woven", "plain", "striped"]
CATEGORIES = 12
BATCH = 5_000


def fill(products: int) -> None:
    """A shop of so many products: one in 50 belongs to a family, one in 100 is sold out."""
    Shop.load()
    DeliveryOption.objects.get_or_create(
        name="Standard",
        defaults={
            "price_cents": 490,
            "free_from_cents": 6000,
            "days_min": 2,
            "days_max": 5,
            "countries": "US",
        },
    )
    Category.objects.bulk_create(
        Category(name=f"Category {n}", slug=f"category-{n}") for n in range(CATEGORIES)
    )
    categories = list(Category.objects.order_by("pk"))
    families = Family.objects.bulk_create(
        Family(name=f"Family {n}", members_name="sizes") for n in range(max(1, products // 200))
    )
    rows = (row(n, categories, families) for n in range(products))
    while batch := list(itertools.islice(rows, BATCH)):
        Product.objects.bulk_create(batch)


def row(n: int, categories: list[Category], families: list[Family]) -> Product:
    name = f"{WORDS[n % len(WORDS)].title()} {NAMES[n // 7 % len(NAMES)]} {n}"
    category = categories[n % len(categories)]
    family = families[n // 200] if n % 50 == 0 and n // 200 < len(families) else None
    variant = f"Size {n}" if family else ""
    name = family.name if family else name
    description = "Made by hand in a small workshop, and good for every day. " * 2
    unique = "zanzibar" if n == 3 else ""
    return Product(
        name=name,
        slug=f"product-{n}",
        category=category,
        family=family,
        variant_name=variant,
        description=f"{description}{unique}",
        details="Wash by hand.",
        price_cents=500 + n * 37 % 20_000,
        stock=0 if n % 100 == 7 else n % 40,
        image=f"products/{n:012x}-1200x1500.webp",
        search_text=search_text(name, variant, category.name, description, unique),
        sold_count=n * 7919 % 1000,
    )


def shopper(name: str, orders: int) -> str:
    """A shopper with so many orders; the key of a session in which they are logged in."""
    user = User.objects.create_user(name, f"{name}@example.com")
    now = timezone.now()
    numbers = range(orders)
    for start in range(0, orders, BATCH):
        made = Order.objects.bulk_create(
            Order(
                user=user,
                email=user.email,
                stripe_session_id=f"cs_{name}_{n}",
                currency="usd",
                subtotal_cents=1900,
                total_cents=1900,
                paid_at=now - timedelta(minutes=n),
            )
            for n in numbers[start : start + BATCH]
        )
        OrderLine.objects.bulk_create(
            OrderLine(order=order, product_name=name, unit_price_cents=950, quantity=1)
            for order in made
            for name in ("Speckled mug", "Walnut bowl")
        )
    return session_of(user)


def session_of(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "accounts.backends.UsernameOrEmailBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def make_shop(products: int, shoppers: list[int]) -> None:
    """Print, as JSON, the session of a shopper for each number of orders."""
    call_command("migrate", verbosity=0)
    fill(products)
    print(json.dumps({number: shopper(f"shopper-{number}", number) for number in shoppers}))


def make_orders(orders: int) -> None:
    """Print, as JSON, the session of who works in a shop with so many orders."""
    print(json.dumps(session_of(plans.make_shop(orders))))
