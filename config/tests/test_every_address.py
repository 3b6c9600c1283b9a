"""Every address that there is, asked in ways that nobody would mean: a page, and never a crash."""

import re
from collections.abc import Iterator
from io import BytesIO
from urllib.parse import quote

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLResolver, get_resolver
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from config.middleware import with_plain_headers
from config.tests.test_odd_requests import status_of
from tests.pages import read
from tests.people import logged_in
from tests.test_who_may_what import GROUPS, member

HUGE = "9" * 25
VALUES = ["1", "0", "-1", HUGE, "speckled-mug", "%00", "a%2Fb", "ü", "_2F", "%FF", "x" * 300]
NAMES = re.findall(
    r"\S+",
    """username__regex number__iregex paid_at__year date_joined__year date_joined__month id__in
    paid_at__gte is_active__exact needs_review__exact handled_at__isempty category__id__exact user
    _to_field _popup _changelist_filters _facets p o q e all next page app_label model_name term
    field_name category sort price_to price_from session_id removed cancelled quantity status""",
)
ODD = ["", "(((", "\0", HUGE, "9999999", "-1", "[]", "x", "1,2,x", "é", "1.-9.0", "../", "\u0663"]
FIELDS = re.findall(
    r"\S+",
    """username email password password1 quantity name price_cents stock category family image
    pictures-TOTAL_FORMS pictures-INITIAL_FORMS pictures-0-id form-TOTAL_FORMS form-INITIAL_FORMS
    form-0-id groups user_permissions date_joined_0 amount refund_id reasons_read note next product
    session_id is_active slug new_password1 old_password price_seen quantity-1
    select_across index""",
)
ACTIONS = ["", "delete_selected", "export_csv", "handle_again", "nothing"]
BODIES = [
    (b"\xff\0", "application/json"),
    (b"x", "multipart/form-data; boundary=x"),
    (
        b"--x\r\nContent-Disposition: form-data; name=image; filename=\0",
        "multipart/form-data; boundary=x",
    ),
    (b"a=%00&b=%ff", "application/x-www-form-urlencoded"),
]


def routes(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry, route)
        else:
            yield route


def addresses() -> list[str]:
    """Each of the resolver's, with whatever it could be sent in the place of what it asks for."""
    found = set()
    for route in routes(get_resolver()):
        plain = re.sub(r"\(\?P<app_label>.*?\)", "shop", route)
        plain = re.sub(r"\(\?P<\w+>.*?\)", "<x>", plain).replace("^", "").replace("$", "")
        for value in VALUES if "<" in plain else [""]:
            found.add("/" + re.sub(r"<[^>]+>", value, plain))
    return sorted(found)


ADDRESSES = addresses()
ADMIN_LISTS = [a for a in ADDRESSES if re.fullmatch(r"/admin/\w+/\w+/(add/)?", a)]


@pytest.fixture(params=["visitor", "alice", "staff", *GROUPS.values()])
def visitor(request, mug) -> Client:
    person = request.param
    if person in GROUPS.values():
        client = logged_in(member(person))
    else:
        client = Client() if person == "visitor" else logged_in(request.getfixturevalue(person))
    client.raise_request_exception = False
    return client


def ask(client: Client, *arguments: str | bytes, **options: object) -> HttpResponse:
    """Whatever it does to the database is undone: PostgreSQL refuses all that follows an error."""
    before = transaction.savepoint()
    answer = client.generic(*arguments, **options)
    transaction.savepoint_rollback(before)
    return answer


examples = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}
odd_pairs = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(ODD)), max_size=3)


@hypothesis_settings(max_examples=40, **examples)
@given(address=st.sampled_from(ADDRESSES), pairs=odd_pairs)
def test_no_address_crashes_at_an_odd_query(visitor, address, pairs):
    query = "&".join(f"{name}={quote(value)}" for name, value in pairs)

    assert ask(visitor, "GET", address, QUERY_STRING=query).status_code < 500


@hypothesis_settings(max_examples=40, **examples)
@given(
    address=st.sampled_from(ADDRESSES),
    action=st.sampled_from(ACTIONS),
    odd=st.sampled_from(ODD),
    selected=st.sampled_from(ODD),
)
def test_no_address_crashes_at_an_odd_form(visitor, address, action, odd, selected):
    form = dict.fromkeys(FIELDS, odd) | {"action": action, "_selected_action": selected}
    body = "&".join(f"{name}={quote(value)}" for name, value in form.items())

    page = ask(visitor, "POST", address, body, "application/x-www-form-urlencoded")
    assert page.status_code < 500


@hypothesis_settings(max_examples=20, **examples)
@given(address=st.sampled_from(ADDRESSES), body=st.sampled_from(BODIES))
def test_no_address_crashes_at_an_odd_body(visitor, address, body):
    assert ask(visitor, "POST", address, *body).status_code < 500


@pytest.mark.parametrize(
    "query",
    [
        "username__regex=(((",
        f"date_joined__year={HUGE}",
        "_to_field=",
        "_to_field=groups&_popup=1",
        "email__range=x",
    ],
)
def test_the_admin_refuses_a_filter_that_makes_no_sense_in_words(as_staff, query):
    page = ask(as_staff, "GET", "/admin/accounts/user/", QUERY_STRING=query)

    assert page.status_code == 400
    assert read(page).headings == ["We could not read that request"]


def test_a_fault_of_our_own_in_the_admin_stays_a_fault(as_staff, monkeypatch):
    def fail(*_: object) -> None:
        raise ValueError("ours")

    monkeypatch.setattr("orders.admin.webhook_health", fail)
    as_staff.raise_request_exception = False

    assert as_staff.get("/admin/orders/stripeevent/?q=x").status_code == 500


def test_a_body_that_is_too_large_is_read_to_its_end_and_gets_an_answer(db):
    application = with_plain_headers(WSGIHandler())
    body = BytesIO(b"x" * 3_000_000)
    headers = {"CONTENT_TYPE": "text/plain", "CONTENT_LENGTH": "3000000", "wsgi.input": body}

    assert status_of(application, "/webhooks/stripe/", "POST", **headers) == 400
    assert body.tell() == 3_000_000
