"""Saved for later: on the page of a product, and below the cart."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from shop import later
from shop.models import Product, SavedProduct
from tests.pages import Part, read


@pytest.fixture
def saved(as_alice, mug) -> Product:
    as_alice.post(f"/saved/add/{mug.pk}/")
    return mug


def saved_list(client) -> Part:
    return read(client.get("/cart/")).part(".saved")


def test_a_product_is_saved_on_its_page_and_stands_below_the_cart(as_alice, mug):
    button = read(as_alice.get(mug.get_absolute_url())).button("Save for later: Speckled mug")
    page = read(as_alice.post(button, follow=True))

    assert page.notices == ["Speckled mug is saved for later, below your cart."]
    assert "Saved for later. See what you saved" in page.paragraphs
    below = saved_list(as_alice)
    assert below.headings == ["Saved for later"]
    assert below.link("Speckled mug") == mug.get_absolute_url()
    assert "$19.00 In stock" in below.text


def test_what_is_saved_can_be_removed_where_it_is_shown(as_alice, saved):
    page = read(as_alice.get(saved.get_absolute_url()))
    remove = page.button("Remove Speckled mug from what is saved")
    page = as_alice.post(remove, {"next": page.sent["next"]}, follow=True)
    assert page.request["PATH_INFO"] == saved.get_absolute_url()
    assert not SavedProduct.objects.exists()

    as_alice.post(f"/saved/add/{saved.pk}/")
    remove = saved_list(as_alice).button("Remove Speckled mug from what is saved")
    page = as_alice.post(remove, follow=True)
    assert page.request["PATH_INFO"] == "/cart/"
    assert not read(page).has(".saved")


def test_saving_twice_saves_once(as_alice, alice, saved):
    as_alice.post(f"/saved/add/{saved.pk}/")

    assert alice.saved_products.count() == 1


def test_a_line_of_the_cart_moves_to_what_is_saved_and_back(as_alice, alice, mug):
    as_alice.post(f"/cart/add/{mug.pk}/", {"quantity": 3})
    save = read(as_alice.get("/cart/")).button("Save for later: Speckled mug")
    page = read(as_alice.post(save, follow=True))
    assert page.notices == ["Speckled mug is saved for later."]
    assert "Your cart is empty." in page.paragraphs
    assert page.part(".saved").link("Speckled mug")

    back = page.part(".saved").button("Move to cart: Speckled mug")
    page = read(as_alice.post(back, page.part(".saved").sent, follow=True))
    assert page.column("Product") == ["Speckled mug"]
    assert not page.has(".saved")
    assert alice.cart_items.get().quantity == 1


def test_saving_a_line_keeps_the_other_quantities_that_were_typed(as_alice, alice, mug, bowl):
    for product in (mug, bowl):
        as_alice.post(f"/cart/add/{product.pk}/", {"quantity": 1})
    form = read(as_alice.get("/cart/")).sent | {f"quantity-{bowl.pk}": "4"}
    as_alice.post(f"/cart/save/{mug.pk}/", form)

    item = alice.cart_items.get()
    assert (item.product, item.quantity) == (bowl, 4)


def test_what_is_sold_out_moves_out_of_the_cart_too(as_alice, mug):
    as_alice.post(f"/cart/add/{mug.pk}/", {"quantity": 1})
    Product.objects.update(stock=0)
    save = read(as_alice.get("/cart/")).part(".gone").button("Save for later: Speckled mug")
    as_alice.post(save)

    assert not read(as_alice.get("/cart/")).has(".gone")
    assert saved_list(as_alice).links == [("Speckled mug", mug.get_absolute_url())]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"stock": 0}, "Speckled mug $19.00 Sold out"),
        ({"stock": 2}, "Speckled mug $19.00 Only 2 left"),
        ({"is_active": False}, "Speckled mug No longer available"),
    ],
)
def test_what_is_saved_says_whether_it_can_be_bought(as_alice, saved, change, words):
    Product.objects.update(**change)
    below = saved_list(as_alice)

    assert words in below.text
    can_be_bought = change.get("stock") == 2
    assert ("Move to cart: Speckled mug" in below.buttons) is can_be_bought
    assert bool(below.links) is change.get("is_active", True)


def test_a_shopper_who_holds_the_last_one_can_still_move_it(as_alice, saved):
    Product.objects.update(stock=1)
    as_alice.post(f"/checkout/{saved.pk}/", {"quantity": 1})

    assert "Move to cart: Speckled mug" in saved_list(as_alice).buttons


def test_nobody_sees_or_removes_what_another_one_saved(as_alice, as_bob, alice, bob, mug, bowl):
    as_alice.post(f"/saved/add/{mug.pk}/")
    as_bob.post(f"/saved/add/{bowl.pk}/")
    as_bob.post(f"/saved/remove/{mug.pk}/")

    assert saved_list(as_alice).links == [("Speckled mug", mug.get_absolute_url())]
    assert saved_list(as_bob).links == [("Walnut bowl", bowl.get_absolute_url())]


def test_the_latest_stands_first(as_alice, mug, bowl):
    for product in (mug, bowl):
        as_alice.post(f"/saved/add/{product.pk}/")

    assert [name for name, _ in saved_list(as_alice).links] == ["Walnut bowl", "Speckled mug"]


def test_as_many_are_saved_as_a_page_can_show(as_alice, alice, mug, bowl, monkeypatch):
    monkeypatch.setattr(later, "MAX_SAVED", 1)
    as_alice.post(f"/saved/add/{mug.pk}/")
    as_alice.post(f"/cart/add/{bowl.pk}/", {"quantity": 1})
    for url in (f"/saved/add/{bowl.pk}/", f"/cart/save/{bowl.pk}/"):
        page = read(as_alice.post(url, follow=True))
        assert page.notices[-1].endswith("Remove some of them first.")

    assert alice.saved_products.get().product == mug
    assert alice.cart_items.get().product == bowl


@pytest.mark.parametrize("url", ["/saved/add/{}/", "/saved/remove/{}/", "/cart/save/{}/"])
@pytest.mark.parametrize("pk", [0, 10**30])
def test_what_does_not_exist_is_not_found(as_alice, mug, url, pk):
    assert as_alice.post(url.format(pk)).status_code == 404


@pytest.mark.parametrize("url", ["/saved/add/{}/", "/saved/remove/{}/", "/cart/save/{}/"])
def test_only_a_post_of_someone_logged_in_saves_or_removes(client, as_alice, saved, url):
    url = url.format(saved.pk)

    assert as_alice.get(url).status_code == 405
    assert client.post(url).url.startswith("/")
    assert SavedProduct.objects.count() == 1


def test_what_left_the_shop_cannot_be_saved(as_alice, mug):
    Product.objects.update(is_active=False)

    assert as_alice.post(f"/saved/add/{mug.pk}/").status_code == 404
    assert not SavedProduct.objects.exists()


def test_an_account_or_a_product_takes_what_was_saved_with_it(alice, bob, mug, bowl):
    for user in (alice, bob):
        for product in (mug, bowl):
            SavedProduct.objects.create(user=user, product=product)
            user.back_in_stock_requests.create(product=product)
    alice.delete()
    mug.delete()

    assert bob.saved_products.get().product == bowl
    assert bob.back_in_stock_requests.get().product == bowl
    assert SavedProduct.objects.count() == 1


@pytest.mark.parametrize("how", ["in the list", "on its page"])
@pytest.mark.parametrize(
    ("may", "place"), [("delete_user", "accounts/user"), ("delete_product", "shop/product")]
)
def test_what_was_put_off_stops_no_member_of_staff_from_deleting(
    as_clerk, alice, mug, may, place, how
):
    SavedProduct.objects.create(user=alice, product=mug)
    alice.back_in_stock_requests.create(product=mug)
    clerk = as_clerk(may, may.replace("delete", "view"))
    pk = alice.pk if may == "delete_user" else mug.pk
    form = {"action": "delete_selected", "_selected_action": [pk], "post": "yes"}
    url = f"/admin/{place}/" if how == "in the list" else f"/admin/{place}/{pk}/delete/"
    assert clerk.post(url, form).status_code == 302

    assert not SavedProduct.objects.exists()
    assert not alice.back_in_stock_requests.exists()


def test_staff_see_what_is_saved_and_change_nothing(as_staff, alice, mug):
    saved = SavedProduct.objects.create(user=alice, product=mug)
    row = read(as_staff.get("/admin/shop/savedproduct/")).rows[0]

    assert (row["Product"], row["User"]) == ("Speckled mug", "alice")
    assert as_staff.get("/admin/shop/savedproduct/add/").status_code == 403
    url = f"/admin/shop/savedproduct/{saved.pk}/"
    assert as_staff.post(f"{url}delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("typed", ["Alice", "alice@example.com", "mugs speckled"])
def test_staff_find_what_is_saved_by_its_shopper_or_as_the_shop_finds_it(
    as_staff, alice, bob, mug, bowl, typed
):
    SavedProduct.objects.create(user=alice, product=mug)
    SavedProduct.objects.create(user=bob, product=bowl)

    page = read(as_staff.get("/admin/shop/savedproduct/", {"q": typed}))
    assert page.column("Product") == ["Speckled mug"]


def test_a_shopper_called_as_a_product_is_does_not_hide_it(as_staff, alice, mug, bowl):
    SavedProduct.objects.create(user=alice, product=mug)
    SavedProduct.objects.create(user=User.objects.create_user("mug"), product=bowl)

    page = read(as_staff.get("/admin/shop/savedproduct/", {"q": "mug"}))
    assert sorted(page.column("Product")) == sorted([mug.name, bowl.name])


def test_the_cart_asks_once_for_all_that_is_saved(
    as_alice, alice, mug, bowl, django_assert_num_queries
):
    with CaptureQueriesContext(connection) as before:
        as_alice.get("/cart/")
    for product in (mug, bowl):
        SavedProduct.objects.create(user=alice, product=product)
    with django_assert_num_queries(len(before)):
        as_alice.get("/cart/")
