"""A question whose SQL is remembered answers as Django's ORM does."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from shop import lists
from shop.forms import CatalogueForm
from shop.models import Category, Family, Product
from shop.search import looked_up
from shop.search_index import question_to_index

IDS = st.integers(1, 9)
PRICES = st.none() | st.integers(1, 5)
ORDERS = [order for _, order in CatalogueForm.SORTS.values()]
QUESTIONS = st.tuples(
    st.frozensets(IDS, max_size=3).map(sorted).map(tuple),
    st.text("mug%_'\"\\ sé-", max_size=8).map(looked_up),
    *(st.none() | IDS, PRICES, PRICES, st.none() | IDS, st.none() | IDS),
)


class ARememberedQuestion(TestCase):
    @classmethod
    def setUpTestData(cls):
        kitchen, desk = (Category.objects.create(pk=n, name=f"C{n}", slug=f"c{n}") for n in (1, 2))
        sets = Family.objects.create(pk=1, name="Mug", members_name="sizes")
        names = ["Mug", "Mugs_50%", "Mug é", "Smug\\", 'Mug "gum"', "Mug"]
        for pk, name, stock in zip(range(1, 7), names, itertools.cycle([0, None, 3]), strict=False):
            Product.objects.create(
                pk=pk,
                name=name,
                slug=f"p{pk}",
                category=desk if pk % 3 else kitchen,
                price_cents=pk % 4 + 1,
                stock=stock,
                family=sets if pk > 4 else None,
                variant_name=f"V{pk}" if pk > 4 else "",
            )

    @settings(deadline=None, max_examples=50)  # to write the SQL takes Django its time
    @given(
        values=QUESTIONS,
        in_stock=st.booleans(),
        order=st.sampled_from(ORDERS),
        start=st.integers(0, 2),
    )
    def test_answers_as_the_orm_does(self, values, in_stock, order, start):
        rows, number = lists.rows_wanted, lists.number_wanted
        cut = {"in_stock": in_stock, "order": order, "start": start, "stop": start + 4}
        all_of_them = cut | {"start": 0, "stop": 9}
        unindexed = (*values, None)
        values = (*values, question_to_index(values[1]))

        assert rows(*values, **cut) == list(rows.__wrapped__(*unindexed, **cut))
        assert number(*values, in_stock=in_stock, most=9) == len(rows(*values, **all_of_them))
