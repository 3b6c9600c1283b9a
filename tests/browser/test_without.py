"""Buying without a mouse, and without JavaScript."""

from playwright.sync_api import Locator, Page, expect

from orders.models import Order
from tests.browser.steps import IN_A_BROWSER, log_in, press
from tests.people import PASSWORD

pytestmark = IN_A_BROWSER

HAS_FOCUS = "element => element === document.activeElement"
# Where on the screen a ring of 2 px or more is, at what has the focus or at its frame.
RING = """() => {
    const element = document.activeElement;
    const ringed = [element, element.parentElement].find(candidate => {
        const style = getComputedStyle(candidate);
        return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
            && !/^rgba.*, 0\\)$/.test(style.outlineColor);
    });
    const box = ringed?.getBoundingClientRect();
    return box && box.top >= 0 && box.bottom <= innerHeight ? JSON.stringify(box) : null;
}"""


def test_the_keyboard_is_enough_to_buy(page, mug, alice):
    page.emulate_media(reduced_motion="reduce")  # or the page would still be scrolling to a stop
    page.goto("/")
    expect(page.get_by_label("Username")).to_be_focused()
    page.keyboard.type("alice")
    tab_to(page, page.get_by_label("Password"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Products")
    tab_to(page, page.get_by_role("link", name="Skip to the content"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    tab_to(page, page.get_by_role("button", name="Buy Speckled mug"))
    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="Pay $19.00")).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Pay $19.00"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Order received")
    tab_to(page, page.get_by_role("link", name="See the order"))


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until it has the focus; at each stop the ring is to be seen, and somewhere else."""
    rings = [None]
    for _ in range(50):
        page.keyboard.press("Tab")
        stop = page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        rings.append(page.evaluate(RING))
        assert rings[-1] not in (None, rings[-2]), f"the focus is not to be seen at {stop}"
        if target.evaluate(HAS_FOCUS):
            return
    raise AssertionError(f"the keyboard does not reach {target}")


def test_javascript_is_not_needed_to_buy(open_page, mug, alice):
    page = open_page(java_script_enabled=False)
    log_in(page)
    press(page, "Add to cart Speckled mug")
    page.get_by_role("link", name="See your cart").click()
    page.get_by_label("Quantity of Speckled mug").fill("0")
    press(page, "Update")
    expect(page.get_by_text("Your cart is empty")).to_be_visible()

    page.goto(mug.get_absolute_url())
    press(page, "Buy Speckled mug")
    press(page, "Pay $19.00")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Order received")
    assert Order.objects.get().user == alice
