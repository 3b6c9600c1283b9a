"""From what staff upload to what a page shows, and what stays on the disk."""

import io
import re
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, transaction
from PIL import Image, ImageCms

from shop.models import Product
from shop.pictures import MAX_BYTES, render
from tests.pages import read
from tests.product_form import NO_MORE_PICTURES

LIST = "/admin/shop/product/"
RED, BLUE = (200, 20, 20), (20, 20, 200)


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def plain(width: int, height: int, mode: str = "RGB", kind: str = "PNG") -> bytes:
    return encoded(Image.new(mode, (width, height)), kind)


def rendered(data: bytes) -> list[Image.Image]:
    """What is made of an upload, the smallest first."""
    renditions = render(ContentFile(data)).renditions
    return [Image.open(io.BytesIO(renditions[size])) for size in sorted(renditions)]


def is_close(pixel: tuple[int, ...], colour: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 12 for a, b in zip(pixel, colour, strict=True))


def give_picture(product: Product, width: int = 400, height: int = 500) -> list[Path]:
    """The files that are stored for it."""
    product.image = ContentFile(plain(width, height), "any name.png")
    product.save()
    return [Path(product.image.storage.path(name)) for name in product.image.renditions.values()]


@pytest.fixture
def files(settings):
    def find() -> set[Path]:
        return {path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()}

    return find


@pytest.fixture
def form(mug) -> dict[str, object]:
    """What staff send to change the mug."""
    return {
        "name": "Speckled mug",
        "slug": "speckled-mug",
        "category": mug.category.pk,
        "price_cents": "19.00",
        "is_active": "on",
        **NO_MORE_PICTURES,
    }


# What is made of an upload


@pytest.mark.parametrize(
    ("uploaded", "sizes"),
    [
        ((2000, 2500), [(320, 400), (480, 600), (800, 1000), (1200, 1500)]),
        ((800, 1000), [(320, 400), (480, 600), (800, 1000)]),
        ((1000, 400), [(320, 128), (480, 192), (800, 320), (1000, 400)]),
        ((100, 80), [(100, 80)]),
        ((9000, 1), [(320, 1), (480, 1), (800, 1), (1200, 1)]),
    ],
)
def test_a_picture_gets_up_to_four_widths_and_is_never_enlarged(uploaded, sizes):
    pictures = rendered(plain(*uploaded))

    assert [picture.size for picture in pictures] == sizes
    assert {picture.format for picture in pictures} == {"WEBP"}


