"""People who buy. Each story is one purchase, with what people and networks do to it."""

import random
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TypeVar
from urllib.parse import urlsplit

import requests

PASSWORD = "correct horse battery"
CARD = {"expiry": "12 / 34", "cvc": "123", "name": "Test Shopper"}
ADDRESS = {
    "recipient": "Test Shopper",
    "line1": "1 Main Street",
    "city": "Springfield",
    "postal_code": "12345",
    "country": "US",
}
PAYS, DECLINED = "4242424242424242", "4000000000000002"
PAUSES = (0.1, 0.3, 1, 3, 10)  # seconds before someone tries a page again
CART_SHARE = 0.3
CODES = {"": 8, "SAVE10": 2, "FREE100": 1, "SAVE99": 1}
EVENTS = {"": 5, "duplicate": 4, "lost": 4, "delayed": 2, "reordered": 1, "bad_signature": 1}

Result = TypeVar("Result")


class GaveUp(Exception):
    """A page failed so often that a person would come back another day."""


def together(*acts: Callable[[], Result]) -> list[Result]:
    """Do all at the same moment."""
    with ThreadPoolExecutor(len(acts)) as pool:
        return [running.result() for running in [pool.submit(act) for act in acts]]


class Browser:
    """Somebody with a browser, for whom either server may answer."""

    def __init__(self, name: str, servers: Sequence[str], closing: Event) -> None:
        self.name = name
        self.servers = servers
        self.closing = closing  # nobody tries again after that
        self.browser = requests.Session()
        self.seen: list[str] = []  # what someone notices

    def open(self, path: str, form: dict[str, str] | None = None) -> requests.Response:
        """A page, tried again when it fails: the worker that answers may just be killed."""
        for pause in PAUSES:
            if form is not None:
                form = form | {"csrfmiddlewaretoken": self.browser.cookies["csrftoken"]}
            try:
                page = self.browser.request(
                    "GET" if form is None else "POST",
                    random.choice(self.servers) + path,
                    data=form,
                    allow_redirects=False,
                    timeout=30,
                )
            except requests.RequestException:
                self.seen.append("connections cut")
            else:
                if page.status_code in (200, 302, 303):
                    return page
                is_friendly = page.status_code == 503
                self.seen.append(
                    "pages that ask for patience" if is_friendly else "errors answered"
                )
            if self.closing.wait(pause):
                break
        raise GaveUp(path)

    def log_in(self) -> None:
        self.open("/accounts/login/")
        self.open("/accounts/login/", {"username": self.name, "password": PASSWORD})
        if "sessionid" not in self.browser.cookies:
            raise GaveUp("not logged in")


class Shopper(Browser):
    def __init__(
        self, name: str, servers: Sequence[str], products: Sequence[int], closing: Event
    ) -> None:
        super().__init__(name, servers, closing)
        self.products = products
        self.is_leaving = False
        self.pages: set[str] = set()  # sessions of which this shopper has the address

    def buy(self, chance: random.Random) -> str | None:
        """Buy a product, or what is in the cart: the path of Stripe's page, None if sold out."""
        if chance.random() < CART_SHARE:
            return self.buy_cart(chance)
        return self.buy_now(chance)

    def buy_now(self, chance: random.Random, quantity: str = "1") -> str | None:
        path = f"/checkout/{chance.choice(self.products)}/"
        pages = self.double_click(path, {"quantity": quantity})
        if len(pages) > 1:
            self.seen.append("double clicks with two pages")
        return pages.pop() if pages else None

    def buy_cart(self, chance: random.Random) -> str | None:
        for product in chance.sample(self.products, 2):
            self.open(f"/cart/add/{product}/", {"quantity": chance.choice("12")})
        # An event about the cart's last purchase may empty it between the clicks: two pages are
        # all right, as long as only one of them is open.
        pages = self.double_click("/checkout/", {})
        if not pages:
            self.open("/cart/update/", {f"quantity-{product}": "0" for product in self.products})
        return pages.pop() if pages else None

    def double_click(self, path: str, form: dict[str, str]) -> set[str]:
        answers = together(lambda: self.open(path, form), lambda: self.open(path, form))
        addresses = {page.headers["Location"] for page in answers if page.status_code == 303}
        for paid in [address for address in addresses if address.startswith("/success/")]:
            addresses.remove(paid)  # a moment ago, for the same
            self.open(paid)
        pages = {urlsplit(address).path for address in addresses}
        self.pages |= {session_id(page) for page in pages}
        return pages

    def pay(self, page: str, chance: random.Random, how: str = "pay", card: str = PAYS) -> None:
        events = chance.choices(list(EVENTS), list(EVENTS.values()))[0]
        if code := chance.choices(list(CODES), list(CODES.values()))[0]:
            self.open(f"{page}code/", {"code": code})
        self.open(f"{page}shipping/", {"shipping_option": chance.choice("01")})
        self.open(page, CARD | ADDRESS | {"number": card, "action": how, "webhooks": events})

    def come_back(self, page: str) -> None:
        self.open(f"/success/?session_id={session_id(page)}")

    def delete_account(self) -> None:
        self.open("/accounts/delete/")
        self.open("/accounts/delete/", {"password": PASSWORD})


