"""Two at once in the admin: what one of them did, the other does not undo unknowingly."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import User
from shop.admin import ProductForm
from shop.models import Category, Family, Page, Product, ProductPicture, Shop
from tests.pages import read
from tests.product_form import NO_MORE_PICTURES

LIST = "/admin/shop/product/"


@pytest.fixture
def page(mug) -> str:
    return f"{LIST}{mug.pk}/change/"


@pytest.fixture
def fields(as_staff, page) -> dict[str, object]:
    """What the browser sends of a product's page that was opened before all else happened."""
    return read(as_staff.get(page)).sent | NO_MORE_PICTURES


def history() -> list[str]:
    return [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]


def test_an_older_page_does_not_write_back_an_old_price(as_staff, mug, page, fields):
    Product.objects.update(price_cents=2400)
    as_staff.post(page, fields | {"name": "Mug"})

    mug.refresh_from_db()
    assert (mug.name, mug.price_cents) == ("Mug", 2400)
    assert history() == ["Changed Name from “Speckled mug” to “Mug”."]


def test_a_price_that_a_colleague_changed_is_refused_once_with_both_values(
    as_staff, mug, page, fields
):
    Product.objects.update(price_cents=1400)
    answer = as_staff.post(page, fields | {"name": "Mug", "price_cents": "12,50"})

    assert read(answer).part("#id_price_cents_error").text == (
        "It was $19.00 when you opened this page, and a colleague has made it $14.00. "
        "Save again to make it what you typed."
    )
    again = read(answer).sent
    assert (again["name"], again["price_cents"]) == ("Mug", "12,50")
    mug.refresh_from_db()
    assert (mug.name, mug.price_cents) == ("Speckled mug", 1400)

    assert as_staff.post(page, again).status_code == 302
    mug.refresh_from_db()
    assert (mug.name, mug.price_cents) == ("Mug", 1250)
    assert history()[-1].endswith("Price (USD) from $14.00 to $12.50.")


def test_an_older_list_does_not_bring_back_what_a_colleague_withdrew(as_staff, mug, bowl):
    rows = read(as_staff.get(LIST)).sent
    Product.objects.filter(pk=mug.pk).update(is_active=False)
    del rows["form-0-is_active"]  # the newest stands first
    as_staff.post(LIST, rows | {"_save": "Save"})

    assert not Product.objects.active().exists()
    assert history() == ["Changed Active from yes to no."]


@pytest.mark.parametrize(
    ("make", "field", "theirs", "ours"),
    [
        (lambda: Category.objects.create(name="A", slug="a"), "name", "B", "C"),
        (lambda: Family.objects.create(name="A", members_name="a"), "members_name", "b", "c"),
        (lambda: Page.objects.create(title="A", slug="a", text="1\n2"), "text", "1\n3", "4"),
        (lambda: Page.objects.create(title="A", slug="a", text="1"), "position", 2, "3"),
        (Shop.load, "notice_from", timezone.now(), None),
        (
            lambda: User.objects.create(username="eve", email="e@x.org"),
            "email",
            "f@x.org",
            "g@x.org",
        ),
    ],
)
def test_no_page_of_the_admin_undoes_a_colleague(as_staff, make, field, theirs, ours):
    row = make()
    url = f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"
    fields = read(as_staff.get(url)).sent
    type(row).objects.filter(pk=row.pk).update(**{field: theirs})
    typed = {field: ours} if ours else {f"{field}_0": "2030-01-01", f"{field}_1": "12:00"}

    assert as_staff.post(url, fields).status_code == 302  # nothing typed, nothing written
    assert history() == []
    answer = as_staff.post(url, fields | typed)
    assert "a colleague has made it" in read(answer).part(".errorlist").text
    assert type(row).objects.filter(**{field: theirs}).exists()
    assert as_staff.post(url, read(answer).sent).status_code == 302
    assert not type(row).objects.filter(**{field: theirs}).exists()


def test_a_group_that_a_colleague_gave_is_not_taken_away_unseen(as_staff, alice):
    evenings, weekends = (Group.objects.create(name=name) for name in ("Evenings", "Weekends"))
    url = f"/admin/accounts/user/{alice.pk}/change/"
    fields = read(as_staff.get(url)).sent
    alice.groups.add(evenings)
    as_staff.post(url, fields | {"first_name": "Alice"})
    answer = as_staff.post(url, fields | {"groups": [weekends.pk]})

    assert "It was nothing when you opened this page, and a colleague has made it Evenings." in (
        read(answer).part(".errorlist").text
    )
    assert list(alice.groups.all()) == [evenings]
    as_staff.post(url, read(answer).sent)
    assert history()[-1] == "Changed Groups (added Weekends; taken away Evenings)."


def test_a_further_picture_that_a_colleague_described_is_not_described_back(as_staff, mug, page):
    picture = ProductPicture.objects.create(product=mug, image="a.webp", alt_text="From above")
    fields = read(as_staff.get(page)).sent
    ProductPicture.objects.update(alt_text="From below")
    as_staff.post(page, fields | {"pictures-0-position": "3"})

    picture.refresh_from_db()
    assert (picture.alt_text, picture.position) == ("From below", 3)
    assert history() == ["Changed Position from 0 to 3 for further picture “From below”."]


def test_a_double_click_on_save_is_news_once(as_staff, page, fields):
    for _ in range(2):
        assert as_staff.post(page, fields | {"price_cents": "20"}).status_code == 302

    assert history() == ["Changed Price (USD) from $19.00 to $20.00."]


def test_what_is_deleted_while_it_is_edited_is_said_to_be_gone(as_staff, page, fields, monkeypatch):
    lock_row = ProductForm.lock_row

    def too_late(form):
        Product.objects.all().delete()
        lock_row(form)

    monkeypatch.setattr(ProductForm, "lock_row", too_late)
    answer = as_staff.post(page, fields | {"name": "Mug"})
    assert read(answer).part(".nonfield").text == "It was deleted since you opened this page."


def test_a_long_text_is_named_in_the_history_and_not_quoted(as_staff, page, fields):
    as_staff.post(page, fields | {"details": "Stoneware. " * 20})

    assert history() == ["Changed Details."]


@pytest.mark.parametrize("url", ["deliveryoption/add/", "page/add/", "page/"])
def test_no_mouse_wheel_changes_a_number(as_staff, url):
    Page.objects.create(title="A", slug="a", text="1")
    inputs = read(as_staff.get(f"/admin/shop/{url}")).all("input")

    assert not [field for field in inputs if field.get("type") == "number"]
