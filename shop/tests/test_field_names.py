"""What fields of the admin are called where no label stands beside them."""

from shop.models import Page, Shop
from tests.pages import read


def test_a_date_and_its_time_have_a_name_each(as_staff):
    page = as_staff.get(f"/admin/shop/shop/{Shop.load().pk}/change/")

    assert {"Notice from, date", "Notice from, time"} <= set(read(page).fields)


def test_the_position_in_the_list_of_pages_is_named_after_its_page(as_staff):
    Page.objects.create(title="About", slug="about", text="A shop.", position=3)

    assert read(as_staff.get("/admin/shop/page/")).field("Position of About") == "3"
