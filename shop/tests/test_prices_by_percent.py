"""The prices of the chosen products, changed by percent: a preview, then one button."""

from decimal import Decimal

import pytest
from django.contrib.admin.models import LogEntry

from shop import chosen_products
from shop.admin_prices import new_price
from shop.models import Product
from tests.pages import Part, read

LIST = "/admin/shop/product/"


def chosen(client, *products: Product) -> str:
    """Where the list's action leads."""
    keys = [str(product.pk) for product in products]
    data = {"action": "change_prices", "_selected_action": keys}
    return client.post(f"{LIST}?q=kitchen", data).headers["Location"]


def preview(client, url: str, percent: str, rounding: str = "cent") -> Part:
    return read(client.post(url, {"percent": percent, "rounding": rounding}))


@pytest.mark.parametrize(
    ("before", "percent", "rounding", "after"),
    [
        (1900, "10", "cent", 2090),
        (1999, "-2.5", "cent", 1949),
        (1, "50", "cent", 2),
        (1900, "10", "00", 2100),
        (1900, "10", "50", 2050),
        (1900, "10", "90", 2090),
        (1900, "15", "90", 2190),
    ],
)
def test_a_price_is_rounded_as_staff_choose(before, percent, rounding, after):
    assert new_price(before, Decimal(percent), rounding) == after


def test_staff_see_each_new_price_before_it_is_written(as_staff, mug, bowl):
    url = chosen(as_staff, mug, bowl)
    page = preview(as_staff, url, "+10 %", "90")
    assert page.row("Speckled mug") == {
        "Product": "Speckled mug",
        "Now": "$19.00",
        "New": "$20.90",
        "Left out": "–",
    }
    assert Product.objects.get(pk=mug.pk).price_cents == 1900

    done = as_staff.post(page.button("Change 2 prices"), page.sent, follow=True)
    assert "2 prices changed." in read(done, ".messagelist").text
    assert done.redirect_chain[-1][0] == f"{LIST}?q=kitchen"
    assert [Product.objects.get(pk=each.pk).price_cents for each in (mug, bowl)] == [2090, 5990]
    entry = LogEntry.objects.get(object_id=str(mug.pk))
    assert entry.change_message == "Price from $19.00 to $20.90 (by percent)."


def test_the_page_names_the_chosen_products(as_staff, mug, bowl):
    page = read(as_staff.get(chosen(as_staff, mug, bowl)), "body")
    (words,) = (each for each in page.paragraphs if "chosen" in each)
    assert words in (
        "2 products chosen: Speckled mug, Walnut bowl.",
        "2 products chosen: Walnut bowl, Speckled mug.",
    )
    assert page.part(".breadcrumbs").link("Products") == f"{LIST}?q=kitchen"

    page = read(as_staff.get(chosen(as_staff, mug)))
    assert "1 product chosen: Speckled mug." in page.paragraphs
    assert page.headings == ["Change prices"]


def test_where_no_product_is_chosen_the_page_leads_back(as_staff, mug):
    page = read(as_staff.get(chosen(as_staff, mug).replace(f"={mug.pk}", "=")))

    assert page.paragraphs[0].startswith("No product is chosen.")
    assert page.link("Back to the list").startswith(LIST)


def test_a_price_that_a_colleague_changed_since_is_left_out_and_named(as_staff, mug, bowl):
    page = preview(as_staff, chosen(as_staff, mug, bowl), "-10")
    Product.objects.filter(pk=mug.pk).update(price_cents=2500)
    done = read(as_staff.post(page.button("Change 2 prices"), page.sent, follow=True))

    said = done.part(".messagelist").text
    assert "1 price changed." in said
    assert "changed since you looked: Speckled mug (now $25.00)." in said
    assert [Product.objects.get(pk=each.pk).price_cents for each in (mug, bowl)] == [2500, 4905]


def test_a_double_click_changes_prices_once(as_staff, mug):
    page = preview(as_staff, chosen(as_staff, mug), "10")
    for _ in range(2):
        as_staff.post(page.button("Change 1 price"), page.sent)

    assert Product.objects.get().price_cents == 2090


def test_a_price_that_stripe_would_refuse_is_left_out(as_staff, mug):
    page = preview(as_staff, chosen(as_staff, mug), "-99")

    assert "no less than $0.50" in page.row("Speckled mug")["Left out"]
    assert page.row("Speckled mug")["New"] == "–"
    assert page.headings[1:] == ["What the prices would be", "By another percent"]
    assert not any("chosen:" in words for words in page.paragraphs)  # they stand in the table
    assert list(page.buttons) == ["See the new prices"]


def test_a_sale_price_stays_and_is_not_reached(as_staff, mug, bowl):
    Product.objects.filter(pk=mug.pk).update(sale_price_cents=1800)
    url = chosen(as_staff, mug, bowl)
    page = preview(as_staff, url, "+10")
    assert page.column("Sale price stays") == ["$18.00", "–"]
    page = preview(as_staff, url, "-10")
    assert page.row("Speckled mug")["Left out"] == "It would not be above the sale price."

    Product.objects.filter(pk=bowl.pk).update(sale_price_cents=5000)
    done = read(as_staff.post(page.button("Change 1 price"), page.sent, follow=True))
    assert "Walnut bowl (its sale price is $50.00)." in done.part(".messagelist").text
    assert Product.objects.get(pk=bowl.pk).price_cents == 5450


@pytest.mark.parametrize("typed", ["0", "-100", "ten", "1001", "1.2.3", "NaN", "1e2", "."])
def test_what_is_no_percentage_is_refused_in_words(as_staff, mug, typed):
    page = preview(as_staff, chosen(as_staff, mug), typed)

    assert "Write a number such as +10" in page.part(".errorlist").text


def test_too_many_at_once_are_refused(as_staff, mug, monkeypatch):
    monkeypatch.setattr(chosen_products, "MOST_AT_ONCE", 0)
    data = {"action": "change_prices", "_selected_action": [str(mug.pk)]}
    page = read(as_staff.post(LIST, data, follow=True))

    assert "Choose at most 0 products at once." in page.part(".messagelist").text


def test_prices_that_were_made_up_are_not_written(as_staff, mug):
    as_staff.post(f"{LIST}prices/write/", {"changes": f"[[{mug.pk}, 1900, 1]]"})

    assert Product.objects.get().price_cents == 1900


@pytest.mark.parametrize("page", ["prices/", "prices/write/"])
def test_who_may_not_change_products_changes_no_prices(mug, as_clerk, page):
    assert as_clerk("view_product").post(f"{LIST}{page}").status_code == 403
