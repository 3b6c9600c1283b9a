"""Chaos: two servers on one database, double clicks everywhere, workers killed all the time.

Stripe fails and the mail server too, PostgreSQL is restarted, staff refund what the dashboard
refunds at the same moment, banks dispute payments, and accounts are deleted.

python -m tests.chaos.run --purchases 1000 --database postgres
Exits with 1 unless, after reconciling, nothing is lost, double or unaccounted for.
"""

import argparse
import itertools
import logging
import os
import random
import signal
import socket
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from threading import Event

import django

import tests.environment  # noqa: F401  (neither the developer's .env nor a real Stripe key)
from tests.chaos.servers import Killer, address, count_errors, last_error, now_and_then, servers
from tests.chaos.shoppers import Shopper, tell_a_story
from tests.chaos.staff import Clerk
from tests.postgres import postgres, restart

SHOPPERS, AT_ONCE = 40, 8
STAFF = "clerk"
PURCHASES_A_LEAVER = 25  # one of so many shoppers deletes the account
SECONDS_BETWEEN_KILLS = (0.5, 4)
SECONDS_BETWEEN_RECONCILIATIONS = (5, 15)
RECONCILED_MEANWHILE = "5m"  # so that the thousandth purchase costs no more than the first
SECONDS_BETWEEN_FAULTS = (0.1, 1)
SECONDS_BETWEEN_ACTS_AT_STRIPE = (0.1, 0.6)
SECONDS_BETWEEN_THINGS_STAFF_DO = (0, 0.5)
SECONDS_BETWEEN_COUNTS = 5  # each reads all sessions, while no others are served
SECONDS_BETWEEN_RESTARTS = (5, 30)  # of PostgreSQL
MUST_BE_ZERO = (
    "lost",
    "duplicates",
    "orders nobody paid",
    "differences in stock",
    "cents unaccounted for",
    "checkouts still open",
    "orders without receipt",
    "refunds that wait",
    "buyers not told",
    "sessions that differ",
    "errors",
)
WHY_AGAIN = "a worker was killed between the mail server's OK and the note of it"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--purchases", type=int, default=1000, help="how many are to be paid")
    parser.add_argument("--database", choices=["postgres", "sqlite"], default="postgres")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--minutes", type=float, default=120, help="when to give up")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="shop-chaos-")))
        url = f"sqlite:///{folder / 'shop.sqlite3'}"
        if options.database == "postgres":
            url = stack.enter_context(postgres())
        sys.exit(not run(options, folder, url))


def run(options: argparse.Namespace, folder: Path, database_url: str) -> bool:
    """Everything from the empty database to the ledger; whether it adds up."""
    doors = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    addresses = [address(door) for door in doors]
    set_up_django(folder, database_url, addresses[0])
    from tests.chaos import ledger, sessions, trouble  # they need Django to be set up

    shoppers = people(options, addresses)
    names = [shopper.name for shopper in shoppers]
    stock = ledger.open_shop(names, STAFF, options.purchases)
    closing = shoppers[0].closing
    for shopper in shoppers:
        shopper.products = list(stock)
    clerk, killer, stripe = Clerk(STAFF, addresses, closing), Killer(folder), trouble.Stripe()
    is_postgres, restarts = options.database == "postgres", Counter[str]()

    def restart_postgres() -> None:
        restart(database_url)
        restarts["restarts of PostgreSQL"] += 1

    with ExitStack() as stack:
        stack.enter_context(servers(folder, doors))
        for seconds, act in (
            (SECONDS_BETWEEN_KILLS, killer.kill_one),
            (SECONDS_BETWEEN_RECONCILIATIONS, partial(ledger.reconcile, RECONCILED_MEANWHILE)),
            (SECONDS_BETWEEN_FAULTS, stripe.fails),
            (SECONDS_BETWEEN_ACTS_AT_STRIPE, stripe.acts_by_itself),
            (SECONDS_BETWEEN_THINGS_STAFF_DO, clerk.works),
        ):
            stack.enter_context(now_and_then(seconds, act))
        if is_postgres:
            stack.enter_context(now_and_then(SECONDS_BETWEEN_RESTARTS, restart_postgres))
        stories = drive(shoppers, options, ledger.count_paid, closing)

    ledger.close()  # connections that a restart has cut
    stripe.is_well()
    seen = Counter(what for someone in (*shoppers, clerk) for what in someone.seen)
    seen["paid sessions left without an order"] = ledger.account(stock)["lost"]
    buyers = {page: shopper.name for shopper in shoppers for page in shopper.pages}
    second_pages = ledger.count_second_pages(buyers)
    repaired, repaired_again = ledger.reconcile_an_hour_later()
    rows = ledger.account(stock)
    rows["duplicates"] += second_pages
    differences = list(sessions.differences(ledger.receipts_sent(), buyers))
    rows["sessions that differ"] = len(differences)
    errors = count_errors(folder, database_is_restarted=is_postgres)
    rows["errors"] = errors.total()
    if not restarts:
        rows["errors"] += seen.pop("errors answered", 0)
    ledger.close()

    print(f"{options.database}, seed {options.seed} (it repeats the choices, not the timing)")
    befell = {"purchases begun": stories, "workers killed": killer.killed}
    print_table(befell | restarts | stripe.done | seen)
    print(f"reconciled: {repaired}\nonce more:  {repaired_again}")
    print_table(rows)
    print("\n".join(differences[:20]))
    if errors:
        print(dict(errors), last_error(folder, next(iter(errors))), sep="\n")
    return adds_up(rows, repaired_again, options.purchases)


