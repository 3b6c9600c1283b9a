"""How staff put a product on sale: in its form, in the list, in its history."""

from datetime import datetime

import pytest
import time_machine
from django.contrib.admin.models import LogEntry

from shop.models import Product
from tests.pages import read
from tests.product_form import NO_MORE_PICTURES

LIST = "/admin/shop/product/"
SALE = {
    "sale_price_cents": "14,00",
    "sale_from_0": "2026-11-27",
    "sale_from_1": "09:00",
    "sale_until_0": "2026-11-30",
    "sale_until_1": "18:00",
}


@pytest.fixture(autouse=True)
def friday_in_oslo(settings):
    settings.TIME_ZONE = "Europe/Oslo"
    with time_machine.travel(datetime.fromisoformat("2026-11-27T12:00+01:00"), tick=False) as clock:
        yield clock


@pytest.fixture
def page(mug) -> str:
    return f"{LIST}{mug.pk}/change/"


@pytest.fixture
def sent(as_staff, page) -> dict[str, object]:
    return read(as_staff.get(page)).sent | NO_MORE_PICTURES


def history() -> list[str]:
    return [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]


def test_staff_put_a_product_on_sale_and_the_history_tells_it(as_staff, mug, page, sent):
    assert as_staff.post(page, sent | SALE).status_code == 302

    mug.refresh_from_db()
    assert (mug.price_cents, mug.current_price_cents) == (1900, 1400)
    assert mug.sort_price_cents == 1400
    assert history() == [
        "Changed Sale price (USD) from nothing to $14.00, "
        "Sale from from nothing to Nov. 27, 2026, 9 a.m. and "
        "Sale until from nothing to Nov. 30, 2026, 6 p.m.."
    ]
    sent = read(as_staff.get(page)).sent | NO_MORE_PICTURES
    as_staff.post(page, sent | {"sale_until_1": "20:00"})
    assert history()[-1] == (
        "Changed Sale until from Nov. 30, 2026, 6 p.m. to Nov. 30, 2026, 8 p.m.."
    )


@pytest.mark.parametrize(
    ("typed", "place", "words"),
    [
        ({"sale_price_cents": "19"}, "#id_sale_price_cents_error", "lower than the price"),
        ({"price_cents": "14.00"}, "#id_sale_price_cents_error", "lower than the price"),
        ({"sale_price_cents": "0.49"}, "#id_sale_price_cents_error", "no less than $0.50"),
        ({"sale_until_0": "2026-11-26"}, ".nonfield", "A sale has to end after it begins."),
    ],
)
def test_a_sale_that_is_none_is_refused_in_words(as_staff, page, sent, typed, place, words):
    answer = read(as_staff.post(page, sent | SALE | typed))

    assert words in answer.part(place).text
    assert Product.objects.get().sale_price_cents is None


def test_a_price_below_the_sale_that_a_colleague_began_is_refused(as_staff, mug, page, sent):
    Product.objects.update(sale_price_cents=1400)
    answer = read(as_staff.post(page, sent | {"price_cents": "12"}))

    assert "The sale price is $14.00." in answer.part("#id_sale_price_cents_error").text


def test_a_form_with_the_price_alone_is_refused_in_words_too(mug):
    mug.sale_price_cents, mug.price_cents = 1400, 1300
    with pytest.raises(Exception, match="lower than the price") as refused:
        mug.full_clean(exclude=["sale_price_cents"])

    assert list(refused.value.message_dict) == ["price_cents"]


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2026-11-27T08:59+01:00", "$14.00 from 11/27/2026 9 a.m. until 11/30/2026 6 p.m."),
        ("2026-11-27T09:00+01:00", "$14.00 until 11/30/2026 6 p.m."),
        ("2026-11-30T18:00+01:00", "$14.00, over"),
    ],
)
def test_the_list_says_when_the_sale_is(as_staff, page, sent, friday_in_oslo, now, said):
    as_staff.post(page, sent | SALE)
    friday_in_oslo.move_to(datetime.fromisoformat(now))

    row = read(as_staff.get(LIST)).row("Speckled mug")
    assert (row["Price"], row["Sale"]) == ("$19.00", said)


def test_who_may_only_look_reads_the_sale_as_money_and_times(as_staff, page, sent, as_clerk):
    as_staff.post(page, sent | SALE)

    facts = read(as_clerk("view_product").get(page)).facts
    assert facts["Sale price"] == "$14.00"
    assert facts["Sale until"] == "Nov. 30, 2026, 6 p.m."


@pytest.mark.parametrize("how", ["copy", "like"])
def test_a_copy_and_another_size_have_no_sale(as_staff, page, sent, mug, how):
    as_staff.post(page, sent | SALE)
    if how == "like":
        family = {"name": "Mug", "members_name": "sizes", "variant_name": "Small"}
        as_staff.post(f"{LIST}{mug.pk}/variant/", family)

    form = read(as_staff.get(f"{LIST}add/?{how}={mug.pk}")).sent
    assert form["price_cents"] == "19.00"
    assert {name: form[name] for name in SALE} == dict.fromkeys(SALE, "")
