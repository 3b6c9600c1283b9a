"""Several pictures of a product, and what is written about it."""

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile

from shop.models import Product, ProductPicture
from shop.tests.test_pictures import files, give_picture, plain
from tests.pages import Part, read, words
from tests.product_form import NO_MORE_PICTURES

__all__ = ["files"]  # a fixture

CHANGE = "/admin/shop/product/{}/change/"


def add_picture(product: Product, alt_text: str, position: int = 0) -> ProductPicture:
    image = ContentFile(plain(400, 500), "any name.png")
    return product.pictures.create(image=image, alt_text=alt_text, position=position)


@pytest.fixture
def three_pictures(mug) -> list[str]:
    """The addresses of the mug, its glaze and its handle, in this order."""
    give_picture(mug)
    handle = add_picture(mug, "The handle", position=2)
    glaze = add_picture(mug, "The glaze", position=1)
    return [picture.image.url for picture in (mug, glaze, handle)]


def test_the_history_of_a_product_tells_what_its_further_pictures_were(
    as_staff, mug, files, three_pictures
):
    page = CHANGE.format(mug.pk)
    sent = read(as_staff.get(page)).sent
    sent |= {"name": "Mug", "pictures-0-alt_text": "The foot", "pictures-0-position": "3"}
    upload = SimpleUploadedFile("handle.png", plain(800, 1000), "image/png")
    was = three_pictures[2].rpartition("/")[2]
    assert as_staff.post(page, sent | {"pictures-1-image": upload}).status_code == 302

    now = ProductPicture.objects.get(alt_text="The handle").image.url.rpartition("/")[2]
    assert LogEntry.objects.get().get_change_message() == (
        "Changed Name from “Speckled mug” to “Mug”. "
        "Changed What it shows from “The glaze” to “The foot” and Position from 1 to 3 "
        "for further picture “The foot”. "
        f"Changed Image from “{was}” to “{now}” for further picture “The handle”."
    )


def gallery(client, product: Product, query: str = "") -> Part:
    return read(client.get(product.get_absolute_url() + query), ".gallery")


def large(gallery: Part) -> tuple[str, str]:
    """The address of the large picture, and what it says to those who do not see it."""
    picture = gallery.part(".picture").element
    return picture.get("src"), picture.get("alt")


def test_the_first_picture_is_large_and_the_others_lead_to_themselves(
    as_alice, mug, three_pictures
):
    shown = gallery(as_alice, mug)

    page = mug.get_absolute_url()
    assert large(shown) == (three_pictures[0], "Speckled mug")
    assert shown.part(".thumbnails").links == [
        ("Speckled mug", f"{page}?picture=1#picture-1"),
        ("The glaze", f"{page}?picture=2#picture-2"),
        ("The handle", f"{page}?picture=3#picture-3"),
    ]
    small = [mug.image, *(picture.image for picture in mug.pictures.all())]
    assert [picture.get("src") for picture in shown.part(".thumbnails").all("img")] == [
        picture.thumbnail_url for picture in small
    ]


@pytest.mark.parametrize(("number", "alt"), [(2, "The glaze"), (3, "The handle")])
def test_the_chosen_picture_is_large_and_said_to_be_so(as_alice, mug, three_pictures, number, alt):
    shown = gallery(as_alice, mug, f"?picture={number}")

    assert large(shown) == (three_pictures[number - 1], alt)
    current = [link for link in shown.all("a") if link.get("aria-current")]
    assert [words(link) for link in current] == [alt]
    assert [link.get("id") for link in current] == [f"picture-{number}"]


@pytest.mark.parametrize(
    "number", ["0", "-1", "4", "abc", "", "%00", "1e3", "2&picture=9", "%D9%A1"]
)
def test_a_picture_that_is_not_there_is_the_first(as_alice, mug, three_pictures, number):
    assert large(gallery(as_alice, mug, f"?picture={number}"))[0] == three_pictures[0]


def test_a_product_with_one_picture_offers_no_choice(as_alice, mug):
    give_picture(mug)

    assert not gallery(as_alice, mug).has("nav")


def test_a_product_without_a_picture_shows_a_neutral_one_that_says_nothing(as_alice, mug):
    src, alt = large(gallery(as_alice, mug))

    assert src.endswith("/img/placeholder.svg")
    assert alt == ""


def test_a_product_whose_first_picture_was_cleared_shows_the_next(as_alice, mug):
    add_picture(mug, "The glaze")

    assert large(gallery(as_alice, mug))[1] == "The glaze"


def test_the_first_picture_says_what_staff_wrote_and_on_cards_nothing(as_alice, mug):
    give_picture(mug)
    Product.objects.update(image_alt="A mug on a table")

    assert large(gallery(as_alice, mug))[1] == "A mug on a table"
    card = read(as_alice.get("/home/"), "article")
    assert card.part(".picture").element.get("alt") == ""


def test_pictures_keep_their_place_while_they_load(as_alice, mug, three_pictures):
    sizes = [
        (image.get("width"), image.get("height")) for image in gallery(as_alice, mug).all("img")
    ]

    assert sizes == [("400", "500"), *[("64", "80")] * 3]


def test_a_refused_purchase_shows_the_pictures_too(as_alice, mug, three_pictures):
    page = read(as_alice.post(f"/checkout/{mug.pk}/?picture=2", {"quantity": 0}), ".gallery")

    assert page.targets == {f"{mug.get_absolute_url()}?picture={n}#picture-{n}" for n in (1, 2, 3)}