def people(options: argparse.Namespace, addresses: list[str]) -> list[Shopper]:
    """Who comes again and again, and behind them who leaves for good after one purchase."""
    closing, leavers = Event(), 5 + options.purchases // PURCHASES_A_LEAVER
    names = [f"shopper-{number}" for number in range(SHOPPERS + leavers)]
    shoppers = [Shopper(name, addresses, [], closing) for name in names]
    for shopper in shoppers[SHOPPERS:]:
        shopper.is_leaving = True
    return shoppers


def set_up_django(folder: Path, database_url: str, site_url: str) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "tests.chaos.settings",
        "CHAOS_FOLDER": str(folder),
        "DATABASE_URL": database_url,
        "SITE_URL": site_url,  # where Stripe's events go
    }
    django.setup()
    logging.disable(logging.ERROR)  # the servers keep a log of their own


def drive(
    shoppers: Sequence[Shopper],
    options: argparse.Namespace,
    count_paid: Callable[[], int],
    closing: Event,
) -> int:
    """Let them buy until enough is paid or the time is over; return how many stories began."""
    numbers = itertools.count()
    leavers = deque(shopper for shopper in shoppers if shopper.is_leaving)

    def keep_buying(own: Sequence[Shopper]) -> None:
        while not closing.is_set():
            number = next(numbers)
            chance = random.Random(f"{options.seed}-{number}")
            is_last = leavers and number % PURCHASES_A_LEAVER == 0
            tell_a_story(leavers.popleft() if is_last else chance.choice(own), chance)

    deadline = time.monotonic() + options.minutes * 60
    with ThreadPoolExecutor(AT_ONCE) as pool:
        crowd = [pool.submit(keep_buying, shoppers[n:SHOPPERS:AT_ONCE]) for n in range(AT_ONCE)]
        try:
            while (paid := count_paid()) < options.purchases and time.monotonic() < deadline:
                if sys.stderr.isatty():
                    sys.stderr.write(f"\r{paid} of {options.purchases} paid ")
                time.sleep(SECONDS_BETWEEN_COUNTS)
        finally:
            closing.set()
    for one in crowd:
        one.result()  # raises what went wrong
    return next(numbers)


def print_table(rows: dict[str, int]) -> None:
    for name, number in rows.items():
        print(f"  {number:>7}  {name}")


def adds_up(rows: dict[str, int], repaired_again: str, purchases: int) -> bool:
    """Say whether it does, and if not, why."""
    wrong = [f"{rows[name]} {name}" for name in MUST_BE_ZERO if rows[name]]
    if not repaired_again.startswith("repaired: nothing; failed: 0"):
        wrong.append("the second reconciliation still found something")
    if rows["sessions paid"] < purchases:
        wrong.append(f"fewer than {purchases} purchases were paid in time")
    if rows["receipts sent again"]:
        print(f"Receipts sent again: {WHY_AGAIN}.")
    print(f"It does not add up: {', '.join(wrong)}." if wrong else "It all adds up.")
    return not wrong


if __name__ == "__main__":
    main()
