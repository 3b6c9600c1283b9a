"""What delivery costs is said before the payment, and Stripe's page offers just that."""

from datetime import date

import pytest
import time_machine
from django.db import IntegrityError
from hypothesis import given
from hypothesis import strategies as st

from shop.countries import SHIPPING_COUNTRIES
from shop.delivery import DISPLAY_NAME_LENGTH, name_and_places, working_days_after
from shop.models import Checkout, DeliveryOption, Product
from shop.models.delivery import NAME_LENGTH
from tests.pages import read
from tests.recorded import stripe_calls

ADD = "/admin/shop/deliveryoption/add/"
OFFER = {"option": 1, "price_cents": 490, "days_min": 3, "days_max": 5}


def buy(client, product, quantity=1):
    return client.post(f"/checkout/{product.pk}/", {"quantity": quantity})


def asked(calls):
    """The part of the session's parameters that is about delivery."""
    return {name: value for name, value in calls[0].form.items() if name.startswith("shipping")}


# --- What Stripe is asked for


def test_stripe_offers_each_option_with_its_price_and_its_working_days(
    as_alice, mug, express, standard
):
    with stripe_calls() as calls:
        assert buy(as_alice, mug).status_code == 303

    first = "shipping_options[0][shipping_rate_data]"
    second = "shipping_options[1][shipping_rate_data]"
    assert asked(calls) == {
        "shipping_address_collection[allowed_countries][0]": "US",
        "shipping_address_collection[allowed_countries][1]": "CA",
        f"{first}[type]": "fixed_amount",
        f"{first}[display_name]": "Standard",
        f"{first}[fixed_amount][amount]": "490",
        f"{first}[fixed_amount][currency]": "usd",
        f"{first}[delivery_estimate][minimum][unit]": "business_day",
        f"{first}[delivery_estimate][minimum][value]": "3",
        f"{first}[delivery_estimate][maximum][unit]": "business_day",
        f"{first}[delivery_estimate][maximum][value]": "5",
        f"{first}[metadata][option]": str(standard.pk),
        f"{second}[type]": "fixed_amount",
        f"{second}[display_name]": "Express",
        f"{second}[fixed_amount][amount]": "1200",
        f"{second}[fixed_amount][currency]": "usd",
        f"{second}[delivery_estimate][minimum][unit]": "business_day",
        f"{second}[delivery_estimate][minimum][value]": "1",
        f"{second}[delivery_estimate][maximum][unit]": "business_day",
        f"{second}[delivery_estimate][maximum][value]": "2",
        f"{second}[metadata][option]": str(express.pk),
    }


@pytest.mark.parametrize(("free_from_cents", "price"), [(3801, "490"), (3800, "0"), (None, "490")])
def test_it_is_free_from_the_very_amount_on(as_alice, mug, standard, free_from_cents, price):
    DeliveryOption.objects.update(free_from_cents=free_from_cents)
    with stripe_calls() as calls:
        buy(as_alice, mug, 2)

    assert asked(calls)["shipping_options[0][shipping_rate_data][fixed_amount][amount]"] == price


def test_options_that_go_to_different_countries_say_where(as_alice, mug, express, standard):
    DeliveryOption.objects.filter(name="Express").update(countries="US, NO")
    with stripe_calls() as calls:
        buy(as_alice, mug)

    named = "shipping_options[{}][shipping_rate_data][display_name]"
    sent = asked(calls)
    assert sent[named.format(0)] == "Standard (United States, Canada)"
    assert sent[named.format(1)] == "Express (United States, Norway)"
    where = "shipping_address_collection[allowed_countries]"
    assert [sent[f"{where}[{number}]"] for number in range(3)] == ["US", "CA", "NO"]


@given(
    name=st.text(min_size=1, max_size=NAME_LENGTH),
    countries=st.lists(st.sampled_from(sorted(SHIPPING_COUNTRIES)), min_size=1, unique=True),
)
def test_a_name_that_says_where_is_never_longer_than_stripe_takes(name, countries):
    shown = name_and_places(OFFER | {"name": name, "countries": countries})

    assert len(shown) <= DISPLAY_NAME_LENGTH
    assert shown.startswith(f"{name} (")


def test_many_countries_are_counted():
    every = sorted(SHIPPING_COUNTRIES)

    assert name_and_places(OFFER | {"name": "World", "countries": every[:20]}) == (
        f"World ({', '.join(every[:20])})"
    )
    assert name_and_places(OFFER | {"name": "World", "countries": every}) == (
        f"World ({len(every)} countries)"
    )