def session_id(page: str) -> str:
    return page.rstrip("/").split("/")[-1]


def pays_and_comes_back(shopper: Shopper, page: str, chance: random.Random) -> None:
    shopper.pay(page, chance)
    shopper.come_back(page)


def pays_and_closes_the_tab(shopper: Shopper, page: str, chance: random.Random) -> None:
    shopper.pay(page, chance, chance.choice(["pay", "pay_and_leave"]))


def comes_back_while_the_event_arrives(shopper: Shopper, page: str, chance: random.Random) -> None:
    def look() -> None:
        time.sleep(chance.random() / 10)
        shopper.come_back(page)

    together(lambda: shopper.pay(page, chance), look, look, look)


def refreshes(shopper: Shopper, page: str, chance: random.Random) -> None:
    shopper.pay(page, chance)
    together(*[lambda: shopper.come_back(page)] * 3)


def is_declined_first(shopper: Shopper, page: str, chance: random.Random) -> None:
    shopper.pay(page, chance, card=DECLINED)
    shopper.pay(page, chance)
    shopper.come_back(page)


def cancels(shopper: Shopper, page: str, chance: random.Random) -> None:
    link = re.search(r"/home/\?cancelled=[0-9a-f-]+", shopper.open(page).text)
    if link:
        shopper.open(link[0])


def pays_later(shopper: Shopper, page: str, chance: random.Random) -> None:
    shopper.pay(page, chance, "pay_later")
    shopper.come_back(page)
    if bank := chance.choice(["settle", "settle", "fail", ""]):
        shopper.open(f"/stripe-simulator/sessions/{session_id(page)}/{bank}/", {})
    shopper.come_back(page)


def buys_something_else_while_paying(shopper: Shopper, page: str, chance: random.Random) -> None:
    together(lambda: shopper.pay(page, chance), lambda: shopper.buy_now(chance, "2"))


def leaves_for_something_else(shopper: Shopper, page: str, chance: random.Random) -> None:
    if other := shopper.buy(chance):
        shopper.pay(other, chance)
        shopper.come_back(other)
    shopper.pay(page, chance)  # from the first tab


def pays_and_stripe_repeats_itself(shopper: Shopper, page: str, chance: random.Random) -> None:
    shopper.pay(page, chance)
    resend = f"/stripe-simulator/sessions/{session_id(page)}/resend/"
    together(lambda: shopper.open(resend, {}), lambda: shopper.come_back(page))


def leaves_for_good(shopper: Shopper, page: str, chance: random.Random) -> None:
    """The account is deleted before, while or after its last purchase is paid."""
    acts = [lambda: shopper.pay(page, chance), shopper.delete_account]
    if chance.random() < 0.5:
        together(*acts)
    else:
        for act in chance.sample(acts, 2):
            act()


STORIES = {
    pays_and_comes_back: 4,
    pays_and_closes_the_tab: 4,
    comes_back_while_the_event_arrives: 4,
    refreshes: 1,
    is_declined_first: 1,
    cancels: 1,
    pays_later: 2,
    buys_something_else_while_paying: 2,
    leaves_for_something_else: 1,
    pays_and_stripe_repeats_itself: 1,
}


def tell_a_story(shopper: Shopper, chance: random.Random) -> None:
    """One purchase, from Buy to wherever it leads."""
    story = chance.choices(list(STORIES), list(STORIES.values()))[0]
    try:
        if "sessionid" not in shopper.browser.cookies:
            shopper.log_in()
        page = shopper.buy(chance)
        if page:
            (leaves_for_good if shopper.is_leaving else story)(shopper, page, chance)
        else:
            shopper.seen.append("sold out")
    except GaveUp:
        shopper.seen.append("gave up")
