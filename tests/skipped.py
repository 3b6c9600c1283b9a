"""A plugin of pytest: what was not run is said in one line, and on CI it has failed."""

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

# The reasons of tests that need more than Python: what is missing, and how to get it.
NO_BROWSER = "no Chromium or Chrome is installed (on Debian: apt install chromium)"
NO_POSTGRESQL = "no PostgreSQL server is installed (on Debian: apt install postgresql)"
NO_CADDY = "no Caddy is installed (on Debian: apt install caddy)"
NO_NGINX = "nginx or openssl is not installed (on Debian: apt install nginx openssl)"
NO_PGBOUNCER = "no PgBouncer is installed (on Debian: apt install pgbouncer)"
NO_LINTER = "a linter of Docker's files is missing (pip install -r requirements-dev.txt)"
NO_SYSTEMD = "no systemd-analyze is installed (on Debian: apt install systemd)"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """On CI a skipped test is a failed one: everything that tests need is installed there."""
    report: Any = yield
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: Any) -> Iterator[None]:
    """After all the rest, so that it is read."""
    yield
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in skipped)
    if reasons:
        said = (f"Skipped {count}: {reason}." for reason, count in sorted(reasons.items()))
        terminalreporter.write_line(" ".join(said), yellow=True)
