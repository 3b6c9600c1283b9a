"""Somebody of the staff, at the admin all day."""

import random
import re
from html import unescape

from tests.chaos.shoppers import Browser, GaveUp, together

ORDER = re.compile(r"/admin/orders/order/(\d+)/change/")
PRODUCT = re.compile(r"/admin/shop/product/(\d+)/change/")


class Clerk(Browser):
    def works(self) -> None:
        """One thing, as a person does it: with a double click, and again when a page fails."""
        try:
            if "sessionid" not in self.browser.cookies:
                self.log_in()
            random.choice([self.refunds, self.refunds, self.ships, self.settles, self.describes])()
        except GaveUp:
            self.seen.append("staff gave up")

    def one_of(self, address: str, pattern: re.Pattern[str]) -> str | None:
        found = sorted(set(pattern.findall(self.open(address).text)))
        return random.choice(found) if found else None

    def refunds(self) -> None:
        order = self.one_of("/admin/orders/order/", ORDER)
        if not order:
            return
        url = f"/admin/orders/order/{order}/refund/"
        form = fields_of(self.open(url).text)
        if "refund_id" not in form or not form.get("amount"):
            return
        if random.random() < 0.7:
            form["amount"] = random.choice(["1.00", "5.00"])
        form |= {"reason": "duplicate", "confirmed": "on"}
        together(lambda: self.open(url, form), lambda: self.open(url, form))
        self.seen.append("refund forms sent by staff")

    def ships(self) -> None:
        if order := self.one_of("/admin/orders/order/?status=to_ship", ORDER):
            self.open(
                f"/admin/orders/order/{order}/ship/", {"tracking_number": "", "tracking_url": ""}
            )
            self.seen.append("parcels sent by staff")

    def settles(self) -> None:
        if order := self.one_of("/admin/orders/order/?status=needs_review", ORDER):
            url = f"/admin/orders/order/{order}/resolve/"
            form = fields_of(self.open(url).text)
            self.open(url, form | {"note": "Looked at it."})
            self.seen.append("reviews settled by staff")

    def describes(self) -> None:
        """A product, with a page that may be minutes old: what was sold meanwhile stays sold."""
        if product := self.one_of("/admin/shop/product/", PRODUCT):
            url = f"/admin/shop/product/{product}/change/"
            form = fields_of(self.open(url).text)
            self.closing.wait(random.choice([0, 1, 3]))
            self.open(url, form | {"description": f"As it was after {len(self.seen)} things."})
            self.seen.append("products saved by staff")


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send back unchanged: inputs with their values, texts and choices."""
    fields: dict[str, str] = {}
    for tag in re.findall(r"<input\b[^>]*>", page):
        name, kind = attribute(tag, "name"), attribute(tag, "type")
        is_off = kind in ("checkbox", "radio") and " checked" not in tag
        if name and not is_off and kind not in ("submit", "file", "search"):
            fields[name] = attribute(tag, "value") or ("on" if kind == "checkbox" else "")
    for name, text in re.findall(r'<textarea\b[^>]*name="([^"]+)"[^>]*>\s?([^<]*)', page):
        fields[name] = unescape(text)
    for name, choices in re.findall(r'<select\b[^>]*name="([^"]+)"(.*?)</select>', page, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', choices)
        fields[name] = chosen[1] if chosen else ""
    fields.pop("csrfmiddlewaretoken", None)
    return fields


def attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return unescape(found[1]) if found else ""
