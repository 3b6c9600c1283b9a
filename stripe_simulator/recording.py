"""Write down what the simulator says, so that its words can be checked against Stripe's API."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .store import Document

_folders: list[Path] = []


@contextmanager
def record_to(folder: Path) -> Iterator[None]:
    """Write each API exchange to exchanges.jsonl and each event sent to events.jsonl."""
    folder.mkdir(parents=True, exist_ok=True)
    _folders.append(folder)
    try:
        yield
    finally:
        _folders.remove(folder)


def record(name: str, document: Document) -> None:
    for folder in _folders:
        with (folder / f"{name}.jsonl").open("a") as file:
            file.write(json.dumps(document) + "\n")
