"""Parts of pages are remembered by what they show, so that they show nothing else."""

import re

import pytest
from django.db import OperationalError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from config import again
from shop import remembered
from shop.cards import Card
from shop.models import Product, Shop
from shop.templatetags import frame
from tests.pages import read

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')

TEXTS = st.text(max_size=60)
CARDS = st.builds(
    Card,
    pk=st.integers(1, 3),
    slug=st.sampled_from(["a", "b"]),
    name=TEXTS,
    description=TEXTS,
    current_price_cents=st.integers(0, 3),
    is_the_least=st.booleans(),
    was_cents=st.none() | st.integers(1, 3),
    image_name=st.sampled_from(["", "products/a-1200x1500.webp", "products/odd.webp"]),
    is_sold_out=st.booleans(),
    only_left=st.none() | st.integers(0, 2),
    several=st.none() | st.tuples(st.integers(0, 2), TEXTS),
    in_cart=st.integers(0, 2),
)


class ARememberedCard(TestCase):
    @given(card=CARDS, is_first=st.booleans(), is_far=st.booleans())
    def test_is_the_one_that_would_be_rendered_afresh(self, card, is_first, is_far):
        values = {"product": card, "is_first": is_first, "is_far": is_far}
        for template in ("shop/_card.html", "shop/_small_card.html"):
            kept = remembered.remembered(template, **values)
            assert kept == remembered.rendered.__wrapped__(template, tuple(values.items()))


def test_each_visitor_has_a_token_of_their_own(as_alice, as_bob, mug):
    tokens = [set(TOKEN.findall(client.get("/home/").text)) for client in (as_alice, as_bob)]

    assert all(tokens)
    assert tokens[0].isdisjoint(tokens[1])
    assert remembered.TOKEN not in tokens[0] | tokens[1]


def test_the_token_of_a_remembered_card_buys(alice, mug):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    token = TOKEN.findall(browser.get("/home/").text)[-1]

    bought = browser.post(f"/checkout/{mug.pk}/", {"quantity": 1, "csrfmiddlewaretoken": token})

    assert bought.status_code == 303


def test_the_token_of_a_page_that_was_made_again_buys_too(alice, mug, monkeypatch):
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.force_login(alice)
    Shop.load()  # or its row is made, and what has written is not made again
    troubles = iter([None, OperationalError("cut")])  # below the header, which holds a token

    def wordmark_of(context):
        if trouble := next(troubles, None):
            raise trouble

    monkeypatch.setattr(frame, "wordmark_of", wordmark_of)
    monkeypatch.setattr(again, "is_cut", lambda: True)
    monkeypatch.setattr(again.connection, "close", lambda: None)
    token = TOKEN.findall(browser.get("/home/").text)[-1]

    bought = browser.post(f"/checkout/{mug.pk}/", {"quantity": 1, "csrfmiddlewaretoken": token})
    assert bought.status_code == 303


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "Plain mug"}, ["Plain mug"]),
        ({"price_cents": 2000}, ["$20.00"]),
        ({"stock": 2}, ["Only 2 left"]),
        ({"stock": 0}, ["Sold out"]),
    ],
)
def test_what_changed_shows_on_the_next_page(as_alice, mug, change, words):
    as_alice.get("/home/")

    Product.objects.filter(pk=mug.pk).update(**change)

    card = read(as_alice.get("/home/"), ".card").text
    assert all(word in card for word in words)


def test_what_is_in_the_cart_of_one_is_not_shown_to_another(as_alice, as_bob, mug):
    as_alice.post(f"/cart/add/{mug.pk}/", {"quantity": 3})

    assert "3 in your cart" in read(as_alice.get("/home/"), ".card").text
    assert "in your cart" not in read(as_bob.get("/home/"), ".card").text
