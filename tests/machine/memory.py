"""What was seen before, and what people did that changes what is right."""

from collections import Counter, defaultdict
from copy import deepcopy
from typing import Any
from uuid import UUID

from orders.models import Order, Refund
from shop.models import Product
from stripe_simulator.store import Document
from tests.machine.books import Books, Status

# What a backup brings back with the shop's rows; the rest is not the shop's to forget.
ROWS = (
    *("units", "statuses", "orders", "buyers", "refunds", "amounts", "promised", "resolved"),
    *("released_early", "strays", "given"),
)


class Memory:
    def __init__(self) -> None:
        self.units: dict[int, int] = {}  # that staff counted, by product: sold or not
        self.statuses: dict[UUID, str] = {}
        self.orders: dict[int, tuple[Any, ...]] = {}
        self.buyers: dict[int, int | None] = {}
        self.refunds: dict[UUID, int] = {}  # how far each was
        self.amounts: dict[UUID, int] = {}
        self.promised: set[UUID] = set()  # refunds of which staff were told to wait
        self.resolved: dict[str, set[str]] = defaultdict(set)  # what staff settled, by order
        self.released_early: set[UUID] = set()  # checkouts that can still be paid
        # Checkouts that were given up before their session was stored; nobody has its address.
        self.strays: set[UUID] = set()
        self.given: set[str] = set()  # sessions whose address a shopper has

        self.sold_to: dict[str, tuple[str, str]] = {}  # the buyer's key and address, by session
        self.names_given = 0
        self.had_nulls = False  # Stripe left out what may be null, for a while
        self.lost: set[str] = set()  # sessions whose checkout is gone
        self.edited: set[str] = set()  # sessions whose metadata someone changed
        self.forgotten: set[str] = set()  # sessions in an account that the key is not for any more
        # A process that dies between the mail server's OK and the note of it is the one case of
        # a second mail. Counted, not excused: each such death allows one more.
        self.mails_never_noted: Counter[str] = Counter()

    def count_units(self, books: Books, product: Product) -> None:
        """Staff have just counted what is on the shelf."""
        self.units[product.pk] = (product.stock or 0) + books.spoken_for(product)

    def new_name(self, kind: str) -> str:
        """For one thing or person only, also if the shop forgets it."""
        self.names_given += 1
        return f"{kind}-{self.names_given}"

    def see(self, books: Books) -> None:
        for session in books.sessions:
            buyer = session["metadata"].get("buyer", ""), session["customer_details"]["email"]
            self.sold_to.setdefault(session["id"], buyer)
        for checkout in books.checkouts:
            if checkout.status == Status.EXPIRED and not checkout.stripe_session_id:
                self.strays.add(checkout.pk)

    def is_stray(self, session: Document) -> bool:
        is_unknown = session["id"] not in self.given
        return is_unknown and UUID(session["client_reference_id"]) in self.strays

    def go_back_to(self, earlier: "Memory") -> None:
        """The shop is what it was; what was mailed since was never noted."""
        for name in ROWS:
            setattr(self, name, deepcopy(getattr(earlier, name)))

    def note_mails_never_noted(self, books: Books) -> None:
        for number in Order.objects.filter(receipt_sent_at=None).values_list("number", flat=True):
            self.mails_never_noted[number] = books.mails[number]
        known = Refund.objects.filter(mail_due_at=None, stripe_refund_id__isnull=False)
        told = set(known.values_list("stripe_refund_id", flat=True))
        for one in books.mails:
            if one.startswith("re_") and one not in told:
                self.mails_never_noted[one] = books.mails[one]
