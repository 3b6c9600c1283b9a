import pytest
from django.core.management import call_command

from accounts.models import User
from demo.catalogue import PRODUCTS
from demo.management.commands.load_demo import PASSWORD
from shop.models import DeliveryOption, Product
from shop.money import unpayable_reason
from tests.pages import read


@pytest.fixture
def load(capsys):
    def run() -> str:
        call_command("load_demo")
        return capsys.readouterr().out

    return run


def test_the_demo_fills_an_empty_shop_and_prints_the_passwords(load, client, db):
    said = load()

    assert Product.objects.count() == len(PRODUCTS)
    for username in ("shopper", "staff"):
        assert username in said
        assert client.login(username=username, password=PASSWORD)
    assert PASSWORD in said
    assert User.objects.get(username="staff").is_superuser
    assert not User.objects.get(username="shopper").is_staff


def test_the_first_of_the_catalogue_is_the_first_in_the_shop(load, as_alice):
    load()

    assert as_alice.get("/home/").context["page"][0].slug == PRODUCTS[0].slug


def test_the_demo_has_families_and_second_pictures(load, as_alice):
    load()

    apron = read(as_alice.get("/home/", {"q": "apron"}), "article")
    assert apron.part(".price").text == "from $49.00"
    assert apron.part(".choices").text == "3 sizes"
    page = as_alice.get(apron.link("Choose: Kitchen apron"))
    assert len(read(page, ".thumbnails").links) == 2


@pytest.mark.parametrize("currency", ["usd", "huf", "isk", "kwd", "jpy"])
def test_every_demo_product_can_be_paid_in_the_currency_of_the_shop(load, db, settings, currency):
    settings.CURRENCY = currency
    load()

    for product in Product.objects.all():
        assert unpayable_reason(product.price_cents, currency) == ""
        assert unpayable_reason(product.current_price_cents, currency) == ""


def test_two_demo_products_are_on_sale(load, db):
    load()

    on_sale = Product.objects.exclude(sale_price_cents=None)
    assert [(each.name, each.current_price_cents, each.was_cents) for each in on_sale] == [
        ("Fruit bowl", 4600, 5800),
        ("Round teapot", 5900, 7400),
    ]


@pytest.mark.parametrize("currency", ["usd", "isk", "kwd"])
def test_the_demo_ships_in_two_ways(load, as_staff, settings, currency):
    settings.CURRENCY = currency
    load()

    assert [option.name for option in DeliveryOption.objects.offered()] == ["Standard", "Express"]
    for option in DeliveryOption.objects.all():
        option.full_clean()


def test_who_has_delivery_options_keeps_them(load, standard):
    load()

    assert DeliveryOption.objects.get() == standard


def test_loading_again_changes_nothing_that_is_there(load, db):
    load()
    Product.objects.first().delete()
    Product.objects.update(price_cents=12345)
    shopper = User.objects.get(username="shopper")
    shopper.set_password("my own long secret")
    shopper.save()
    said = load()

    assert Product.objects.count() == len(PRODUCTS) - 1
    assert set(Product.objects.values_list("price_cents", flat=True)) == {12345}
    shopper.refresh_from_db()
    assert shopper.check_password("my own long secret")
    assert "(changed since)" in said


def test_a_shopper_who_took_the_name_in_capitals_keeps_it(load, db):
    User.objects.create_user("Shopper", "someone@example.com", "my own long secret")

    assert "(changed since)" in load()
    assert User.objects.filter(username__iexact="shopper").count() == 1
