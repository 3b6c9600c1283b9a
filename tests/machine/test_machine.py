"""Shoppers, staff, the clock, Stripe and the network take turns; the shop keeps its promises.

HYPOTHESIS_PROFILE=chaos runs the long search. What always holds is in promises.py, and each actor
has a file of its own.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.nature import Shop

ANY_SEARCH = settings(
    deadline=None,
    print_blob=True,
    stateful_step_count=40,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
PARTS = 4  # of one search, side by side where there are processors for it
settings.register_profile("quick", ANY_SEARCH, max_examples=24 // PARTS)
# The same examples at every run, so that CI judges the change and not the day's luck; the search
# for new ones is `make chaos`.
settings.register_profile(
    "ci", ANY_SEARCH, max_examples=200 // PARTS, derandomize=True, database=None
)
settings.register_profile("chaos", ANY_SEARCH, max_examples=2000 // PARTS)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "quick")


@pytest.mark.parametrize("part", range(PARTS))
def test_the_shop_keeps_its_promises_whatever_happens(watched_shop, part):
    # Hypothesis draws a class's examples from its name.
    shop_of_this_part = type(f"Shop{part}", (Shop,), {})
    run_state_machine_as_test(shop_of_this_part, settings=settings.get_profile(PROFILE))