def test_the_options_stand_in_for_the_setting(as_alice, mug, standard, settings):
    settings.STRIPE_SHIPPING_COUNTRIES = ["NO"]
    with stripe_calls() as calls:
        buy(as_alice, mug)

    assert "NO" not in asked(calls).values()


def test_without_an_active_option_nothing_is_asked_for(as_alice, mug, standard):
    DeliveryOption.objects.update(is_active=False)
    with stripe_calls() as calls:
        buy(as_alice, mug)

    assert asked(calls) == {}
    assert Checkout.objects.get().delivery == []


def test_a_repetition_asks_for_just_the_same(as_alice, mug, standard):
    first = buy(as_alice, mug)
    before = Checkout.objects.get().session_params

    assert buy(as_alice, mug).url == first.url
    assert Checkout.objects.get().session_params == before


def test_buy_after_the_price_of_delivery_changed_leads_to_a_page_with_the_new_one(
    as_alice, mug, standard
):
    first = buy(as_alice, mug)
    DeliveryOption.objects.update(price_cents=690)
    second = buy(as_alice, mug)

    assert first.url != second.url
    ended, now = Checkout.objects.order_by("created_at")
    assert ended.status == Checkout.Status.EXPIRED
    assert now.delivery[0]["price_cents"] == 690


def test_more_options_than_stripe_takes_stop_nobody_from_buying(as_alice, mug, standard):
    for number in range(6):
        standard.pk, standard.name = None, f"Way {number}"
        standard.save(force_insert=True)

    assert buy(as_alice, mug).status_code == 303
    assert len(Checkout.objects.get().delivery) == 5


def test_goods_that_are_too_much_together_with_delivery_are_refused_in_words(
    as_alice, mug, standard
):
    mug.price_cents = 99_999_900
    mug.save()
    DeliveryOption.objects.update(free_from_cents=None)
    page = buy(as_alice, mug)

    assert "Stripe takes no more than $999,999.99 in one payment" in read(page).text
    assert not Checkout.objects.exists()


def test_goods_below_stripes_minimum_are_refused_though_delivery_would_lift_them_above(
    as_alice, mug, standard
):
    mug.price_cents = 49
    mug.save()
    page = buy(as_alice, mug)

    assert "Stripe takes no less than $0.50 in one payment" in read(page).text
    assert not Checkout.objects.exists()


# --- What pages say


def said(client, url):
    words = [paragraph for paragraph in read(client.get(url)).paragraphs if "eliver" in paragraph]
    return words[0] if words else ""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Delivery $4.90, free above $60.00."),
        ({"free_from_cents": None}, "Delivery $4.90."),
        ({"free_from_cents": 1900}, "Free delivery."),
        ({"price_cents": 0, "free_from_cents": None}, "Free delivery."),
        ({"is_active": False}, ""),
    ],
)
def test_a_product_says_what_delivery_costs(as_alice, mug, standard, changes, words):
    DeliveryOption.objects.update(**changes)

    assert said(as_alice, mug.get_absolute_url()) == words


def test_of_several_options_a_product_names_the_cheapest(as_alice, mug, express, standard):
    url = mug.get_absolute_url()
    assert said(as_alice, url) == "Delivery from $4.90, free above $60.00."

    DeliveryOption.objects.filter(name="Standard").update(price_cents=0)
    assert said(as_alice, url) == "Free delivery; other ways from $12.00."


def arrivals(client, url):
    page = read(client.get(url))
    sentences = [text for text in page.paragraphs if text.startswith("If you order today")]
    return sentences + (page.part(".arrives").items if page.has(".arrives") else [])


@time_machine.travel("2026-11-27T12:00Z", tick=False)
def test_product_and_cart_say_when_it_should_arrive(as_alice, mug, standard):
    as_alice.post(f"/cart/add/{mug.pk}/", {"quantity": 2})
    sentence = "If you order today, it should arrive between Wed, December 2 and Fri, December 4."

    assert arrivals(as_alice, mug.get_absolute_url()) == [sentence]
    assert arrivals(as_alice, "/cart/") == [sentence]


