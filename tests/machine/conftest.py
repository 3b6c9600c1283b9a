import logging
from collections.abc import Iterator

import pytest

from tests.machine.processes import watch


@pytest.fixture
def watched_shop(transactional_db, settings, monkeypatch) -> Iterator[None]:
    """A shop whose every commit and every word with the outside can be interrupted."""
    logging.disable(logging.CRITICAL)
    try:
        with watch(settings, monkeypatch):
            yield
    finally:
        logging.disable(logging.NOTSET)
