"""What stands on every page of the admin."""

from tests.pages import read


def title(page) -> str:
    return read(page, "title").text


def test_a_page_of_the_admin_says_what_it_shows_and_in_whose_shop(as_staff, mug, settings):
    url = f"/admin/shop/product/{mug.pk}/change/"

    assert title(as_staff.get(url)) == (
        f"Speckled mug | Change product | {settings.SHOP_NAME} admin"
    )
    assert title(as_staff.get("/admin/")) == f"Site administration | {settings.SHOP_NAME} admin"


def test_from_each_page_of_the_admin_one_comes_to_its_first(as_staff, mug, settings):
    page = read(as_staff.get("/admin/shop/product/"), "#site-name")

    assert page.links == [(f"{settings.SHOP_NAME} admin", "/admin/")]


def test_the_admin_looks_like_the_shop_and_keeps_its_own_styles(as_staff, mug):
    for url in ("/admin/", f"/admin/shop/product/{mug.pk}/change/"):
        styles = [link.get("href") for link in read(as_staff.get(url), "head").all("link")]

        assert "/static/shop/css/admin.css" in styles
        assert any(style.endswith("admin/css/base.css") for style in styles)


def test_the_first_page_lists_what_there_is_to_work_on(as_staff):
    assert "/admin/orders/order/" in read(as_staff.get("/admin/")).targets


def test_who_is_not_logged_in_reads_log_in_and_chooses_light_or_dark(client, db):
    page = client.get("/admin/login/")

    assert read(page).headings == ["Log in"]
    assert len(read(page, "#header").find(".theme-toggle")) == 1


def test_who_is_logged_in_chooses_light_or_dark_once(as_staff):
    assert len(read(as_staff.get("/admin/"), "#header").find(".theme-toggle")) == 1
