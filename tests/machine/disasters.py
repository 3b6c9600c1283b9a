"""What happens to a shop in years: it moves, a backup is restored, ids are given out again."""

from copy import deepcopy

from django.conf import settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from accounts.models import User
from tests.machine import books
from tests.machine.memory import Memory
from tests.machine.processes import SITES
from tests.machine.staff import Staff
from tests.machine.world import logged_in


class Disasters(Staff):
    def __init__(self) -> None:
        super().__init__()
        self.backup: tuple[books.Backup, Memory] | None = None

    @rule(site=st.sampled_from(SITES))
    def the_shop_moves(self, site: str) -> None:
        settings.SITE_URL = site

    @precondition(lambda self: len(self.clients) < 5)
    @rule()
    def someone_registers(self) -> None:
        """With an id that was someone else's, if the shop was restored meanwhile."""
        pk = max(self.books.keys) + 1
        name = self.memory.new_name("shopper")
        user = User(pk=pk, username=name, email=f"{name}@example.com")
        user.save(force_insert=True)
        self.clients[user] = logged_in(user)

    @precondition(lambda self: not self.backup)
    @rule()
    def a_backup_is_made(self) -> None:
        self.backup = books.back_up(), deepcopy(self.memory)

    @precondition(lambda self: self.backup)
    @rule()
    def the_backup_is_restored(self) -> None:
        assert self.backup
        (backup, memory), self.backup = self.backup, None
        books.restore(backup)
        self.memory.go_back_to(memory)
        self.look()
        known = {str(checkout.pk) for checkout in self.books.checkouts}
        self.memory.lost |= {
            session["id"]
            for session in self.books.sessions
            if session["client_reference_id"] not in known
        }
        self.memory.note_mails_never_noted(self.books)
        self.everybody_logs_in()
        self.wishes = {who: wish for who, wish in self.wishes.items() if who in self.clients}
        self.refund_form = self.product_page = None
