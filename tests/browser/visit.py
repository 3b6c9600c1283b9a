"""A visit that leaves no page out."""

import re
from collections.abc import Iterator

from django.core import mail
from django.core.files.base import ContentFile
from playwright.sync_api import Page

from orders.models import Order
from shop.models import Family, Product
from shop.tests.test_pictures import give_picture, plain
from stripe_simulator.testing import DECLINED, NEEDS_CONFIRMATION, inject_fault
from tests.browser.steps import log_in, press, register


def visit_every_page(page: Page, mug: Product, bowl: Product) -> Iterator[str]:
    """Opens one page after the other, and says which one is open. Sells out the bowl."""
    yield from visit_before_login(page)
    with page.expect_navigation(url="**/home/"):
        log_in(page)
    yield from visit_shop(page, mug, bowl)
    yield from visit_cart(page)
    yield from visit_payment(page)
    yield from visit_own_pages(page)


def go(page: Page, *urls: str) -> Iterator[str]:
    for url in urls:
        page.goto(url)
        yield url


def send(page: Page, button: str) -> None:
    with page.expect_navigation():
        press(page, button)


def follow(page: Page, link: str) -> None:
    with page.expect_navigation():
        page.get_by_role("link", name=link).click()


def visit_before_login(page: Page) -> Iterator[str]:
    yield from go(page, "/", "/accounts/register/")
    with page.expect_navigation():
        register(page, "alice")
    yield "register, with an error"
    page.goto("/")
    page.get_by_label("Username").fill("alice")
    page.get_by_label("Password").fill("wrong")
    send(page, "Log in")
    yield "log in, with an error"
    yield from go(page, "/accounts/password_reset/")
    page.get_by_label("E-mail address").fill("alice@example.com")
    send(page, "Send the link")
    yield "password reset, link sent"
    (link,) = re.findall(r"/accounts/password_reset/\S+", str(mail.outbox[-1].body))
    page.goto(link)
    yield "password reset, new password"
    yield from go(page, "/accounts/password_reset/complete/", "/no-such-page/")


def visit_shop(page: Page, mug: Product, bowl: Product) -> Iterator[str]:
    Product.objects.filter(pk=bowl.pk).update(stock=0)
    yield from go(page, "/home/", "/home/?q=mug", "/home/?q=unicorn", bowl.get_absolute_url())
    send(page, "Email me when it is back")
    send(page, "Save for later")
    yield "sold out, with what is put off"
    yield from go(page, "/home/?q=mugs&category=kitchen&price_to=20&in_stock=on")
    yield from go(page, "/home/?q=mug+under+1", "/home/?category=kitchen&price_from=1,250")
    small = make_family(mug)
    yield from go(page, "/home/?q=mug", small.get_absolute_url(), mug.get_absolute_url())
    follow(page, "The glaze")
    yield "product, second picture"
    page.get_by_label("Quantity").fill("0")
    send(page, "Buy")
    yield "product, with an error"
    small.delete()


def make_family(mug: Product) -> Product:
    """The mug becomes one of two, and the other one, which is returned, is sold out."""
    mug.refresh_from_db()
    mug.family = Family.objects.create(name=mug.name, members_name="sizes")
    mug.variant_name, mug.details = "Extraordinarily large", "Stoneware."
    give_picture(mug)
    image = ContentFile(plain(400, 500), "any name.png")
    mug.pictures.create(image=image, alt_text="The glaze")
    return Product.objects.create(
        family=mug.family,
        name=mug.name,
        variant_name="Small",
        slug="small-mug",
        category=mug.category,
        price_cents=mug.price_cents - 100,
        stock=0,
    )


def visit_cart(page: Page) -> Iterator[str]:
    yield from go(page, "/cart/", "/home/")
    send(page, "Add to cart")
    yield "home, with a message"
    page.goto("/cart/")
    page.get_by_label("Quantity of").fill("100")
    send(page, "Update the quantity")
    yield "cart, with an error"
    page.goto("/cart/")
    send(page, "Save for later")
    yield "cart, empty, with two products saved"
    send(page, "Move to cart")
    yield "cart, with one product saved"
    with page.expect_navigation():  # what is saved can be removed, too
        page.get_by_role("button", name="Remove").first.click()
    yield "cart, something taken out"


def visit_payment(page: Page) -> Iterator[str]:
    page.goto("/home/")
    send(page, "Buy")
    yield "Stripe's page"
    stripe_page = page.url
    page.goto(f"/success/?session_id={re.findall('cs_test_[A-Za-z0-9]+', stripe_page)[0]}")
    yield "not paid"
    page.goto(stripe_page)
    page.get_by_label("Card number").fill(DECLINED)
    send(page, "Pay $")
    yield "Stripe's page, declined"
    follow(page, "Back to")
    yield "home, cancelled"
    page.get_by_label("Quantity").fill("2")
    send(page, "Buy")
    send(page, "Pay later")
    yield "payment on its way"
    page.goto("/home/")
    send(page, "Buy")
    page.get_by_label("Card number").fill(NEEDS_CONFIRMATION)
    send(page, "Pay $")
    yield "Stripe's page, confirmation"
    send(page, "Complete")
    yield "success"
    Order.objects.get().ship("AB 123", "https://carrier.example/AB123")
    follow(page, "See the order")
    yield "order"
    follow(page, "Printable receipt")
    yield "receipt"
    yield from go(page, "/stripe-simulator/")
    inject_fault("POST", "/v1/checkout/sessions", "error_500", times=3)
    page.goto("/home/")
    send(page, "Buy")
    yield "payment unavailable"


def visit_own_pages(page: Page) -> Iterator[str]:
    yield from go(page, "/home/", "/orders/", "/accounts/profile/", "/accounts/password_change/")
    yield from go(page, "/accounts/email_change/", "/accounts/delete/")
    page.get_by_label("password").fill("wrong")
    send(page, "Delete")
    yield "delete, with an error"
