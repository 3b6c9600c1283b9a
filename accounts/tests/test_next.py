"""Where a visitor wanted to go is remembered, whatever way leads through login and registration."""

import html
import re

import pytest

from tests.people import PASSWORD

CARLA = {"username": "carla", "email": "carla@example.com", "password1": "a fine long secret"}
WANTED = "/home/?q=mug&page=1"


def follow(client, page, words):
    """Open the link that carries the words."""
    links = re.findall(r'<a [^>]*href="([^"]+)"[^>]*>([^<]+)</a>', page.text)
    return client.get(next(html.unescape(url) for url, text in reversed(links) if words in text))


def send(client, page, data):
    """Fill the page's form in; its hidden `next` goes along."""
    form = re.search(r'<form method="post" action="(/accounts/(?:login|register)/)">', page.text)
    hidden = html.unescape(re.search(r'name="next" value="([^"]*)"', page.text)[1])
    return client.post(form[1], data | {"next": hidden})


def test_over_the_login_page(client, alice, mug):
    page = client.get(WANTED, follow=True)

    assert send(client, page, {"username": "alice", "password": PASSWORD}).url == WANTED


def test_over_the_login_page_with_a_slip(client, alice, mug):
    page = client.get(WANTED, follow=True)
    page = send(client, page, {"username": "alice", "password": "wrong"})

    assert send(client, page, {"username": "alice", "password": PASSWORD}).url == WANTED


def test_from_the_login_page_to_registration(client, mug):
    page = follow(client, client.get(WANTED, follow=True), "Create an account")

    assert send(client, page, CARLA).url == WANTED


def test_from_the_login_page_to_registration_with_a_slip(client, mug):
    page = follow(client, client.get(WANTED, follow=True), "Create an account")
    page = send(client, page, CARLA | {"password1": "short"})

    assert send(client, page, CARLA).url == WANTED


def test_to_registration_and_back_to_the_login_page(client, alice, mug):
    page = follow(client, client.get(WANTED, follow=True), "Create an account")
    page = follow(client, page, "Log in")

    assert send(client, page, {"username": "alice", "password": PASSWORD}).url == WANTED


@pytest.mark.parametrize("url", ["/", "/accounts/login/", "/accounts/register/"])
def test_whoever_is_logged_in_already_is_led_on(as_alice, mug, url):
    assert as_alice.get(url, {"next": WANTED}).url == WANTED


@pytest.mark.parametrize("url", ["/", "/accounts/login/", "/accounts/register/"])
def test_a_next_that_leads_in_a_circle_leads_home(as_alice, url):
    assert as_alice.get(url, {"next": f"{url}?next={url}"}).url == "/home/"
