"""On SQLite an index says where the words of a search are, and always what is there now."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from shop import search_index
from shop.models import Product
from shop.search import looked_up
from tests.pages import read

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has its own")


def indexed(words: str) -> list[str]:
    """The names of what the index finds, and nothing else does."""
    question = search_index.question_to_index(looked_up(words))
    assert question
    return sorted(search_index.found_by(question, Product.objects.values_list("name", flat=True)))


def assert_in_step() -> None:
    """As SQLite itself compares the index with the products; it raises a DatabaseError."""
    with connection.cursor() as cursor:
        table = search_index.TABLE
        check = f"INSERT INTO {table}({table}, rank) VALUES ('integrity-check', 1)"  # noqa: S608
        cursor.execute(check)


def test_knows_a_product_as_soon_as_it_is_there(mug):
    assert indexed("speck") == [mug.name]


def test_knows_other_words_as_soon_as_they_are_written(mug):
    mug.name = "Zanzibar cup"
    mug.save()

    assert indexed("anziba") == ["Zanzibar cup"]
    assert indexed("speckled") == []


def test_knows_the_new_name_of_a_category(mug):
    category = mug.category
    category.name = "Zanzibar"
    category.save()

    assert indexed("zanzibar") == [mug.name]


def test_forgets_a_product_that_is_deleted(mug):
    mug.delete()

    assert indexed("speckled") == []
    assert_in_step()


def test_control_an_index_without_its_triggers_falls_out_of_step(mug):
    with connection.cursor() as cursor:
        for trigger in search_index.TRIGGERS:
            cursor.execute(f"DROP TRIGGER {trigger}")
    Product.objects.update(search_text="zanzibar")

    with pytest.raises(Exception, match="malformed"):
        assert_in_step()


@pytest.mark.django_db(transaction=True)
def test_is_whole_again_after_a_migration_made_the_table_anew(mug):
    """Django copies the products into a new table, without the triggers of the old one."""
    with connection.schema_editor() as editor:
        editor._remake_table(Product)
    Product.objects.update(search_text="zanzibar")
    call_command("migrate", verbosity=0)

    assert indexed("zanzibar") == [mug.name]
    Product.objects.update(search_text="speckled")
    assert indexed("zanzibar") == []
    assert_in_step()


@pytest.mark.django_db(transaction=True)
def test_is_whole_even_if_a_migration_dies_while_it_is_made(mug, monkeypatch):
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {next(iter(search_index.TRIGGERS))}")
    Product.objects.create(name="Zanzibar", slug="zanzibar", category=mug.category, price_cents=100)
    with monkeypatch.context() as dying:
        dying.setattr(search_index, "REBUILD", "no SQL")
        with pytest.raises(DatabaseError):
            call_command("migrate", verbosity=0)
    call_command("migrate", verbosity=0)

    assert indexed("zanzibar") == ["Zanzibar"]


def test_a_rare_word_is_found_without_looking_at_every_product(as_alice, mug):
    assert steps(as_alice, "/home/?q=speckled") == []


def test_a_word_that_is_not_there_is_missed_without_looking_at_every_product(as_alice, mug):
    assert steps(as_alice, "/home/?q=zanzibar") == []


def test_control_a_word_too_short_for_the_index_is_looked_for_everywhere(as_alice, mug):
    assert len(steps(as_alice, "/home/?q=zz")) == 1


def steps(client, address: str) -> list[str]:
    """What the plans look through from end to end, of the questions that hold the words."""
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    searches = [query["sql"] for query in queries if "search_text" in query["sql"]]
    assert searches
    found = []
    for sql in searches:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + sql.replace("%", "%%"))
            found += [step for *_, step in cursor.fetchall()]
    return [step for step in found if step.startswith("SCAN shop_product ")]


def test_a_common_word_is_met_in_the_order_of_the_list(as_alice, mug, monkeypatch):
    monkeypatch.setattr(search_index, "FEW", 0)

    with CaptureQueriesContext(connection) as queries:
        page = as_alice.get("/home/?q=speckled")

    sorted_by = [query["sql"] for query in queries if 'ORDER BY "shop_product"' in query["sql"]]
    assert [sql for sql in sorted_by if search_index.TABLE in sql] == []
    assert [card.name for card in page.context["page"]] == [mug.name]


@pytest.mark.parametrize("typed", ['"', '"""', '" OR "speckled', "mug NOT", "NEAR("])
def test_what_the_index_would_take_for_its_own_words_is_a_word_like_any_other(as_alice, mug, typed):
    assert not as_alice.get("/home/", {"q": typed}).context["page"]


def test_words_that_the_index_cannot_read_are_looked_for_without_it(mug):
    assert not Product.objects.search("speck\0led")


def test_staff_find_by_the_index_as_well(as_staff, mug, bowl):
    with CaptureQueriesContext(connection) as queries:
        page = read(as_staff.get("/admin/shop/product/?q=speckled"))

    assert page.column("Name") == [mug.name]
    assert [query for query in queries if f"{search_index.TABLE} MATCH" in query["sql"]]
