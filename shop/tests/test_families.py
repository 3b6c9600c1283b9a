"""The same thing in several sizes: products of their own that the catalogue shows once."""

import pytest
from django.db import IntegrityError, transaction

from orders.recording import record_order
from shop.models import Category, Checkout, Family, Product
from stripe_simulator.testing import pay
from tests.pages import Part, read, words
from tests.product_form import NO_MORE_PICTURES

LIST = "/admin/shop/product/"


@pytest.fixture
def apron(mug) -> Family:
    return Family.objects.create(name="Apron", members_name="sizes")


@pytest.fixture
def sizes(apron, mug) -> list[Product]:
    """The small apron is the cheapest, and was made last."""
    prices = {"Large": 5500, "Medium": 5200, "Small": 4900}
    return [
        Product.objects.create(
            name="Apron",
            family=apron,
            variant_name=size,
            slug=f"apron-{size.lower()}",
            category=mug.category,
            description=f"Good for {size.lower()} cooks.",
            price_cents=price,
        )
        for size, price in prices.items()
    ][::-1]


def sell_out(product: Product) -> None:
    Product.objects.filter(pk=product.pk).update(stock=0)


def cards(client, **query) -> list[str]:
    page = read(client.get("/home/", query))
    return [words(heading) for heading in page.all("h2") if heading.get("id") is None]


def card_of_the_family(client, **query) -> Part:
    return read(client.get("/home/", {"q": "apron"} | query), "article")


# Lists


def test_the_catalogue_shows_a_family_once_with_a_way_to_choose(as_alice, sizes, mug):
    assert cards(as_alice) == ["Apron", "Speckled mug"]

    card = card_of_the_family(as_alice)
    small = sizes[0].get_absolute_url()
    assert card.part(".price").text == "from $49.00"
    assert card.part(".choices").text == "3 sizes"
    assert card.links == [("Apron", small), ("Choose: Apron", small)]
    assert card.buttons == {}


def test_members_of_one_price_have_no_price_to_begin_from(as_alice, sizes):
    Product.objects.update(price_cents=4900)

    assert card_of_the_family(as_alice).part(".price").text == "$49.00"


def test_a_family_is_counted_once(as_alice, sizes, mug):
    assert read(as_alice.get("/home/"), ".pagination-area").text == "2 products"
    assert read(as_alice.get("/home/", {"q": "apron"})).notices == ["1 result for “apron”"]


def test_what_can_be_bought_comes_before_what_is_cheaper_but_sold_out(as_alice, sizes):
    small, medium, _ = sizes
    sell_out(small)

    card = card_of_the_family(as_alice)
    assert card.part(".price").text == "from $52.00"
    assert card.link("Choose: Apron") == medium.get_absolute_url()


def test_what_the_own_checkout_holds_can_still_be_bought(as_alice, as_bob, sizes):
    small, medium, _ = sizes
    Product.objects.filter(pk=small.pk).update(stock=1)
    as_alice.post(f"/checkout/{small.pk}/", {"quantity": 1})

    for client, first in ((as_alice, small), (as_bob, medium)):
        assert card_of_the_family(client).link("Choose: Apron") == first.get_absolute_url()


def test_a_family_is_sold_out_when_all_of_it_is(as_alice, sizes):
    for product in sizes:
        sell_out(product)

    card = card_of_the_family(as_alice)
    assert card.links[0] == ("Apron, Sold out", sizes[0].get_absolute_url())
    assert card.part(".choices").text == "3 sizes"


def test_a_card_of_a_family_does_not_say_how_few_are_left_of_one(as_alice, sizes):
    Product.objects.update(stock=2)

    assert card_of_the_family(as_alice).links[0][0] == "Apron"


def test_a_search_shows_the_member_that_was_asked_for(as_alice, sizes):
    card = card_of_the_family(as_alice, q="apron large")

    assert card.headings == ["Apron, Large"]
    assert card.part(".price").text == "$55.00"
    assert card.part(".choices").text == "3 sizes"


def test_a_member_that_is_not_active_is_neither_shown_nor_counted(as_alice, sizes):
    small, medium, large = sizes
    Product.objects.filter(pk=small.pk).update(is_active=False)

    card = card_of_the_family(as_alice)
    assert card.link("Choose: Apron") == medium.get_absolute_url()
    assert card.part(".choices").text == "2 sizes"
    assert read(as_alice.get(medium.get_absolute_url()), ".members").targets == {
        *(medium.get_absolute_url(), large.get_absolute_url())
    }


def test_the_last_active_member_is_bought_on_its_card(as_alice, sizes):
    small = sizes[0]
    Product.objects.exclude(pk=small.pk).update(is_active=False)

    card = card_of_the_family(as_alice)
    assert card.headings == ["Apron, Small"]
    assert card.part(".price").text == "$49.00"
    assert card.button("Buy Apron, Small") == f"/checkout/{small.pk}/"
    assert not read(as_alice.get(small.get_absolute_url())).has(".members")


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("price-low", ["Speckled mug", "Apron", "Walnut bowl"]),
        ("price-high", ["Walnut bowl", "Apron", "Speckled mug"]),
        ("name", ["Apron", "Speckled mug", "Walnut bowl"]),
    ],
)
def test_a_family_is_sorted_by_what_its_card_says(as_alice, sizes, bowl, sort, order):
    Product.objects.filter(pk=bowl.pk).update(price_cents=5000)

    assert cards(as_alice, sort=sort) == order