@time_machine.travel("2026-11-27T12:00Z", tick=False)
def test_of_several_options_each_says_when_and_for_how_much(as_alice, mug, express, standard):
    DeliveryOption.objects.filter(pk=express.pk).update(days_max=1)
    DeliveryOption.objects.filter(pk=standard.pk).update(price_cents=0)

    assert arrivals(as_alice, mug.get_absolute_url()) == [
        "If you order today, it should arrive:",
        "Standard, free between Wed, December 2 and Fri, December 4",
        "Express, $12.00 on Mon, November 30",
    ]


@time_machine.travel("2026-11-27T12:00Z", tick=False)
def test_options_that_go_to_different_countries_say_so_before_the_payment(
    as_alice, mug, express, standard
):
    DeliveryOption.objects.filter(pk=express.pk).update(countries="NO")

    assert [line.split(",")[0] for line in arrivals(as_alice, mug.get_absolute_url())[1:]] == [
        "Standard (United States",
        "Express (Norway)",
    ]


def test_the_days_are_told_from_the_day_that_it_is_in_the_shop(as_alice, mug, standard, settings):
    settings.TIME_ZONE = "Pacific/Auckland"
    with time_machine.travel("2026-11-26T12:00Z", tick=False):  # Friday there
        (sentence,) = arrivals(as_alice, mug.get_absolute_url())

    assert sentence.endswith("between Wed, December 2 and Fri, December 4.")


def test_what_is_sold_out_arrives_on_no_day(as_alice, mug, standard):
    Product.objects.update(stock=0)

    assert arrivals(as_alice, mug.get_absolute_url()) == []


def test_the_cart_says_how_much_more_makes_delivery_free(as_alice, mug, express, standard):
    as_alice.post(f"/cart/add/{mug.pk}/", {"quantity": 2})

    assert said(as_alice, "/cart/") == (
        "Delivery from $4.90, free above $60.00. $22.00 more for free delivery."
    )
    as_alice.post(f"/cart/add/{mug.pk}/", {"quantity": 2})
    assert said(as_alice, "/cart/") == "Free delivery; other ways from $12.00."


def test_a_button_promises_a_total_only_where_delivery_adds_nothing(as_alice, mug, standard):
    as_alice.post(f"/cart/add/{mug.pk}/", {"quantity": 2})
    assert "Checkout" in read(as_alice.get("/cart/")).buttons

    DeliveryOption.objects.update(free_from_cents=3800)
    assert "Checkout: pay $38.00" in read(as_alice.get("/cart/")).buttons


def test_without_options_nothing_is_said_of_delivery(as_alice, mug):
    as_alice.post(f"/cart/add/{mug.pk}/", {"quantity": 2})

    for url in ("/cart/", mug.get_absolute_url()):
        assert "eliver" not in read(as_alice.get(url)).text
        assert "hipping" not in read(as_alice.get(url)).text


def test_what_delivery_costs_takes_one_query_and_none_for_the_catalogue(
    as_alice, mug, django_assert_num_queries, django_assert_max_num_queries
):
    for url, more in ((mug.get_absolute_url(), 0), ("/home/", 0)):
        DeliveryOption.objects.all().delete()
        as_alice.get(url)
        with django_assert_max_num_queries(50) as before:
            as_alice.get(url)
        for number in range(3):
            DeliveryOption.objects.create(
                name=f"Way {number}", price_cents=5, days_min=1, days_max=2, countries="US"
            )
        with django_assert_num_queries(len(before) + more) as after:
            as_alice.get(url)
        asked = [query for query in after.captured_queries if "deliveryoption" in query["sql"]]
        assert len(asked) == (url != "/home/")


# --- The admin


TYPED = {
    "name": "Standard",
    "price_cents": "4.90",
    "free_from_cents": "60",
    "days_min": "3",
    "days_max": "5",
    "countries": "us; CA",
    "position": "0",
    "is_active": "on",
}


def add(client, **typed):
    """The words at the fields, or nothing and the option is there."""
    page = client.post(ADD, TYPED | typed)
    return [] if page.status_code == 302 else page.context["adminform"].form.errors


