"""A picture of any size that is accepted can be uploaded, and is found again under its name."""

import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from shop.models import Product
from shop.pictures import (
    MAX_PIXELS,
    MAX_SIDE,
    Picture,
    largest_size,
    rendition_names,
    rendition_sizes,
)
from tests.product_form import NO_MORE_PICTURES

Size = tuple[int, int]


def any_size(max_pixels: int) -> st.SearchStrategy[Size]:
    """Every shape that is accepted, from a strip that lies to one that stands."""
    return st.integers(1, MAX_SIDE).flatmap(
        lambda width: st.tuples(st.just(width), st.integers(1, min(MAX_SIDE, max_pixels // width)))
    )


def grey(size: Size, kind: str) -> SimpleUploadedFile:
    file = io.BytesIO()
    Image.new("L", size, 128).save(file, kind)
    return SimpleUploadedFile("any name", file.getvalue())


# A photo's pixels take a second to shrink, and a quarter of them round just the same.
@settings(
    max_examples=40,
    deadline=None,
    # The same product gets one picture after the other, as it does from staff.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(any_size(MAX_PIXELS // 4), st.sampled_from(["PNG", "JPEG"]))
@example((1284, 2778), "PNG")  # a telephone's screen
@example((4240, 2832), "JPEG")
@example((2848, 4288), "JPEG")
@example((1600, 1601), "PNG")
@example((1, 16_000), "PNG")
@example((16_000, 1), "JPEG")
@example((16_000, 2_500), "PNG")
@example((2_500, 16_000), "JPEG")
def test_staff_can_upload_a_picture_of_any_size_that_is_accepted(as_staff, mug, size, kind):
    answer = as_staff.post(
        f"/admin/shop/product/{mug.pk}/change/",
        {
            "name": mug.name,
            "slug": mug.slug,
            "category": mug.category.pk,
            "price_cents": "19.00",
            "is_active": "on",
            "image": grey(size, kind),
            **NO_MORE_PICTURES,
        },
    )

    assert answer.status_code == 302
    image = Product.objects.get().image
    assert image.renditions
    for named, name in image.renditions.items():
        with Image.open(image.storage.path(name)) as stored:
            assert stored.size == named
    assert Path(image.name).name in {Path(name).name for name in image.renditions.values()}


@settings(max_examples=1000, deadline=None)
@given(any_size(MAX_PIXELS))
@example((1, 16_000))
@example((16_000, 1))
@example((1201, 1))
@example((1284, 2778))
def test_the_name_of_a_picture_tells_the_sizes_that_were_made(size):
    made = rendition_sizes(*largest_size(*size))
    picture = Picture(dict.fromkeys(made, b""))

    assert list(rendition_names(f"products/{picture.name}")) == made
    assert made[-1] == largest_size(*size)
    widths = [width for width, _ in made]
    assert widths == sorted(set(widths))
    assert all(1 <= height <= MAX_SIDE for _, height in made)
    assert widths[-1] == min(size[0], 1200)


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("1200x1500", [(320, 400), (480, 600), (800, 1000), (1200, 1500)]),
        ("1200x801", [(320, 214), (480, 320), (800, 534), (1200, 801)]),
        ("900x333", [(320, 118), (480, 178), (800, 296), (900, 333)]),
        ("320x400", [(320, 400)]),
        ("1x16000", [(1, 16_000)]),
    ],
)
def test_a_picture_that_was_stored_long_ago_is_found_under_the_same_names(name, sizes):
    names = rendition_names(f"products/0123456789ab-{name}.webp")

    assert names == {(w, h): f"products/0123456789ab-{w}x{h}.webp" for w, h in sizes}
