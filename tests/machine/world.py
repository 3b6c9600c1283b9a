"""What every actor of the state machine stands in: a shop, a Stripe account, and a clock."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import time_machine
from django.conf import settings
from django.test import Client
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from accounts.models import User
from shop.models import Category, DeliveryOption, Product, Shop
from stripe_simulator import delivery
from tests.machine import books, promises
from tests.machine.memory import Memory
from tests.machine.processes import SITES, Killed, MailServer, Process, Trouble, process

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
Thing = TypeVar("Thing")

WHICH = st.integers(0, 3)  # counted back from the newest


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def pick(things: Sequence[Thing], which: int) -> Thing:
    return things[-1 - which % len(things)]


class World(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.travel = time_machine.travel(START, tick=False)
        self.clock = self.travel.start()
        books.empty()
        delivery.send = self.receive  # put back after the test by the fixture `own_world`
        MailServer.refusal = None
        settings.SITE_URL = SITES[0]  # put back after the test, as it is watched
        self.memory = Memory()
        self.trouble = Trouble()
        self.was_calm = True  # nothing befell the last process: it must have done its work
        self.open_the_shop()
        self.look()

    def open_the_shop(self) -> None:
        Shop.key()  # else a backup without it would make another shop of it
        kitchen = Category.objects.create(name="Kitchen", slug="kitchen")
        for name, price_cents, stock in [("Bowl", 5450, 2), ("Cup", 500, None), ("Mug", 1900, 4)]:
            Product.objects.create(
                name=name, slug=name.lower(), category=kitchen, price_cents=price_cents, stock=stock
            )
        for name, price_cents, free_from_cents in [("Post", 490, 6000), ("Courier", 1200, None)]:
            DeliveryOption.objects.create(
                name=name,
                price_cents=price_cents,
                free_from_cents=free_from_cents,
                days_min=1,
                days_max=2,
                countries="US",
            )
        for name in ("alice", "bob", "carla"):
            User.objects.create_user(name, f"{name}@example.com")
        User.objects.create_superuser("staff", "staff@example.com")
        self.everybody_logs_in()
        for product in Product.objects.exclude(stock=None):
            self.memory.units[product.pk] = product.stock or 0

    def everybody_logs_in(self) -> None:
        self.staff = logged_in(User.objects.get(is_staff=True))
        shoppers = User.objects.filter(is_staff=False).order_by("pk")
        self.clients = {shopper: logged_in(shopper) for shopper in shoppers}

    @property
    def shoppers(self) -> list[User]:
        return list(self.clients)

    @invariant()
    def the_shop_keeps_its_promises(self) -> None:
        self.look()
        promises.check(self.books, self.memory)

    def look(self) -> None:
        self.books = books.read()

    def run(self, act: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """What the act returns, done in a process of its own; None if the process was killed."""
        trouble, self.trouble = self.trouble, Trouble()
        self.clock.shift(timedelta(seconds=1))
        try:
            with process(trouble) as this:
                return act(*args, **kwargs)
        except Killed:
            self.memory.note_mails_never_noted(books.read())
            return None
        finally:
            self.was_calm = not this.is_befallen and not Process.running
            if not this.is_befallen:
                self.trouble = trouble

    def receive(self, url: str, payload: bytes, headers: dict[str, str]) -> int:
        """One delivery to the webhook; if the process is killed, Stripe sees no answer."""
        client = Client(raise_request_exception=False)
        kind = "application/json"
        answer = self.run(client.post, url, payload, content_type=kind, headers=headers)
        if answer is None:
            raise ConnectionResetError
        assert answer.status_code < 500 or not self.was_calm
        # Test clients hear of each other's exceptions: one that waits meanwhile would raise ours.
        for waiting in (*self.clients.values(), self.staff):
            waiting.exc_info = None
        return int(answer.status_code)