def test_further_pictures_cost_lists_nothing_and_the_page_one_question(
    as_alice, mug, django_assert_num_queries
):
    for number in range(3):
        add_picture(mug, f"Picture {number}")
    # Session, user, own holds, product, its pictures and others, delivery; the shop, its pages and
    # the cart for header and footer.
    with django_assert_num_queries(10):
        as_alice.get(mug.get_absolute_url())
    with django_assert_num_queries(9):  # as in test_home.py, without the count
        as_alice.get("/home/")


# The admin


def with_pictures(mug: Product, *rows: dict[str, object], stored: int = 0) -> dict[str, object]:
    form: dict[str, object] = {
        "name": mug.name,
        "slug": mug.slug,
        "category": mug.category_id,
        "price_cents": "19.00",
        "is_active": "on",
    }
    counts = {"pictures-TOTAL_FORMS": len(rows), "pictures-INITIAL_FORMS": stored}
    fields = {
        f"pictures-{number}-{name}": value
        for number, row in enumerate(rows)
        for name, value in ({"position": 0, "product": mug.pk} | row).items()
    }
    return form | NO_MORE_PICTURES | counts | fields


def upload(data: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile("mug.png", data or plain(400, 500), "image/png")


def test_staff_add_pictures_and_put_them_in_order(as_staff, as_alice, mug):
    rows = [
        {"image": upload(), "alt_text": "The handle", "position": 2},
        {"image": upload(), "alt_text": "The glaze", "position": 1},
    ]
    answer = as_staff.post(CHANGE.format(mug.pk), with_pictures(mug, *rows))

    assert answer.status_code == 302
    shown = gallery(as_alice, mug).part(".thumbnails")
    assert [name for name, _ in shown.links] == ["The glaze", "The handle"]


def test_a_picture_without_words_for_those_who_do_not_see_it_is_refused(as_staff, mug, files):
    row = {"image": upload(), "alt_text": " "}
    page = as_staff.post(CHANGE.format(mug.pk), with_pictures(mug, row))

    (formset,) = page.context["inline_admin_formsets"]
    assert formset.formset.errors == [{"alt_text": ["This field is required."]}]
    assert not files()


def test_a_further_picture_is_held_to_the_same_rules_as_the_first(as_staff, mug, files):
    row = {"image": upload(b"<svg/>"), "alt_text": "The glaze"}
    page = as_staff.post(CHANGE.format(mug.pk), with_pictures(mug, row))

    (formset,) = page.context["inline_admin_formsets"]
    assert "not a JPEG, PNG or WebP" in formset.formset.errors[0]["image"][0]
    assert not files()


def test_a_product_has_no_more_than_eight_pictures(as_staff, mug, files):
    rows = [{"image": upload(), "alt_text": f"Picture {number}"} for number in range(8)]
    page = as_staff.post(CHANGE.format(mug.pk), with_pictures(mug, *rows))

    (formset,) = page.context["inline_admin_formsets"]
    assert formset.formset.non_form_errors() == [
        "7 further pictures are the limit. Save them without the others."
    ]
    assert not files()


def test_the_files_of_a_picture_that_was_taken_out_go(
    as_staff, mug, files, django_capture_on_commit_callbacks
):
    first = set(give_picture(mug))
    picture = add_picture(mug, "The glaze")
    assert len(files()) == 2 * len(first)
    row = {"id": picture.pk, "alt_text": "The glaze", "DELETE": "on"}
    with django_capture_on_commit_callbacks(execute=True):
        as_staff.post(CHANGE.format(mug.pk), with_pictures(mug, row, stored=1))

    assert files() == first


def test_the_files_of_all_pictures_of_a_deleted_product_go(
    mug, files, django_capture_on_commit_callbacks
):
    give_picture(mug)
    add_picture(mug, "The glaze")
    with django_capture_on_commit_callbacks(execute=True):
        mug.delete()

    assert not files()


# What is written about it


def folds(client, product: Product) -> list[tuple[str, bool]]:
    """What each fold is called, and whether it is open."""
    page = read(client.get(product.get_absolute_url()))
    return [
        (words(fold.find("summary")), fold.get("open") is not None) for fold in page.all("details")
    ]


def test_the_description_is_open_and_the_details_can_be_opened(as_alice, mug):
    Product.objects.update(details="Stoneware.\n\nDishwasher safe.")

    assert folds(as_alice, mug) == [("Description", True), ("Details", False)]
    page = read(as_alice.get(mug.get_absolute_url()), ".folds")
    assert page.paragraphs == ["Holds tea.", "Stoneware.", "Dishwasher safe."]


def test_what_is_not_written_has_no_fold(as_alice, mug):
    Product.objects.update(description="")

    assert folds(as_alice, mug) == []
    assert not read(as_alice.get(mug.get_absolute_url())).has(".folds")


def test_a_product_is_found_by_its_details(as_staff, as_alice, mug, bowl):
    form = with_pictures(mug) | {"details": "Stoneware, 350 ml."}
    as_staff.post(CHANGE.format(mug.pk), form)

    assert read(as_alice.get("/home/", {"q": "stoneware"}), "article").headings == ["Speckled mug"]
