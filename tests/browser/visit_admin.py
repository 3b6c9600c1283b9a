"""What staff see, page by page."""

from base64 import b32decode
from collections.abc import Iterator

from django.db.models import Model
from django.test import Client
from django_otp.oath import TOTP
from playwright.sync_api import Page

from accounts import second_factor
from accounts.models import User
from orders.models import Order
from orders.recording import record_order
from shop.models import Checkout, Product
from stripe_simulator.testing import pay
from tests.browser.steps import log_in
from tests.browser.visit import follow, go, send
from tests.people import clerk
from tests.test_who_may_what import address, addresses

# The names of the addresses that the walk below comes to.
ON_THE_WAY = {
    *("index", "login", "accounts_user_first_code", "orders_customer", "orders_customer_erase"),
    *("orders_order_cancel", "orders_order_change", "orders_order_changelist"),
    *("orders_order_correct", "orders_order_export", "orders_order_history"),
    *("orders_order_many_packing_slips", "orders_order_many_ship", "orders_order_refund"),
    *("orders_order_resolve", "orders_order_ship", "orders_order_unship"),
    *("orders_stripeevent_changelist", "shop_deliveryoption_add", "shop_product_category"),
    *("shop_deliveryoption_changelist", "shop_family_changelist", "shop_product_add"),
    *("shop_product_change", "shop_product_changelist", "shop_product_delete"),
    *("shop_product_export", "shop_product_import", "shop_product_prices"),
    *("shop_product_stock", "shop_product_stock_move", "shop_product_variant"),
}
# What the names of their addresses end in, and why a visit leaves them out.
LEFT_OUT = {
    "_history": "Django's own, the same for every record: the walk sees an order's",
    "_delete": "Django's own, the same for every record: the walk sees a product's",
    "auth_user_password_change": "Django's own, with an end tag too many",
    "orders_customer_export": "sends a file",
    "orders_customer_switch": "a button that leads back to the customer",
    "orders_order_resend_receipt": "a button that leads back to the order",
    "shop_product_stock_count": "a button that leads back to the stock",
    "shop_product_import_write": "a button that leads back to the list",
    "shop_product_prices_write": "a button that leads back to the list",
    "app_list": "a part of the first page",
    "autocomplete": "for scripts",
    "jsi18n": "for scripts",
    "view_on_site": "leads to the shop",
    "logout": "leads to the shop",
}


def order_to_work_on(shopper: Client, product: Product) -> Order:
    """Paid, with an address, a note, and a review to be settled."""
    shopper.post(f"/checkout/{product.pk}/", {"quantity": 2})
    session_id = str(Checkout.objects.get().stripe_session_id)
    address = {"line1": "1 High Street", "country": "US"}
    pay(session_id, shipping={"name": "Alice Ames", "address": address})
    order = record_order(session_id)
    assert order
    order.ask_for_review("A difference.")
    Order.objects.update(staff_note="Calls back on Friday.")
    return order


def visit_admin(page: Page, order: Order, product: Product) -> Iterator[str]:
    """Logs in as staff, and opens one page after the other."""
    yield from go(page, "/admin/login/")
    with page.expect_navigation(url="**/home/"):
        log_in(page, "staff")
    yield from visit_second_factor(page, User.objects.get(username="staff"))
    yield from go(page, "/admin/", "/admin/shop/product/")
    yield from go(
        page, "/admin/shop/product/?q=nothing", f"/admin/shop/product/{product.pk}/change/"
    )
    with page.expect_navigation():  # the same buttons stand above and below
        page.get_by_role("button", name="Save and continue").first.click()
    yield "product, saved"
    page.locator("#id_price_cents").fill("0")
    with page.expect_navigation():  # the same buttons stand above and below
        page.get_by_role("button", name="Save and continue").first.click()
    yield "product, with an error"
    page.goto(f"/admin/shop/product/{product.pk}/change/")
    follow(page, "Change the stock")
    yield "stock, not counted yet"
    page.get_by_label("Counted").fill("12")
    send(page, "Save what I counted")
    yield "stock, counted"
    page.get_by_label("Change").fill("-20")
    send(page, "Change the stock")
    yield "stock, with an error"
    yield from go(page, "/admin/shop/deliveryoption/", "/admin/shop/deliveryoption/add/")
    page.get_by_label("Countries").fill("UK")
    with page.expect_navigation():  # the same buttons stand above and below
        page.get_by_role("button", name="Save and continue").first.click()
    yield "delivery option, with errors"
    page.goto(f"/admin/shop/product/{product.pk}/change/")
    follow(page, "The same in another size")
    yield "new family"
    send(page, "Continue")
    yield "new family, with an error"
    page.get_by_label("What there are several of").fill("sizes")
    page.get_by_label("This one is").fill("Small")
    send(page, "Continue")
    yield "another member"
    yield from go(page, "/admin/shop/family/")
    yield from go(page, f"/admin/shop/product/{product.pk}/delete/", "/admin/orders/stripeevent/")
    yield from visit_import(page)
    yield from go(page, f"/admin/shop/product/prices/?products={product.pk}")
    page.get_by_label("Change by percent").fill("ten")
    send(page, "See the new prices")
    yield "prices, with an error"
    page.get_by_label("Change by percent").fill("+10")
    send(page, "See the new prices")
    yield "prices, to be confirmed"
    yield from go(page, f"/admin/shop/product/category/?products={product.pk}")
    yield from go(page, "/admin/orders/order/", f"/admin/orders/order/{order.pk}/history/")
    yield from visit_packing(page, order)
    yield from visit_customer(page, f"/admin/accounts/user/{order.user_id}/change/")
    page.goto("/admin/orders/order/")
    follow(page, "Export a period")
    yield "export"
    page.get_by_label("From").fill("2026-05-04")
    page.get_by_label("Until").fill("2026-05-03")
    send(page, "Download")
    yield "export, with an error"
    yield from visit_order(page, f"/admin/orders/order/{order.pk}/change/")


