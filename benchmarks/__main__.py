"""Measures the shop, and writes `benchmarks/results.md`.

    make bench            everything, in about twenty minutes
    make bench QUICK=1    the small sizes, in about two minutes
    python -m benchmarks pages admin    some of it; the other results stay as they are

Each part is a file of this folder that says in its first lines what it asks.
"""

import argparse
import os
import platform
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import admin, pages, purchases, served, start
from benchmarks.sites import databases

RESULTS = Path(__file__).parent / "results.md"
PARTS = {
    "pages": pages,
    "served": served,
    "start": start,
    "purchases": purchases,
    "admin": admin,
}
HEAD = "# What the shop costs\n\nWritten by `make bench`; each part says when and where.\n"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help="all, if none is named")
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    where = f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}"
    found = written()
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as empty:
        for name in asked.parts or PARTS:
            part = PARTS[name]
            size = ", quick" if asked.quick else ""
            when = f"{datetime.now(UTC):%Y-%m-%d}, {where}{size}."
            found[part.TITLE] = "\n".join([when, "", *part.report(empty, asked.quick)])
    parts = (f"## {title}\n\n{text}\n" for title, text in found.items())
    RESULTS.write_text("\n".join([HEAD, *parts]), encoding="utf-8")


def written() -> dict[str, str]:
    """The parts of the results so far, by title."""
    texts = RESULTS.read_text(encoding="utf-8").split("\n## ")[1:] if RESULTS.exists() else []
    titles = {part.TITLE for part in PARTS.values()}
    each = (text.split("\n", 1) for text in texts)
    return {title: text.strip() for title, text in each if title in titles}


if __name__ == "__main__":
    main()
