import re

import pytest

from shop.forms import BuyForm
from shop.models import Product


def test_home_shows_an_active_product_with_all_that_a_buyer_needs(as_alice, mug):
    page = as_alice.get("/home/").text

    assert "Speckled mug" in page
    assert "$19.00" in page
    assert "Holds tea." in page
    assert f'action="/checkout/{mug.pk}/"' in page
    assert 'name="quantity"' in page
    assert "Buy" in page
    assert "My Orders" in page


def test_a_product_that_is_not_active_does_not_show(as_alice, mug, bowl):
    Product.objects.filter(pk=mug.pk).update(is_active=False)
    page = as_alice.get("/home/").text

    assert "Speckled mug" not in page
    assert "Walnut bowl" in page
    assert as_alice.get(mug.get_absolute_url()).status_code == 404


def test_a_product_without_a_picture_shows_a_neutral_one(as_alice, mug):
    assert "placeholder" in as_alice.get("/home/").text

    Product.objects.update(image="products/mug.webp")
    page = as_alice.get("/home/").text
    assert "placeholder" not in page
    assert "/media/products/mug.webp" in page


def test_markup_in_a_name_is_text(as_alice, mug):
    Product.objects.update(name="<script>alert(1)</script>", description="<b>bold</b>")

    for url in ("/home/", mug.get_absolute_url()):
        page = as_alice.get(url).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert "<b>bold" not in page


@pytest.fixture
def fifty_products(mug):
    Product.objects.bulk_create(
        Product(name=f"Cup {n}", slug=f"cup-{n}", category=mug.category, price_cents=100 + n)
        for n in range(49)
    )


def test_a_page_holds_24_products(as_alice, fifty_products):
    counts = [as_alice.get("/home/", {"page": n}).text.count("Speckled mug") for n in (1, 2, 3)]
    pages = [len(as_alice.get("/home/", {"page": n}).context["page"]) for n in (1, 2, 3)]

    assert pages == [24, 24, 2]
    assert sum(map(bool, counts)) == 1


def test_a_page_says_which_one_it_is(as_alice, fifty_products):
    page = as_alice.get("/home/", {"page": 2}).text

    assert re.search(r"<title>\s*Products\s*\(page 2 of 3\)", page)
    assert "Page 2 of 3 · 50 products" in page
    assert '<a href="?page=2" aria-current="page" aria-label="Page 2">' in page


@pytest.mark.parametrize("number", ["0", "-1", "4", "abc", "", "1e3", str(2**63), "١"])
def test_a_page_that_does_not_exist_is_the_first(as_alice, fifty_products, number):
    page = as_alice.get("/home/", {"page": number})

    assert page.status_code == 200
    assert page.context["page"].number == 1


def test_the_page_asks_the_database_the_same_few_questions_however_many_products(
    as_alice, mug, django_assert_num_queries, fifty_products
):
    # Session, user, count and page of the products, categories, cart in the header, latest orders.
    with django_assert_num_queries(7):
        as_alice.get("/home/")


def test_an_empty_shop_says_so_and_tells_staff_what_to_do(as_alice, as_staff):
    assert "/admin/shop/product/add/" not in as_alice.get("/home/").text
    assert "/admin/shop/product/add/" in as_staff.get("/home/").text


def test_a_card_sends_just_what_the_form_of_the_product_reads(as_alice, mug):
    card = re.search("<article .*?</article>", as_alice.get("/home/").text, re.S)[0]
    names = re.findall(r'<input [^>]*name="(\w+)"', card)

    assert set(names) == {"csrfmiddlewaretoken", *BuyForm.base_fields}
    assert str(BuyForm(auto_id=f"%s-{mug.pk}")["quantity"]) in card