def visit_second_factor(page: Page, staff: User) -> Iterator[str]:
    """With a first code, a device is set up; then the admin is open."""
    code = second_factor.reset(staff)
    page.goto("/admin/")
    yield "code"
    page.get_by_label("Code").fill("000000")
    send(page, "Continue")
    yield "code, with an error"
    page.get_by_label("Code").fill(code)
    send(page, "Continue")
    yield "new device"
    page.get_by_label("Code of the new device").fill("000")
    send(page, "Use this device")
    yield "new device, with an error"
    key = page.locator(".device-key").inner_text().replace(" ", "")
    page.get_by_label("Code of the new device").fill(f"{TOTP(b32decode(key)).token():06}")
    send(page, "Use this device")
    yield "recovery codes"
    yield from go(page, "/accounts/device/", "/accounts/device/new/")
    yield from go(page, "/accounts/device/recovery_codes/")
    page.get_by_label("Code").fill("000")
    send(page, "Make new recovery codes")
    yield "new recovery codes, with an error"
    colleague = clerk("view_order")
    yield from go(page, f"/admin/accounts/user/{colleague.pk}/first-code/")
    send(page, "Make a first code")
    yield "first code"


def visit_the_rest(page: Page, records: dict[str, Model]) -> Iterator[str]:
    """Every page of the admin that is not on the way of that walk; a new one joins by itself."""
    page.goto("/admin/login/")
    with page.expect_navigation(url="**/home/"):
        log_in(page, "staff")
    for name, pattern in addresses().items():
        if name not in ON_THE_WAY and not name.endswith(tuple(LEFT_OUT)):
            yield from go(page, address(name, pattern, records))


def visit_import(page: Page) -> Iterator[str]:
    yield from go(page, "/admin/shop/product/export/", "/admin/shop/product/import/")
    send(page, "See what it would do")
    yield "import, with an error"
    for name, row in {"refused": "mug,no", "to be done": "new-mug,20"}.items():
        text = f"slug,price,name,category\n{row},Mug,Kitchen\n"
        file = {"name": "products.csv", "mimeType": "text/csv", "buffer": text.encode()}
        page.get_by_label("CSV file").set_input_files(file)
        send(page, "See what it would do")
        yield f"import, {name}"


def visit_packing(page: Page, order: Order) -> Iterator[str]:
    Order.objects.update(needs_review=False)
    yield from go(page, "/admin/orders/order/?status=to_ship")
    chosen = f"?orders={order.pk}"
    yield from go(page, f"/admin/orders/order/packing-slips/{chosen}")
    yield from go(page, f"/admin/orders/order/ship/{chosen}")
    Order.objects.update(needs_review=True)
    send(page, "Mark 1 order as shipped")
    yield "ship many, with an error"
    yield from go(page, f"/admin/orders/order/ship/{chosen}")


def visit_customer(page: Page, user_page: str) -> Iterator[str]:
    page.goto(user_page)
    follow(page, "Orders and data")
    yield "customer"
    follow(page, "Erase")
    yield "erase, not yet"
    page.goto("/admin/")
    page.get_by_text("Day by day").click()
    yield "first page, with the sales of each day"


def visit_order(page: Page, order_page: str) -> Iterator[str]:
    yield from go(page, order_page)
    page.get_by_label("Internal note").fill("Called back.")
    with page.expect_navigation():  # the same buttons stand above and below
        page.get_by_role("button", name="Save and continue").first.click()
    yield "order, with a note"
    follow(page, "Resolve review")
    send(page, "Resolve review")
    yield "review, with an error"
    page.goto(order_page)
    follow(page, "Correct addresses")
    page.get_by_label("E-mail").fill("nobody")
    send(page, "Save")
    yield "correct, with an error"
    page.goto(order_page)
    follow(page, "Cancel order")
    yield "cancel"
    page.goto(order_page)
    follow(page, "Mark as shipped")
    yield "ship"
    page.get_by_label("Tracking link").fill("track it")
    send(page, "Mark as shipped")
    yield "ship, with an error"
    page.get_by_label("Tracking link").fill("https://carrier.example/1")
    send(page, "Mark as shipped")
    yield "order, shipped"
    follow(page, "Not shipped after all")
    yield "unship"
    page.goto(order_page)
    follow(page, "Refund")
    yield "refund"
    send(page, "Choose these products")
    yield "refund by product, with an error"
    page.get_by_label("Amount").fill("1000")
    send(page, "Continue")
    yield "refund, with an error"
    page.get_by_label("Amount").fill("10")
    send(page, "Continue")
    yield "refund, to be confirmed"
    send(page, "Refund $10.00")
    yield "order, refunded in part"
