"""The admin's pages, as staff on a phone and at a desk see them."""

import pytest

from tests.browser.steps import IN_A_BROWSER
from tests.browser.test_every_page import DESKTOP, PHONE, accessibility_problems
from tests.browser.visit_admin import order_to_work_on, visit_admin

pytestmark = IN_A_BROWSER

# Django labels the search with a magnifier whose text for screen readers is "Search"; the rule
# looks for visible words alone, and only where the field has a hint as well.
NOT_OURS = ("label-title-only",)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_every_admin_page_is_accessible_and_fits_the_window(
    page, staff, as_alice, mug, scheme, width
):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 800})
    order = order_to_work_on(as_alice, mug)
    problems = []
    for name in visit_admin(page, order, mug):
        problems += [f"{name}: {problem}" for problem in accessibility_problems(page, but=NOT_OURS)]
        if (needed := page.evaluate("document.documentElement.scrollWidth")) > width:
            problems.append(f"{name}: is {needed} px wide")
    assert not problems, "\n".join(problems)
