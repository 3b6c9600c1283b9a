from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from accounts import throttle
from accounts.models import Tries
from accounts.throttle import Limit, address_of, too_many

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
KNOCK = Limit("knock", 3, timedelta(minutes=15))


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def test_so_many_tries_are_free_and_the_next_one_is_told_how_long_to_wait(db, clock):
    assert [too_many(KNOCK, "alice") for _ in range(3)] == [0, 0, 0]

    clock.shift(timedelta(minutes=3))
    assert too_many(KNOCK, "alice") == 12 * 60


def test_a_refused_try_does_not_prolong_the_wait(db, clock):
    waits = []
    for _ in range(6):
        waits.append(too_many(KNOCK, "alice"))
        clock.shift(timedelta(minutes=3))

    assert waits == [0, 0, 0, 6 * 60, 3 * 60, 0]


def test_after_the_wait_the_count_begins_afresh(db, clock):
    for _ in range(4):
        too_many(KNOCK, "alice")
    clock.shift(timedelta(minutes=15))

    assert [too_many(KNOCK, "alice") for _ in range(4)] == [0, 0, 0, 15 * 60]


def test_others_and_other_things_are_counted_apart(db):
    for _ in range(4):
        too_many(KNOCK, "alice")

    assert too_many(KNOCK, "bob") == 0
    assert too_many(Limit("ring", 3, timedelta(minutes=15)), "alice") == 0


def test_forgetting_starts_afresh_and_taking_back_gives_one_try(db):
    for _ in range(4):
        too_many(KNOCK, "alice")
    throttle.take_back(KNOCK, "alice")
    assert [bool(too_many(KNOCK, "alice")) for _ in range(2)] == [False, True]

    throttle.forget(KNOCK, "alice")
    assert [bool(too_many(KNOCK, "alice")) for _ in range(4)] == [False, False, False, True]


def test_taking_back_from_nothing_leaves_nothing(db):
    too_many(KNOCK, "alice")
    for _ in range(2):
        throttle.take_back(KNOCK, "alice")

    assert Tries.objects.get().count == 0


def test_the_table_tells_nobody_who_was_here(db):
    too_many(KNOCK, "alice")

    assert "alice" not in str(Tries.objects.values().get())


def test_old_rows_go_when_new_ones_come(db, clock, monkeypatch):
    monkeypatch.setattr(throttle, "OLD_ROWS_A_TIME", 2)
    for name in "abcde":
        too_many(KNOCK, name)
    clock.shift(timedelta(minutes=10))
    too_many(KNOCK, "still counted")
    clock.shift(timedelta(minutes=10))

    too_many(KNOCK, "new")
    assert Tries.objects.count() == 5
    too_many(KNOCK, "newer")
    too_many(KNOCK, "newest")
    assert Tries.objects.count() == 4