def test_families_cost_the_page_one_question_however_many_there_are(
    as_alice, sizes, bowl, django_assert_num_queries
):
    others = Family.objects.create(name="Towel", members_name="sizes")
    for size in ("Small", "Large"):
        Product.objects.create(
            name="Towel",
            slug=f"towel-{size.lower()}",
            category=bowl.category,
            family=others,
            variant_name=size,
            price_cents=900,
        )
    # As in test_home.py, and their members; to count one page takes no question.
    with django_assert_num_queries(10):
        as_alice.get("/home/")


def test_what_others_like_shows_a_family_once(as_alice, sizes):
    shelf = read(as_alice.get("/home/", {"q": "unicorn"}), ".shelf")

    assert shelf.headings == ["What others like", "Apron", "Speckled mug"]
    assert shelf.paragraphs == ["from $49.00", "$19.00"]


def test_a_product_page_offers_other_families_once_and_its_own_not_at_all(as_alice, sizes, mug):
    def related(product: Product) -> list[str]:
        return read(as_alice.get(product.get_absolute_url()), ".shelf").headings[1:]

    assert related(mug) == ["Apron"]
    assert related(sizes[0]) == ["Speckled mug"]


# The product's page


def test_the_page_of_a_member_offers_the_others_and_says_which_are_sold_out(as_alice, sizes):
    small, medium, large = sizes
    sell_out(medium)
    page = read(as_alice.get(large.get_absolute_url()))
    members = page.part(".members")

    assert page.headings[:2] == ["Apron, Large", "Sizes"]
    assert members.links == [
        ("Small $49.00", small.get_absolute_url()),
        ("Medium $52.00, Sold out", medium.get_absolute_url()),
        ("Large $55.00", large.get_absolute_url()),
    ]
    current = [words(link) for link in members.all("a") if link.get("aria-current") == "page"]
    assert current == ["Large $55.00"]
    assert page.button("Buy Apron, Large") == f"/checkout/{large.pk}/"


def test_a_product_without_a_family_offers_no_members(as_alice, sizes, mug):
    assert not read(as_alice.get(mug.get_absolute_url())).has(".members")


def test_cart_checkout_and_order_say_which_one_it_is(as_alice, sizes):
    small, _, large = sizes
    as_alice.post(f"/cart/add/{small.pk}/", {"quantity": 1})
    as_alice.post(f"/cart/add/{large.pk}/", {"quantity": 2})

    cart = read(as_alice.get("/cart/"))
    assert cart.row("Apron, Small")["Price"] == "$49.00"
    assert cart.row("Apron, Large")["Price"] == "$55.00"

    as_alice.post("/checkout/")
    session_id = Checkout.objects.get().stripe_session_id
    pay(session_id)
    lines = read(as_alice.get(record_order(session_id).get_absolute_url())).column("Product")
    assert sorted(lines) == ["Apron, Large", "Apron, Small"]


# The admin


@pytest.fixture
def form(mug) -> dict[str, object]:
    return {
        "name": "Apron",
        "slug": "apron-huge",
        "category": mug.category.pk,
        "price_cents": "59.00",
        "is_active": "on",
        **NO_MORE_PICTURES,
    }


def test_one_button_leads_to_the_form_for_the_same_in_another_size(as_staff, sizes):
    small = sizes[0]
    Product.objects.filter(pk=small.pk).update(details="Cotton.", stock=4)
    page = read(as_staff.get(f"{LIST}{small.pk}/change/"))
    form = as_staff.get(page.link("The same in another size"), follow=True)

    fields = read(form).sent
    assert form.redirect_chain == [(f"{LIST}add/?like={small.pk}", 302)]
    assert {name: fields[name] for name in ("name", "family", "price_cents", "details")} == {
        "name": "Apron",
        "family": str(small.family_id),
        "price_cents": "49.00",
        "details": "Cotton.",
    }
    assert [fields[name] for name in ("variant_name", "slug", "stock")] == ["", "", ""]


def test_a_product_without_a_family_gets_one_first(as_staff, mug):
    url = f"{LIST}{mug.pk}/variant/"
    assert read(as_staff.get(url)).sent["name"] == "Speckled mug"

    made = {"name": "Mug", "members_name": "sizes", "variant_name": "Small"}
    form = as_staff.post(url, made, follow=True)

    mug.refresh_from_db()
    assert (str(mug), str(mug.family), mug.family.members_name) == ("Mug, Small", "Mug", "sizes")
    assert read(form).sent["name"] == "Mug"
    assert read(as_staff.get(LIST)).row("Mug")["Variant"] == "Small"
    assert read(as_staff.get(f"{LIST}{mug.pk}/history/")).column("Action") == [
        "Joined the family Mug."
    ]


