"""However many orders there are, the database finds what a page shows by an index."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from tests.plans import PAGES, SHOP_PAGES
from tests.postgres import find_binaries, postgres
from tests.skipped import NO_POSTGRESQL

pytestmark = pytest.mark.skipif(
    not find_binaries() and not os.environ.get("CI"),
    reason=NO_POSTGRESQL,
)
# A search for two words takes most; no number grows with the rows.
MOST_QUERIES = 44


def test_no_page_reads_a_large_table_whole():
    with postgres() as url:
        asked = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "tests.plans"],
            cwd=settings.BASE_DIR,
            env=os.environ | {"DATABASE_URL": url, "DEBUG": "true", "PYTHON_DOTENV_DISABLED": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert asked.returncode == 0, asked.stderr
    found = json.loads(asked.stdout.splitlines()[-1])

    assert {page: told["scans"] for page, told in found.items() if told["scans"]} == {}
    assert len(found) == len(PAGES) + len(SHOP_PAGES)
    assert max(told["queries"] for told in found.values()) <= MOST_QUERIES
