"""The tool behind `make mutants`: each of its changes is one, and is taken back."""

import ast
import inspect
from pathlib import Path

from orders import refunds
from shop.models import Product
from tests.mutants.__main__ import Mutants, function_of, mutants, speaking_of
from tests.mutants.changes import changes
from tests.mutants.files import FILES

SOURCE = """
def act(order, amount):
    '''What people read stays.'''
    with atomic():
        if not 0 < amount <= order.left and order.is_live:
            raise TooMuch
    rows = order.lines.select_for_update(no_key=True).filter(pk=order.pk, left=3)
    logger.info("done")
    order.status = "paid"
    return rows.update(status="paid", left=F("left") - amount)
"""


def test_each_change_changes_something_and_is_taken_back():
    tree = ast.parse(SOURCE)
    before = ast.unparse(tree)
    seen = [ast.unparse(tree) for _ in changes(tree.body[0])]

    assert len(seen) == len(set(seen)) > 15
    assert before not in seen
    assert ast.unparse(tree) == before


def test_what_is_known_to_go_wrong_is_among_the_changes():
    tree = ast.parse(SOURCE)
    seen = [ast.unparse(tree) for _ in changes(tree.body[0])]

    for wrong in (
        "(no_key=True).filter(left=3)",
        "(no_key=True).filter(pk=order.pk)",
        "rows = order.lines.select_for_update(no_key=True)\n",
        "0 <= amount <= order.left",
        "0 < amount < order.left",
        "F('left') + amount",
        "rows.update(left=",
        "if True:",
        "return None",
    ):
        assert any(wrong in source for source in seen), wrong


def test_what_was_changed_is_told_however_long_the_code_is():
    words = [f"'a key': {number}" for number in range(1000, 1020)]
    tree = ast.parse(f"def act():\n    return {{{', '.join(words)}}}")
    told = [words.partition("  ->  ") for _, words in changes(tree.body[0])]

    assert len(told) > 20
    assert all(before != after for before, _, after in told)


def test_words_for_people_logs_and_locks_are_left_alone():
    tree = ast.parse(SOURCE)
    seen = [ast.unparse(tree) for _ in changes(tree.body[0])]

    for left in (
        "What people read stays.",
        "logger.info('done')",
        "select_for_update(no_key=True)",
    ):
        assert all(left in source for source in seen), left


def test_every_file_of_the_money_path_gives_mutants():
    for file in FILES:
        assert next(mutants(file), None), file


def test_the_tests_that_speak_of_a_file_are_there():
    for tests in FILES.values():
        assert all(Path(test).is_file() for test in tests), tests


def test_what_no_test_needs_to_notice_is_not_listed():
    listed = [mutant.words for mutant in mutants("orders/refunds.py")]

    assert "timedelta(minutes=10)  ->  timedelta()" in listed
    assert "10  ->  11" not in listed
    assert not [words for words in listed if words.endswith("stripe_payment_intent_id")]


def test_functions_are_found_behind_their_decorators():
    assert function_of(refunds, "refund") is refunds.refund
    found = function_of(inspect.getmodule(Product), "Product.take_stock")
    assert found is Product.take_stock


def test_a_change_meets_the_tests_of_its_own_file_alone():
    own = f"{FILES['shop/session_params.py'][0]}::test_of_delivery[post]"
    assert speaking_of("shop/session_params.py", {own, "orders/tests/test_refunds.py::a", ""}) == {
        own
    }


def test_who_noticed_the_last_change_is_asked_first_and_then_the_fastest_of_each_file():
    plugin = Mutants(["orders/refunds.py"])
    plugin.seconds = {"test_a.py::slow": 2, "test_a.py::fast": 1, "test_b.py::slower": 3}
    tests = set(plugin.seconds)

    in_turn = ["test_a.py::fast", "test_b.py::slower", "test_a.py::slow"]
    assert plugin.in_turn("orders/refunds.py", tests) == in_turn
    plugin.noticed["orders/refunds.py"] = ["test_b.py::slower", "test_c.py::of_other_lines"]
    assert plugin.in_turn("orders/refunds.py", tests)[0] == "test_b.py::slower"
    plugin.out.close()
    plugin.folder.cleanup()