def test_the_database_too_counts_someone_in_one_row(db):
    too_many(KNOCK, "alice")
    row = Tries.objects.get()

    with (
        pytest.raises(IntegrityError, match=r"one_row_counts|accounts_tries\.scope"),
        transaction.atomic(),
    ):
        Tries.objects.create(scope=row.scope, who=row.who, count=1, ends_at=NOON)


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "1 minute "), (60, "1 minute "), (61, "2 minutes "), (720, "12 min")]
)
def test_the_wait_is_said_in_whole_minutes(seconds, words):
    assert f"Wait {words}" in throttle.refusal(seconds).message


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("8.8.4.4", "", "8.8.4.4"),
        ("8.8.4.4", "1.1.1.1", "8.8.4.4"),  # a visitor may send any header
        ("127.0.0.1", "8.8.4.4", "8.8.4.4"),  # our own proxy says whom it serves
        ("10.0.0.7", "6.6.6.6, 8.8.4.4", "8.8.4.4"),  # what it appended, not what it was told
        ("", "8.8.4.4", "8.8.4.4"),  # a proxy on a unix socket
        ("10.0.0.7", "6.6.6.6,8.8.4.4", "8.8.4.4"),
        ("127.0.0.1", "8.8.4.4:51234", "8.8.4.4"),  # some balancers add the port
        ("127.0.0.1", '"8.8.4.4:51234"', "8.8.4.4"),
        ("127.0.0.1", " 8.8.4.4 ", "8.8.4.4"),
        ("127.0.0.1", "2a00:1450:4001:800::1", "2a00:1450:4001:800::/64"),
        ("127.0.0.1", "[2a00:1450:4001:800::1]", "2a00:1450:4001:800::/64"),
        ("127.0.0.1", "[2a00:1450:4001:800::1]:51234", "2a00:1450:4001:800::/64"),
        ("127.0.0.1", '"[2a00:1450:4001:800::1]:51234"', "2a00:1450:4001:800::/64"),
        ("127.0.0.1", "2a00:1450:4001:800:0:0:0:1:51234", "2a00:1450:4001:800::/64"),
        ("127.0.0.1", "fe80::1%eth0", "fe80::/64"),
        ("127.0.0.1", "[::ffff:8.8.4.4]:51234", "8.8.4.4"),
        ("8.8.4.4", "1.1.1.1:51234", "8.8.4.4"),
        ("::ffff:127.0.0.1", "8.8.4.4", "8.8.4.4"),
        ("unix:", "8.8.4.4", "8.8.4.4"),
        ("", "8.8.4.4:51234", "8.8.4.4"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "6.6.6.6, ", "127.0.0.1"),  # nobody was appended
        ("127.0.0.1", "unknown", "unknown"),
        ("127.0.0.1", "6.6.6.6, _hidden", "_hidden"),
        ("127.0.0.1", "8.8.4.4:port:7", "8.8.4.4:port:7"),
        ("", "", "None"),
        ("2a00:1450:4001:800::1", "", "2a00:1450:4001:800::/64"),
        ("2a00:1450:4001:800:ffff::2", "", "2a00:1450:4001:800::/64"),
        ("::ffff:8.8.4.4", "", "8.8.4.4"),
    ],
)
def test_the_address_is_the_visitors_or_what_our_own_proxy_says(peer, forwarded, address):
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().get("/", REMOTE_ADDR=peer, headers=headers)

    assert address_of(request) == address


@pytest.mark.parametrize(
    ("proxies", "address"), [(0, "127.0.0.1"), (1, "8.8.8.8"), (2, "8.8.4.4"), (9, "6.6.6.6")]
)
def test_so_many_proxies_are_believed_as_the_deployer_says(settings, proxies, address):
    settings.TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-For": "6.6.6.6, 8.8.4.4, 8.8.8.8"}

    assert address_of(RequestFactory().get("/", headers=headers)) == address


def test_what_nobody_can_read_counts_for_itself_alone(db):
    def address(forwarded: str) -> str:
        headers = {"X-Forwarded-For": forwarded}
        return address_of(RequestFactory().get("/", REMOTE_ADDR="127.0.0.1", headers=headers))

    for _ in range(4):
        too_many(KNOCK, address("_one"))

    assert too_many(KNOCK, address("_one"))
    assert not too_many(KNOCK, address("_two"))
    assert not too_many(KNOCK, address("8.8.4.4"))


@given(peer=st.text(max_size=30), forwarded=st.text(max_size=300))
def test_no_address_is_too_odd_to_count(peer, forwarded):
    request = RequestFactory().get("/", REMOTE_ADDR=peer)
    request.META["HTTP_X_FORWARDED_FOR"] = forwarded

    assert 0 < len(address_of(request)) <= throttle.LONGEST


PORTS = st.sampled_from(["", ":1", ":65535"])


@given(address=st.ip_addresses(v=4), port=PORTS)
def test_an_address_is_the_same_with_and_without_a_port(address, port):
    assert throttle.parse(f"{address}{port}") == address


@given(address=st.ip_addresses(v=6), port=PORTS)
def test_an_ipv6_address_too(address, port):
    assert throttle.parse(f"[{address}]{port}") == throttle.parse(str(address))
    assert throttle.parse(str(address)) == (address.ipv4_mapped or address)


def test_a_try_too_many_is_logged_without_saying_whose(db, caplog):
    for _ in range(4):
        too_many(KNOCK, "alice")

    assert caplog.messages == ["too many tries: knock"]