@pytest.mark.parametrize("missing", ["name", "members_name", "variant_name"])
def test_a_family_without_a_word_for_everything_is_not_made(as_staff, mug, missing):
    made = {"name": "Mug", "members_name": "sizes", "variant_name": "Small"}
    page = as_staff.post(f"{LIST}{mug.pk}/variant/", made | {missing: ""})

    assert list(page.context["form"].errors) == [missing]
    assert not Family.objects.exists()


@pytest.mark.parametrize(
    "permissions",
    [
        ("view_product", "change_product", "add_family"),
        ("view_product", "add_product", "add_family"),
        ("view_product", "add_product", "change_product"),
    ],
)
def test_who_may_not_make_products_and_families_gets_no_button(mug, as_clerk, permissions):
    client = as_clerk(*permissions)

    page = read(client.get(f"{LIST}{mug.pk}/change/"))
    assert "The same in another size" not in dict(page.links)
    assert client.get(f"{LIST}{mug.pk}/variant/").status_code == 403


def test_who_may_not_make_families_may_still_add_to_one(sizes, as_clerk):
    client = as_clerk("view_product", "add_product", "change_product")

    page = read(client.get(f"{LIST}{sizes[0].pk}/change/"))
    assert client.get(page.link("The same in another size")).url.startswith(f"{LIST}add/")


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"variant_name": "Huge"}, "__all__", "Give both a family and a variant, or neither."),
        ({"family": "apron"}, "__all__", "Give both a family and a variant, or neither."),
        (
            {"family": "apron", "variant_name": "Small"},
            "__all__",
            "The family has a variant of this name already.",
        ),
        (
            {"family": "apron", "variant_name": "Huge", "name": "Huge apron"},
            "name",
            "In a family it is called Apron, too. Rename the family instead.",
        ),
    ],
)
def test_what_makes_no_sense_in_a_family_is_refused_in_words(
    as_staff, sizes, form, apron, typed, field, words
):
    typed = {name: apron.pk if text == "apron" else text for name, text in typed.items()}
    page = as_staff.post(f"{LIST}add/", form | typed)

    assert page.context["adminform"].form.errors == {field: [words]}


def test_a_further_member_is_added(as_staff, as_alice, sizes, form, apron):
    as_staff.post(f"{LIST}add/", form | {"family": apron.pk, "variant_name": "Huge"})

    assert card_of_the_family(as_alice).part(".choices").text == "4 sizes"


def test_a_renamed_family_renames_its_members_and_is_found_under_its_new_name(
    as_staff, as_alice, sizes, apron, mug
):
    renamed = {"name": "Pinafore", "members_name": "sizes"}
    as_staff.post(f"/admin/shop/family/{apron.pk}/change/", renamed)

    assert cards(as_alice, q="pinafore kitchen cooks") == ["Pinafore"]
    assert cards(as_alice, q="apron") == []
    assert cards(as_alice, q="tea") == ["Speckled mug"]


def test_a_family_with_members_is_not_removed(as_staff, sizes, apron):
    url = f"/admin/shop/family/{apron.pk}/delete/"
    assert "It has members" in read(as_staff.get(url)).text
    as_staff.post(url, {"post": "yes"})
    assert Family.objects.exists()

    Product.objects.update(family=None, variant_name="")
    as_staff.post(url, {"post": "yes"})
    assert not Family.objects.exists()


@pytest.mark.parametrize("query", ["like=abc", "like=0", "like=%00", "like="])
def test_a_form_like_nothing_is_an_empty_one(as_staff, mug, query):
    page = as_staff.get(f"{LIST}add/?{query}")

    assert page.status_code == 200
    assert read(page).sent["name"] == ""


# What the database refuses


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("a_variant_belongs_to_a_family", {"family": None}),
        ("a_variant_belongs_to_a_family", {"variant_name": ""}),
        ("a_name_with_its_variant_fits_an_order_line", {"name": "x" * 144}),
    ],
)
def test_the_database_refuses_half_a_variant_and_a_name_that_no_order_holds(sizes, name, change):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Product.objects.filter(pk=sizes[0].pk).update(**change)


def test_the_database_refuses_a_second_member_of_one_name(sizes):
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.filter(pk=sizes[0].pk).update(variant_name="Large")


def test_the_longest_names_of_a_family_and_a_variant_fit_an_order_line(as_alice, sizes, apron):
    small = sizes[0]
    apron.name = "x" * Family._meta.get_field("name").max_length
    apron.save()
    Product.objects.filter(pk=small.pk).update(variant_name="y" * 50)
    as_alice.post(f"/checkout/{small.pk}/", {"quantity": 1})

    assert len(Checkout.objects.get().lines.get().product_name) == 150


def test_a_family_in_two_categories_shows_in_each_with_what_is_there(as_alice, sizes):
    garden = Category.objects.create(name="Garden", slug="garden")
    Product.objects.filter(pk=sizes[2].pk).update(category=garden)

    assert cards(as_alice, category="garden") == ["Apron, Large"]
    assert cards(as_alice, category="kitchen") == ["Apron", "Speckled mug"]