@pytest.mark.parametrize(("kind", "width"), [("JPEG", 3000), ("PNG", 1500), ("WEBP", 1500)])
def test_a_picture_is_turned_upright_and_loses_what_the_camera_wrote(kind, width):
    image = Image.new("RGB", (width, width * 4 // 5), RED)
    image.paste(BLUE, (width // 2, 0, *image.size))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera of a shopkeeper"  # a quarter turn to the right
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    pictures = rendered(encoded(image, kind, exif=exif, icc_profile=profile))

    assert [picture.width for picture in pictures] == [320, 480, 800, 1200]
    for picture in pictures:
        assert picture.height == picture.width * 5 / 4
        assert is_close(picture.getpixel((50, 50)), RED)
        assert is_close(picture.getpixel((50, picture.height - 50)), BLUE)
        assert not picture.getexif()
        assert not {"exif", "icc_profile", "xmp"} & set(picture.info)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_stays_transparent(mode):
    image = Image.new("RGBA", (900, 900), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (450, 0, 900, 900))
    for picture in rendered(encoded(image.convert(mode))):
        assert picture.mode == "RGBA"
        assert picture.getpixel((20, 20))[3] == 0
        assert picture.getpixel((picture.width - 20, 20))[3] == 255


@pytest.mark.parametrize(
    ("mode", "colour", "kind"),
    [
        ("L", 128, "JPEG"),
        ("CMYK", (0, 0, 0, 127), "JPEG"),
        ("I;16", 128 * 256, "PNG"),
        ("RGB", (128, 128, 128), "WEBP"),
    ],
)
def test_grey_is_grey_however_it_is_written(mode, colour, kind):
    (picture,) = rendered(encoded(Image.new(mode, (40, 50), colour), kind))

    assert is_close(picture.convert("RGB").getpixel((20, 20)), (128, 128, 128))


def test_colours_are_those_of_the_pictures_profile():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    red_and_green_swapped = srgb.replace(b"rXYZ", b"____").replace(b"gXYZ", b"rXYZ")
    profile = red_and_green_swapped.replace(b"____", b"gXYZ")
    for mode in ("RGB", "RGBA"):
        image = Image.new(mode, (40, 50), "red")
        (picture,) = rendered(encoded(image, icc_profile=profile))
        assert is_close(picture.convert("RGB").getpixel((20, 20)), (0, 255, 0))


def test_a_broken_profile_is_left_out():
    image = Image.new("RGB", (40, 50), RED)
    (picture,) = rendered(encoded(image, icc_profile=b"nonsense"))

    assert is_close(picture.getpixel((20, 20)), RED)


# What is refused

UNREADABLE = "not a JPEG, PNG or WebP"
TOO_MANY_PIXELS = "too many pixels"
NOISE = encoded(Image.effect_noise((300, 300), 90).convert("RGB"), "JPEG")
REFUSED = {
    "a web page": (b"<!doctype html><script>alert(1)</script>", UNREADABLE),
    "an SVG": (b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', UNREADABLE),
    "a GIF": (plain(8, 8, "P", "GIF"), UNREADABLE),
    "a TIFF": (plain(8, 8, kind="TIFF"), UNREADABLE),
    "half a JPEG": (NOISE[: len(NOISE) // 2], UNREADABLE),
    "half a PNG": (plain(900, 900)[:1000], UNREADABLE),
    "41 megapixels": (plain(6400, 6410, "1"), TOO_MANY_PIXELS),
    "144 megapixels": (plain(12_000, 12_000, "1"), TOO_MANY_PIXELS),
    "400 megapixels": (plain(20_000, 20_000, "1"), TOO_MANY_PIXELS),
    "a long strip": (plain(16_001, 1, "1"), TOO_MANY_PIXELS),
    "too many bytes": (NOISE + bytes(MAX_BYTES), "10.0\xa0MB is the limit"),
}


@pytest.mark.parametrize(("data", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_picture_for_a_shop_is_refused_at_its_field_and_leaves_nothing(
    as_staff, mug, form, files, settings, tmp_path, data, words
):
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "uploads"
    settings.FILE_UPLOAD_TEMP_DIR.mkdir()
    before = set(give_picture(mug))
    image = SimpleUploadedFile("mug.jpg", data, "image/jpeg")
    response = as_staff.post(f"{LIST}{mug.pk}/change/", form | {"name": "New", "image": image})

    errors = response.context["adminform"].form.errors
    assert list(errors) == ["image"]
    assert words in errors["image"][0]
    assert files() == before
    assert not list(settings.FILE_UPLOAD_TEMP_DIR.iterdir())
    mug.refresh_from_db()
    assert mug.name == "Speckled mug"
    assert mug.image.is_stored


def test_the_pixels_of_a_picture_that_is_too_large_are_never_read(monkeypatch):
    def read(*args: object) -> None:
        raise AssertionError("the pixels were read")

    bomb = plain(12_000, 12_000, "1")
    assert len(bomb) < 20_000
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", read)
    with pytest.raises(ValidationError, match=TOO_MANY_PIXELS):
        render(ContentFile(bomb))


def test_an_error_in_another_field_stores_nothing_and_shows_nothing_that_is_not_there(
    as_staff, mug, form, files
):
    image = SimpleUploadedFile("mug.png", plain(8, 10))
    response = as_staff.post(f"{LIST}{mug.pk}/change/", form | {"price_cents": "", "image": image})

    assert list(response.context["adminform"].form.errors) == ["price_cents"]
    assert not read(response).has(".thumbnail")
    assert not files()


def test_the_name_of_an_upload_is_not_kept_and_may_be_long(as_staff, mug, form, files):
    image = SimpleUploadedFile(f"{'my private notes ' * 14}.png", plain(400, 500))
    response = as_staff.post(f"{LIST}{mug.pk}/change/", form | {"image": image})

    assert response.status_code == 302
    names = sorted(path.name for path in files())
    assert len(names) == 2
    assert re.fullmatch(r"[0-9a-f]{12}-320x400\.webp", names[0])
    assert re.fullmatch(r"[0-9a-f]{12}-400x500\.webp", names[1])


# What stays on the disk


class FullDisk(FileSystemStorage):
    """Dies in the middle of writing the second rendition."""

    def _save(self, name, content):
        saved = super()._save(name, content)
        if "480x" in saved:
            raise OSError("No space left on device")
        return saved


def test_when_the_storage_fails_neither_half_a_picture_nor_a_row_is_written(mug, files, settings):
    before = set(give_picture(mug))
    name = mug.image.name
    backend = {"BACKEND": f"{__name__}.FullDisk"}
    settings.STORAGES = settings.STORAGES | {"default": backend}
    with pytest.raises(OSError, match="No space"):
        give_picture(mug, 800, 1000)

    mug.refresh_from_db()
    assert mug.image.name == name
    assert files() == before


def test_when_the_row_cannot_be_written_its_picture_is_not_kept(mug, files):
    picture = ContentFile(plain(400, 500), "mug.png")
    twin = Product(name="Twin", slug=mug.slug, category=mug.category, price_cents=1, image=picture)
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()
    assert not files()

    twin.slug = "twin"
    twin.save()
    stored = {Path(name).name for name in twin.image.renditions.values()}
    assert {path.name for path in files()} == stored
    assert len(stored) == 2


def test_a_replaced_picture_goes_once_the_new_one_is_committed(
    as_staff, mug, form, files, django_capture_on_commit_callbacks
):
    before = set(give_picture(mug))
    image = SimpleUploadedFile("mug.png", plain(100, 125))
    with django_capture_on_commit_callbacks(execute=True):
        as_staff.post(f"{LIST}{mug.pk}/change/", form | {"image": image})
        assert before < files()

    mug.refresh_from_db()
    assert {path.name for path in files()} == {Path(mug.image.name).name}


def test_a_cleared_picture_goes(as_staff, mug, form, files, django_capture_on_commit_callbacks):
    give_picture(mug)
    with django_capture_on_commit_callbacks(execute=True):
        as_staff.post(f"{LIST}{mug.pk}/change/", form | {"image-clear": "on"})

    mug.refresh_from_db()
    assert not mug.image
    assert not files()


def test_saving_other_fields_keeps_the_picture(
    as_staff, mug, form, files, django_capture_on_commit_callbacks
):
    before = set(give_picture(mug))
    with django_capture_on_commit_callbacks(execute=True):
        as_staff.post(f"{LIST}{mug.pk}/change/", form | {"name": "Cup"})
        Product.objects.get().save()

    assert files() == before


@pytest.mark.parametrize("delete", [lambda p: p.delete(), lambda p: Product.objects.all().delete()])
def test_the_picture_of_a_deleted_product_goes(
    mug, files, django_capture_on_commit_callbacks, delete
):
    before = set(give_picture(mug))
    with django_capture_on_commit_callbacks(execute=True):
        delete(mug)
        assert files() == before

    assert not files()


def test_a_picture_that_another_product_shows_stays(
    mug, bowl, files, django_capture_on_commit_callbacks
):
    before = set(give_picture(mug))
    Product.objects.filter(pk=bowl.pk).update(image=mug.image.name)
    with django_capture_on_commit_callbacks(execute=True):
        mug.delete()
    assert files() == before

    with django_capture_on_commit_callbacks(execute=True):
        Product.objects.get().delete()
    assert not files()


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_keeps_the_old_picture(mug, files):
    before = set(give_picture(mug))

    def change_and_fail() -> None:
        with transaction.atomic():
            give_picture(mug, 100, 125)
            raise DatabaseError

    with pytest.raises(DatabaseError):
        change_and_fail()
    assert before <= files()

    give_picture(Product.objects.get(), 200, 250)
    assert not before & files()


# What a page shows


class WatchedStorage(FileSystemStorage):
    looked_at: list[str] = []

    def _open(self, name, mode="rb"):
        self.looked_at.append(name)
        return super()._open(name, mode)

    def exists(self, name):
        self.looked_at.append(name)
        return super().exists(name)

    def size(self, name):
        self.looked_at.append(name)
        return super().size(name)


def test_a_page_with_pictures_asks_neither_the_storage_nor_the_database_more(
    as_alice, mug, settings, django_assert_num_queries
):
    give_picture(mug)
    with django_assert_num_queries(0):
        picture = (mug.image.url, mug.image.srcset, mug.image.width, mug.image.height)
    assert picture[2:] == (400, 500)
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": f"{__name__}.WatchedStorage"}}
    WatchedStorage.looked_at.clear()
    (tag,) = pictures_in(as_alice.get("/home/").text)

    assert f'src="{picture[0]}"' in tag
    assert WatchedStorage.looked_at == []


@pytest.mark.parametrize(
    ("url", "widths", "alt"),
    [
        ("/home/", ["480w", "800w"], ""),
        ("/products/speckled-mug/", ["320w", "480w", "800w", "1000w"], "Speckled mug"),
    ],
)
def test_a_picture_says_which_widths_there_are_and_keeps_its_place(
    as_alice, mug, files, url, widths, alt
):
    give_picture(mug, 1000, 1250)
    tag = pictures_in(as_alice.get(url).text)[0]

    srcset = re.search(r'srcset="([^"]+)"', tag)[1].split(", ")
    assert [candidate.split()[1] for candidate in srcset] == widths
    stored = {f"/media/products/{path.name}" for path in files()}
    assert {candidate.split()[0] for candidate in srcset} <= stored
    assert f'src="{mug.image.url}"' in tag
    assert 'width="1000" height="1250"' in " ".join(tag.split())
    assert re.search(r' sizes="\(min-width', tag)
    assert f'alt="{alt}"' in tag


def test_the_first_row_loads_at_once_and_the_rest_when_it_comes_near(as_alice, mug):
    give_picture(mug)
    Product.objects.bulk_create(
        Product(name=f"{n}", slug=f"{n}", category=mug.category, price_cents=1, image=mug.image)
        for n in range(5)
    )
    tags = pictures_in(as_alice.get("/home/").text)

    assert ['loading="lazy"' in tag for tag in tags] == [False] * 4 + [True] * 2
    assert ['fetchpriority="high"' in tag for tag in tags] == [True] + [False] * 5


def test_a_picture_from_elsewhere_shows_as_it_is(as_alice, mug):
    Product.objects.update(image="products/mug.webp")
    (tag,) = pictures_in(as_alice.get("/home/").text)

    assert 'src="/media/products/mug.webp"' in tag
    assert "srcset" not in tag


def test_the_admin_shows_the_smallest(as_staff, mug):
    give_picture(mug, 1000, 1250)

    for url in (LIST, f"{LIST}{mug.pk}/change/"):
        shown = {image.get("src") for image in read(as_staff.get(url)).all("img")}
        assert mug.image.thumbnail_url in shown
    assert "-320x400.webp" in mug.image.thumbnail_url


def pictures_in(page: str) -> list[str]:
    return re.findall(r'<img class="picture".*?>', page, re.DOTALL)
