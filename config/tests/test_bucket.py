"""Uploads in a bucket, with a server of its own that speaks S3."""

from collections.abc import Iterator
from urllib.request import urlopen

import boto3
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from moto.server import ThreadedMotoServer

from config.tests.test_settings import settings_with
from shop.models import Product
from shop.tests.test_pictures import plain
from tests.pages import read
from tests.product_form import NO_MORE_PICTURES

NAME = "pictures"


@pytest.fixture
def bucket(settings, monkeypatch) -> Iterator[object]:
    """What MEDIA_S3_BUCKET and boto3's own variables lead to."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL_S3": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    bucket = boto3.resource("s3").create_bucket(Bucket=NAME, ACL="public-read")
    stored = settings_with(MEDIA_S3_BUCKET=NAME)["STORAGES"]
    settings.STORAGES = settings.STORAGES | {"default": stored["default"]}
    yield bucket
    server.stop()


def names(bucket) -> set[str]:
    return {stored.key for stored in bucket.objects.all()}


def test_a_picture_is_stored_shown_replaced_and_removed(
    bucket, as_staff, as_alice, mug, django_capture_on_commit_callbacks
):
    address = f"/admin/shop/product/{mug.pk}/change/"
    form = {
        "name": mug.name,
        "slug": mug.slug,
        "category": mug.category.pk,
        "price_cents": "19.00",
        "is_active": "on",
        **NO_MORE_PICTURES,
    }

    def send(**changes: object) -> set[str]:
        with django_capture_on_commit_callbacks(execute=True):
            assert as_staff.post(address, form | changes).status_code == 302
        mug.refresh_from_db()
        return set(mug.image.renditions.values())

    first = send(image=SimpleUploadedFile("mug.png", plain(400, 500)))
    assert names(bucket) == first
    (picture,) = read(as_alice.get(mug.get_absolute_url())).find(".picture")
    with urlopen(picture.get("src")) as answer:  # noqa: S310  # of the server above
        assert answer.headers["Content-Type"] == "image/webp"

    second = send(image=SimpleUploadedFile("mug.png", plain(100, 125)))
    assert names(bucket) == second != first

    send(**{"image-clear": "on"})
    assert not names(bucket)
    assert not Product.objects.get().image
