"""The admin's pages, as staff on a phone and at a desk see them."""

from tests.browser.steps import IN_A_BROWSER
from tests.browser.test_every_page import accessibility_problems, too_wide, views
from tests.browser.visit_admin import order_to_work_on, visit_admin

pytestmark = IN_A_BROWSER

# Django labels the search with a magnifier whose text for screen readers is "Search"; the rule
# looks for visible words alone, and only where the field has a hint as well.
NOT_OURS = ("label-title-only",)


def test_every_admin_page_is_accessible_and_fits_the_window(page, staff, as_alice, mug):
    order = order_to_work_on(as_alice, mug)
    problems = []
    for name in visit_admin(page, order, mug):
        for view in views(page):
            found = accessibility_problems(page, but=NOT_OURS) + too_wide(page)
            problems += [f"{name}, {view}: {problem}" for problem in found]
    assert not problems, "\n".join(problems)
