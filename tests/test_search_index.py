"""On PostgreSQL an index helps the search, where the database lets us have it."""

import os
import subprocess
import sys

import psycopg
import pytest
from django.conf import settings

from tests.postgres import find_binaries, postgres
from tests.skipped import NO_POSTGRESQL

pytestmark = pytest.mark.skipif(
    not find_binaries() and not os.environ.get("CI"),
    reason=NO_POSTGRESQL,
)
A_ROLE_THAT_MAY_MAKE_TABLES_ONLY = """
    CREATE ROLE guest LOGIN;
    GRANT ALL ON SCHEMA public TO guest;
    REVOKE CREATE ON DATABASE shop FROM guest, PUBLIC;
"""


def migrate(url: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": url, "PYTHON_DOTENV_DISABLED": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def plan_of_a_search(url: str) -> str:
    with psycopg.connect(url) as connection:
        connection.execute("SET enable_seqscan = off")  # a table without rows needs no index
        search = (
            "SELECT id FROM shop_product WHERE search_text::text LIKE '%mugs%' "
            "OR search_text::text LIKE E'%\\nmug\\n%'"
        )
        return str(connection.execute(f"EXPLAIN {search}").fetchall())


def test_search_uses_its_index():
    with postgres() as url:
        migrate(url)
        # Once for what was typed, once for its stem.
        assert plan_of_a_search(url).count("shop_product_search") == 2


def test_without_the_right_to_it_the_shop_migrates_and_says_what_is_missing():
    with postgres() as url:
        with psycopg.connect(url) as connection:
            connection.execute(A_ROLE_THAT_MAY_MAKE_TABLES_ONLY)
        told = migrate(url.replace("shop@", "guest@"))

        assert "Search goes on without its index: permission denied" in told
        assert "CREATE EXTENSION IF NOT EXISTS pg_trgm" in told
        assert "shop_product_search" not in plan_of_a_search(url)