def test_staff_add_an_option_as_they_write(as_staff):
    assert add(as_staff) == []

    option = DeliveryOption.objects.get()
    assert (option.price_cents, option.free_from_cents) == (490, 6000)
    assert option.countries == "US, CA"
    row = read(as_staff.get("/admin/shop/deliveryoption/")).row("Standard")
    assert (row["Price"], row["Free above"], row["Working days"]) == ("$4.90", "$60.00", "3 to 5")


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("US CA", "US, CA"),
        ("us,ca,", "US, CA"),
        ("US\nCA\n", "US, CA"),
        ("GB, gb", "GB"),
    ],
)
def test_countries_are_read_as_people_type_them(as_staff, typed, codes):
    assert add(as_staff, countries=typed) == []
    assert DeliveryOption.objects.get().countries == codes


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"countries": "US, UK"}, "Write GB instead of UK."),
        ({"countries": "United States"}, "Write US instead of United States."),
        ({"countries": "EU"}, "Stripe takes no addresses in EU."),
        ({"countries": "KP"}, "Stripe takes no addresses in KP."),
        ({"countries": ","}, "Write at least one country"),
        ({"price_cents": "4.9051"}, "USD has no more than 2 decimals."),
        ({"price_cents": "1000000.00"}, "Stripe takes no more than $999,999.99"),
        ({"price_cents": "-1"}, "Write an amount like"),
        ({"free_from_cents": "0"}, "Write an amount above 0, or none."),
        ({"days_min": "0"}, "greater than or equal to 1"),
        ({"days_max": "2"}, "Write 3 or more"),
        ({"days_max": "100"}, "less than or equal to 99"),
        ({"name": "N" * 61}, "at most 60 characters"),
    ],
)
def test_what_stripe_refuses_is_refused_in_words(as_staff, typed, words):
    (name,) = typed

    errors = add(as_staff, **typed)
    assert list(errors) == [name]
    assert words in errors[name][0]
    assert not DeliveryOption.objects.exists()


def test_an_amount_that_the_currency_does_not_have_is_refused(as_staff, settings):
    settings.CURRENCY = "isk"

    assert add(as_staff)["price_cents"] == ["ISK has no decimals."]


def test_an_option_may_be_free(as_staff):
    assert add(as_staff, price_cents="0", free_from_cents="") == []


def test_a_sixth_active_option_is_refused_and_an_inactive_one_is_not(as_staff):
    for number in range(5):
        assert add(as_staff, name=f"Way {number}") == []

    assert "at most 5 options" in add(as_staff)["is_active"][0]
    assert add(as_staff, is_active="") == []
    sixth = DeliveryOption.objects.get(name="Standard")
    change = f"/admin/shop/deliveryoption/{sixth.pk}/change/"
    assert as_staff.post(change, TYPED).status_code == 200  # the same words again
    first = DeliveryOption.objects.get(name="Way 0")
    unchanged = as_staff.post(
        f"/admin/shop/deliveryoption/{first.pk}/change/", TYPED | {"name": "Way 0"}
    )
    assert unchanged.status_code == 302


def test_who_may_only_look_reads_money(as_clerk, standard):
    clerk = as_clerk("view_deliveryoption")
    facts = read(clerk.get(f"/admin/shop/deliveryoption/{standard.pk}/change/")).facts

    assert (facts["Price"], facts["Free above"]) == ("$4.90", "$60.00")


@pytest.mark.parametrize(
    "changes",
    [
        {"price_cents": 100_000_000},
        {"free_from_cents": 0},
        {"days_min": 0},
        {"days_min": 6},
        {"days_max": 100},
    ],
)
def test_the_database_refuses_an_option_that_makes_no_sense(standard, changes):
    with pytest.raises(IntegrityError):
        DeliveryOption.objects.update(**changes)


# --- Days


@pytest.mark.parametrize(
    ("paid_on", "number", "there_on"),
    [
        (date(2026, 11, 26), 1, date(2026, 11, 27)),  # Thursday to Friday
        (date(2026, 11, 26), 2, date(2026, 11, 30)),
        (date(2026, 11, 27), 1, date(2026, 11, 30)),
        (date(2026, 11, 28), 1, date(2026, 11, 30)),
        (date(2026, 11, 29), 5, date(2026, 12, 4)),
    ],
)
def test_working_days_leave_out_the_weekend(paid_on, number, there_on):
    assert working_days_after(paid_on, number) == there_on


@given(day=st.dates(max_value=date(2100, 1, 1)), number=st.integers(1, 99))
def test_five_working_days_are_a_week(day, number):
    there = working_days_after(day, number)

    assert there.weekday() < 5
    assert working_days_after(there, 5).toordinal() - there.toordinal() == 7
    if number > 1:
        assert there > working_days_after(day, number - 1)
