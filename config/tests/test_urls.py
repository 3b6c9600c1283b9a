"""Which pages there are is decided when the shop starts, not by what is asked first."""

import runpy

import pytest
from django.conf import settings as shop_settings
from django.urls import reverse


def routes() -> list[str]:
    """As they are when the file is read for the first time just now."""
    file = str(shop_settings.BASE_DIR / "config" / "urls.py")
    return [str(entry.pattern) for entry in runpy.run_path(file)["urlpatterns"]]


@pytest.mark.parametrize(
    "change",
    [
        {"STRIPE_SIMULATED": False},
        {"DEBUG": True},
        {"DEBUG": False},
        {"MEDIA_URL": "https://cdn.example.com/"},
    ],
)
def test_the_pages_do_not_depend_on_what_a_test_has_set_before(settings, change):
    before = routes()
    for name, value in change.items():
        setattr(settings, name, value)

    assert routes() == before
    assert "stripe-simulator/" in before


def test_uploads_are_served_where_their_addresses_lead():
    assert reverse("media", args=["products/mug.webp"]) == (
        shop_settings.MEDIA_URL + "products/mug.webp"
    )


def test_an_upload_is_served_to_anybody_on_a_developers_machine(client, settings):
    settings.DEBUG = True
    settings.MEDIA_ROOT.mkdir()
    (settings.MEDIA_ROOT / "mug.webp").write_bytes(b"a mug")
    answer = client.get("/media/mug.webp")

    assert b"".join(answer.streaming_content) == b"a mug"
    assert answer["Content-Type"] == "image/webp"
    assert client.get("/media/cup.webp").status_code == 404


def test_a_deployed_shop_leaves_uploads_to_the_web_server(client, db, settings):
    settings.DEBUG = False
    settings.MEDIA_ROOT.mkdir()
    (settings.MEDIA_ROOT / "mug.webp").write_bytes(b"a mug")

    assert client.get("/media/mug.webp").status_code == 404
