from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management.base import BaseCommand
from django.db import transaction

from accounts.models import User
from demo.catalogue import CATEGORIES, DELIVERED_TO, DELIVERIES, FAMILIES, PRODUCTS
from demo.shop_front import FRONT, PAGES, WELCOME
from shop.models import Category, DeliveryOption, Family, Page, Product, Shop
from shop.money import next_payable

# Printed on purpose: in production there is no such command.
PASSWORD = "try-the-shop"  # noqa: S105


class Command(BaseCommand):
    help = "Load the demo catalogue and make a demo shopper and a staff user. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            self.load_catalogue()
            self.load_deliveries()
            self.write_shop_front()
            self.make_account("shopper", is_staff=False)
            self.make_account("staff", is_staff=True)

    def load_catalogue(self) -> None:
        if Product.objects.exists():
            self.stdout.write("The shop has products already; the demo catalogue is not loaded.")
            return
        categories = {
            slug: Category.objects.get_or_create(slug=slug, defaults={"name": name})[0]
            for name, slug in CATEGORIES
        }
        families = {
            name: Family.objects.get_or_create(name=name, defaults={"members_name": members})[0]
            for name, members in FAMILIES.items()
        }
        # The first of the catalogue shall be the newest in the shop.
        for entry in reversed(PRODUCTS):
            price_cents = next_payable(entry.price_cents, settings.CURRENCY)
            sale_cents = next_payable(entry.sale_price_cents or price_cents, settings.CURRENCY)
            product = Product(
                name=entry.name,
                slug=entry.slug,
                category=categories[entry.category],
                family=families[entry.name] if entry.variant else None,
                variant_name=entry.variant,
                description=entry.description,
                details=entry.details,
                price_cents=price_cents,
                # Not so in a currency of which Stripe takes no such small amount.
                sale_price_cents=sale_cents if sale_cents < price_cents else None,
                is_active=entry.is_active,
                stock=entry.stock,
            )
            if entry.picture:
                product.image = ContentFile(entry.picture.read_bytes(), entry.picture.name)
            product.save()
            if entry.closer:
                second = ContentFile(entry.second_picture.read_bytes(), entry.second_picture.name)
                product.pictures.create(image=second, alt_text=entry.closer.alt_text)
        self.stdout.write(f"Loaded {len(PRODUCTS)} demo products.")

    def load_deliveries(self) -> None:
        if DeliveryOption.objects.exists():
            return
        for position, entry in enumerate(DELIVERIES):
            free_from = entry.free_from_cents
            DeliveryOption.objects.create(
                name=entry.name,
                price_cents=next_payable(entry.price_cents, settings.CURRENCY),
                free_from_cents=free_from and next_payable(free_from, settings.CURRENCY),
                days_min=entry.days_min,
                days_max=entry.days_max,
                countries=DELIVERED_TO,
                position=position,
            )

    def write_shop_front(self) -> None:
        """What staff have written is left as it is."""
        shop = Shop.load()
        if not shop.headline:
            for name, value in FRONT.items():
                setattr(shop, name, value)
            shop.picture = ContentFile(WELCOME.read_bytes(), "welcome.webp")
            shop.save()
        if not Page.objects.exists():
            Page.objects.bulk_create(
                Page(**page._asdict(), position=position)
                for position, page in enumerate(PAGES, start=1)
            )

    def make_account(self, username: str, *, is_staff: bool) -> None:
        user = User.with_name(username).first() or User.objects.create_user(
            username,
            f"{username}@example.com",
            PASSWORD,
            is_staff=is_staff,
            is_superuser=is_staff,
        )
        what = "Staff (/admin/)" if is_staff else "Shopper"
        password = PASSWORD if user.check_password(PASSWORD) else "(changed since)"
        self.stdout.write(f"{what + ':':<16} {user.username:<8} password: {password}")
