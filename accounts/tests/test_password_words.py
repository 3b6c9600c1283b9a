"""A password that is refused comes with what to do about it."""

import pytest

from tests.pages import read

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("73918264", "This password has only digits. Add a letter or a sign."),
        (
            "sunshine",
            "Many people use this password. Add a word or two that only you think of.",
        ),
        (
            "alice-ames",
            "This password is too much like your username. Choose a very different one.",
        ),
        ("short", "This password is too short. It must contain at least 8 characters."),
    ],
)
def test_a_refused_password_is_told_what_to_do(client, password, said):
    form = {"username": "alice.ames", "email": "a@example.com", "password1": password}
    page = read(client.post("/accounts/register/", form))

    assert page.part("#id_password1_error").text == said
