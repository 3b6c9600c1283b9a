"""Loaded before Django's settings: tests see neither the developer's .env nor a real Stripe key."""

import atexit
import os
import re
import shutil
import tempfile
from pathlib import Path

ENV_EXAMPLE = Path(__file__).resolve().parent.parent / ".env.example"

os.environ["PYTHON_DOTENV_DISABLED"] = "1"
for name in re.findall(r"^#? ?([A-Z_0-9]+)=", ENV_EXAMPLE.read_text(encoding="utf-8"), re.M):
    os.environ.pop(name, None)
os.environ["DEBUG"] = "true"
if database_url := os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = database_url
# The browser tests' driver runs an event loop in the thread that also asks the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
# Two runs at once would gather each other's measurements. A run's processes share its own.
if "COVERAGE_FILE" not in os.environ:
    folder = tempfile.mkdtemp(prefix="shop-coverage-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["COVERAGE_FILE"] = str(Path(folder) / "coverage")
