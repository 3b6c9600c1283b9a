"""Shoppers in their browsers, before and after Stripe's page."""

from django.http import HttpResponse
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from accounts.models import User
from orders.models import Order
from shop.checkout import Unavailable, start_checkout
from shop.models import OutOfStock, Product
from shop.payments import PaymentError
from stripe_simulator.store import Document
from tests.machine.books import is_paid
from tests.machine.world import WHICH, World, pick

QUANTITY = st.integers(1, 3)


class Shoppers(World):
    def __init__(self) -> None:
        super().__init__()
        self.wishes: dict[User, tuple[int, int]] = {}  # product id and quantity

    @rule(who=WHICH, what=WHICH, quantity=QUANTITY)
    def buy(self, who: int, what: int, quantity: int) -> None:
        shopper = pick(self.shoppers, who)
        self.wishes[shopper] = pick(self.books.products, what).pk, quantity
        self.press_buy(shopper)

    @precondition(lambda self: self.wishes)
    @rule(who=WHICH)
    def press_buy_again(self, who: int) -> None:
        self.press_buy(pick(list(self.wishes), who))

    def press_buy(self, shopper: User) -> None:
        product_id, quantity = self.wishes[shopper]
        known = {checkout.stripe_session_id for checkout in self.books.checkouts}
        url = f"/checkout/{product_id}/"
        answer = self.run(self.clients[shopper].post, url, {"quantity": quantity})
        was_calm = self.was_calm
        self.look()
        if answer is not None and answer.status_code == 303:
            self.note_address(answer.url)
        if was_calm:
            product = self.books.product(product_id)
            self.expect_answer(answer, product, quantity)
            if answer.status_code == 303:
                session = self.expect_page(answer.url, shopper, product.price_cents * quantity)
                # A page whose address was lost with its process may be over when it is found.
                is_news = session["id"] not in known
                is_charged = session["id"] in self.books.charged
                assert session in self.books.payable or is_news or is_charged
                assert is_charged == answer.url.startswith("/success/")

    def note_address(self, url: str) -> None:
        self.memory.given |= {found["id"] for found in self.books.sessions if found["id"] in url}

    def expect_answer(self, answer: HttpResponse, product: Product | None, quantity: int) -> None:
        """Nothing was in the way: whatever can be sold is sold."""
        if not product:
            assert answer.status_code == 404
        elif not product.is_active:
            assert answer.url == "/home/"
        elif answer.status_code != 303:
            assert answer.status_code == 200
            assert product.stock is not None
            assert product.stock < quantity, "not sold although it is there"

    def expect_page(self, url: str, shopper: User, total_cents: int) -> Document:
        session = next(found for found in self.books.sessions if found["id"] in url)
        checkout = self.books.checkout_of(session)
        assert checkout
        assert (checkout.user_id, session["amount_subtotal"]) == (shopper.pk, total_cents)
        return session

    @precondition(lambda self: len(self.books.products) > 1)
    @rule(who=WHICH, quantities=st.lists(QUANTITY, min_size=2, max_size=3))
    def buy_several(self, who: int, quantities: list[int]) -> None:
        products = [product.pk for product in self.books.products]
        wanted = list(zip(products, quantities, strict=False))
        try:
            url = self.run(start_checkout, pick(self.shoppers, who), wanted, {})
            self.look()
            self.note_address(url or "")
        except (Unavailable, OutOfStock):
            pass
        except PaymentError:
            assert not self.was_calm

    @precondition(lambda self: self.books.sessions)
    @rule(who=WHICH, which=WHICH)
    def open_the_success_page(self, who: int, which: int) -> None:
        session = pick(self.books.sessions, which)
        self.come_back_from(session, pick(self.shoppers, who))

    @precondition(lambda self: self.books.sessions)
    @rule(which=WHICH)
    def come_back(self, which: int) -> None:
        """The buyer, rather than anybody."""
        session = pick(self.books.sessions, which)
        checkout = self.books.checkout_of(session)
        for shopper in self.shoppers:
            if checkout and checkout.user_id == shopper.pk:
                self.come_back_from(session, shopper)

    def come_back_from(self, session: Document, shopper: User) -> None:
        checkouts = shopper.checkouts.filter(stripe_session_id=session["id"])
        orders = Order.objects.filter(user=shopper, stripe_session_id=session["id"])
        is_own = checkouts.exists() or orders.exists()
        url = "/success/"
        answer = self.run(self.clients[shopper].get, url, {"session_id": session["id"]})
        if self.was_calm:
            assert answer.status_code == (200 if is_own else 404)
        if self.was_calm and is_own:
            assert orders.exists() == is_paid(session)
            assert ("Order received" in answer.text) == orders.exists()

    @precondition(lambda self: self.books.checkouts)
    @rule(who=WHICH, which=WHICH)
    def open_the_cancel_address(self, who: int, which: int) -> None:
        checkout = pick(self.books.checkouts, which)
        client = self.clients[pick(self.shoppers, who)]
        before = self.books.charged
        answer = self.run(client.get, "/home/", {"cancelled": str(checkout.pk)})
        if checkout.pk in self.memory.released_early:
            return  # the shop believes its own records here
        if answer and answer.context["not_charged"]:
            self.look()
            # Before and after: what happens while the page is made, it cannot know.
            assert checkout.stripe_session_id not in before & self.books.charged
