"""The page of one product."""

from shop.models import Page, Product
from tests.pages import Part, read


def test_the_page_of_a_product_says_all_that_a_buyer_needs(as_alice, mug):
    page = as_alice.get(mug.get_absolute_url())
    product = read(page, "article")

    assert read(page, "head").title.startswith("Speckled mug – ")
    assert read(page).notices == []
    assert product.headings == ["Speckled mug"]
    assert not read(page).has(".shelf")
    assert not product.has(".more-about")
    assert product.part(".price").text == "$19.00"
    assert product.part(".folds").text == "Description Holds tea."
    assert product.sent == {"quantity": "1", "price_seen": "1900"}
    assert product.buttons == {
        "Buy Speckled mug": f"/checkout/{mug.pk}/",
        "Add to cart Speckled mug": f"/cart/add/{mug.pk}/",
        "Save for later: Speckled mug": f"/saved/add/{mug.pk}/",
    }


def test_from_a_product_one_comes_to_its_category_and_to_all_products(as_alice, mug):
    product = read(as_alice.get(mug.get_absolute_url()), "article")

    assert product.link("Everything in Kitchen") == "/home/?category=kitchen"
    assert product.link("All products") == "/home/"


def test_a_product_without_a_description_leaves_no_gap_for_it(as_alice, mug):
    Product.objects.update(description="")

    assert not read(as_alice.get(mug.get_absolute_url())).has(".folds")


def test_lines_of_a_description_stay_lines(as_alice, mug):
    Product.objects.update(description="Holds tea.\n\nAnd milk.")
    folds = read(as_alice.get(mug.get_absolute_url()), ".folds")

    assert folds.paragraphs == ["Holds tea.", "And milk."]


def test_the_quantity_has_a_field_that_says_how_much_there_is_to_have(as_alice, mug):
    def form() -> Part:
        return read(as_alice.get(mug.get_absolute_url()), ".buy")

    assert form().fields == {"Quantity up to 99 an order": "1"}
    assert form().element.get("data-product") == "Speckled mug"
    assert form().element.get("data-most") == "99"
    Product.objects.update(stock=3)
    assert form().fields == {"Quantity up to 3": "1"}
    assert form().element.get("data-most") == "3"


def test_what_is_wrong_with_the_quantity_stands_beside_its_field(as_alice, mug):
    form = read(as_alice.post(f"/checkout/{mug.pk}/", {"quantity": "lots"}), ".buy")

    assert form.part("#id_quantity_error").text == "Choose a whole number from 1 to 99."
    assert form.part("#id_quantity").element.get("aria-describedby") == "id_quantity_error"


def test_details_stand_alone_where_there_is_no_description(as_alice, mug):
    Product.objects.update(description="", details="Of clay.")

    assert read(as_alice.get(mug.get_absolute_url()), ".folds").text == "Details Of clay."


def test_a_page_about_delivery_is_one_click_away(as_alice, mug):
    Page.objects.create(title="About us", slug="about", text="Hello.")
    Page.objects.create(title="Delivery", slug="delivery", text="By post.")
    more = read(as_alice.get(mug.get_absolute_url()), ".more-about")

    assert more.links == [("Delivery", "/pages/delivery/")]
