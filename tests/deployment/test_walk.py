"""docs/deploying.md, walked to the letter, ends in a shop that is open."""

import hashlib
import hmac
import json
import os
import re
import shutil
import socket
import ssl
import stat
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue
from threading import Event

import pytest

from tests.deployment.machine import (
    ROOT,
    WEBHOOK_SECRET,
    Ask,
    Machine,
    asking_gunicorn,
    asking_over_https,
    tls,
)
from tests.postgres import find_binaries, pgbouncer, postgres
from tests.skipped import NO_CADDY, NO_NGINX, NO_PGBOUNCER, NO_POSTGRESQL

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="gunicorn does not run on Windows"),
    pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no clone"),
    # One after the other, in one process: what they install is installed once.
    pytest.mark.xdist_group("deployment"),
]
EVENT = json.dumps(
    {
        "id": "evt_1",
        "object": "event",
        "type": "ping",
        "livemode": True,
        "created": 1,
        "data": {"object": {}},
    }
)
Served = tuple[Machine, socket.socket]
SAVE_A_PICTURE = """
umask 077
.venv/bin/python manage.py shell --no-imports -c "
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
default_storage.save('products/mug.webp', ContentFile(b'a picture'))
default_storage.save('products/page.html', ContentFile(b'<script>'))
"
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    machine = Machine(tmp_path_factory.mktemp("installed"))
    machine.install()
    return machine.shop / ".venv"


def configured(folder: Path, installed: Path) -> Machine:
    machine = Machine(folder)
    (machine.shop / ".venv").symlink_to(installed)
    machine.walk("configures")
    machine.fill_in()
    return machine


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory, installed: Path) -> Iterator[Served]:
    """The machine, and the socket at which its gunicorn listens."""
    machine = configured(tmp_path_factory.mktemp("srv"), installed)
    machine.walk("prepares")
    with machine.listening() as listening, machine.gunicorn(listening):
        yield machine, listening


def test_the_documented_steps_end_in_an_open_shop_on_sqlite(
    on_sqlite: Served,
):
    machine, listening = on_sqlite
    ask = asking_gunicorn(listening.getsockname())

    the_shop_is_open(ask)
    nothing_private_is_given_out(ask)
    private = {name: mode(machine.shop / name) for name in (".env", "var")}
    assert private == {".env": 0o600, "var": 0o700}


def test_the_documented_upgrade_begins_with_a_backup(on_sqlite: Served):
    machine, _ = on_sqlite
    installs = ".venv/bin/pip install --require-hashes --requirement requirements.lock"
    machine.walk("upgrades", instead={"git pull": "true", installs: "true"})

    (backup,) = (machine.shop / "var/backups").iterdir()
    assert (backup.suffix, mode(backup)) == (".gz", 0o600)


@pytest.mark.skipif(not shutil.which("caddy"), reason=NO_CADDY)
def test_caddy_serves_the_shop_by_the_configuration_that_is_here(
    on_sqlite: Served,
):
    machine, listening = on_sqlite
    machine.type(SAVE_A_PICTURE)

    with machine.caddy(listening) as port:
        ask = asking_over_https(port)
        the_shop_is_open(ask)
        nothing_private_is_given_out(ask)
        uploads_are_given_out_as_pictures_or_not_at_all(ask)


@pytest.mark.skipif(not find_binaries(), reason=NO_POSTGRESQL)
@pytest.mark.skipif(not (shutil.which("nginx") and shutil.which("openssl")), reason=NO_NGINX)
def test_the_documented_steps_end_in_an_open_shop_on_postgresql_behind_nginx(
    tmp_path: Path, installed: Path
):
    machine = configured(tmp_path, installed)
    with postgres() as url:
        machine.walk("names-postgresql", instead={"postgres://%2Frun%2Fpostgresql/shop": url})
        machine.walk("prepares")
        machine.type(SAVE_A_PICTURE)
        with machine.listening() as listening, machine.nginx(listening) as port:
            ask = asking_over_https(port)
            with ExitStack() as running:
                running.enter_context(machine.gunicorn(listening))
                the_shop_is_open(ask)
                nothing_private_is_given_out(ask)
                uploads_are_given_out_as_pictures_or_not_at_all(ask)
                with pytest.raises(ssl.SSLError):
                    tls(port, "another.example.com")
                with visitors(ask) as answers:
                    seen = [answers.get(timeout=90) for _ in range(30)]
                    running.close()
                    running.enter_context(machine.gunicorn(listening))
                    seen += [answers.get(timeout=90) for _ in range(30)]

    # Some waited while nobody was there, and nobody was turned away.
    assert set(seen) == {("GET", 200), ("POST", 200)}
    assert not (machine.shop / "var/shop.sqlite3").exists()
    # The web server runs as another user.
    assert mode(machine.shop / "media/products") == 0o755
    assert mode(machine.shop / "media/products/mug.webp") == 0o644


# What an upgrade may bring: columns and an index of tables that every visitor reads and writes.
NEW_COLUMNS = """
cat > shop/migrations/0999_new_columns.py <<'END'
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("shop", "LATEST")]
    operations = [
        migrations.AddField("product", "colour", models.CharField(max_length=9, db_default="")),
        migrations.AddField("shop", "colour", models.CharField(max_length=9, db_default="")),
        migrations.AddIndex("product", models.Index("colour", name="colour_of_a_product")),
    ]
END
.venv/bin/python manage.py migrate
"""
EXPORT = """
.venv/bin/python manage.py shell --no-imports -c "
from shop.models import Product
from shop.product_csv import products_csv
print(products_csv(Product.objects.all(), 'point').getvalue())
"
"""


@pytest.mark.skipif(not (find_binaries() and shutil.which("pgbouncer")), reason=NO_PGBOUNCER)
@pytest.mark.skipif(not (shutil.which("nginx") and shutil.which("openssl")), reason=NO_NGINX)
def test_two_machines_behind_nginx_and_pgbouncer_are_upgraded_while_visitors_come(
    tmp_path: Path, installed: Path
):
    one = configured(tmp_path / "one", installed)
    two = Machine(tmp_path / "two")
    (two.shop / ".venv").symlink_to(installed)
    with postgres() as server, pgbouncer(server) as url:
        one.walk("names-postgresql", instead={"postgres://%2Frun%2Fpostgresql/shop": url})
        one.walk("prepares")
        two.like(one)
        two.walk("prepares")
        latest = max((one.shop / "shop/migrations").glob("0*.py")).stem
        with one.listening() as first, two.listening() as second, ExitStack() as running:
            servers = [
                (machine, listening, running.enter_context(ExitStack()))
                for machine, listening in ((one, first), (two, second))
            ]
            for machine, listening, its_own in servers:
                its_own.enter_context(machine.gunicorn(listening))
            with one.nginx(first, second) as port, visitors(asking_over_https(port)) as answers:
                seen = [answers.get(timeout=90) for _ in range(20)]
                one.type(NEW_COLUMNS.replace("LATEST", latest))
                for machine, listening, its_own in servers:
                    its_own.close()
                    seen += [answers.get(timeout=90) for _ in range(20)]
                    its_own.enter_context(machine.gunicorn(listening))
                    seen += [answers.get(timeout=90) for _ in range(20)]
                two.type(EXPORT)

    # All of them, also those that came while the columns were made.
    while not answers.empty():
        seen.append(answers.get())
    assert set(seen) == {("GET", 200), ("POST", 200)}


def the_shop_is_open(ask: Ask) -> None:
    page = ask("GET", "/")
    assert page.status == 200
    (style, *_) = re.findall(r'<link rel="stylesheet" href="(/[^"]+)"', page.body.decode())
    assert ask("GET", style).status == 200
    assert ask("GET", "/admin/login/").status == 200
    assert ask("GET", "/healthz/").status == 200

    assert ask("POST", "/webhooks/stripe/", EVENT, **signed(EVENT)).status == 200
    assert ask("POST", "/webhooks/stripe/", EVENT).status == 400


@contextmanager
def visitors(ask: Ask) -> Iterator["SimpleQueue[tuple[str, int]]"]:
    """Four at a time read a page and deliver an event, again and again; what they are answered."""
    answers: SimpleQueue[tuple[str, int]] = SimpleQueue()
    is_over = Event()

    def visit() -> None:
        while not is_over.is_set():
            answers.put(("GET", ask("GET", "/accounts/login/").status))
            event = ask("POST", "/webhooks/stripe/", EVENT, **signed(EVENT))
            answers.put(("POST", event.status))

    with ThreadPoolExecutor(4) as pool:
        visits = [pool.submit(visit) for _ in range(4)]
        try:
            yield answers
        finally:
            is_over.set()
    for each in visits:
        each.result()


def nothing_private_is_given_out(ask: Ask) -> None:
    for path in (
        "/media/../.env",
        "/media../.env",
        "/media/%2e%2e/.env",
        "/media/..%2f.env",
        "/media//../../.env",
        "/.env",
        "/var/shop.sqlite3",
        "/static/../../.env",
    ):
        answer = ask("GET", path)
        assert 400 <= answer.status < 500, path
        assert b"SECRET_KEY" not in answer.body, path


def uploads_are_given_out_as_pictures_or_not_at_all(ask: Ask) -> None:
    picture, page = ask("GET", "/media/products/mug.webp"), ask("GET", "/media/products/page.html")
    assert picture.body == b"a picture"
    assert picture.headers["Content-Type"] == "image/webp"
    assert page.headers["Content-Type"] == "application/octet-stream"
    for answer in (picture, page):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert ask("GET", "/media/products/").status in (403, 404)


def signed(event: str) -> dict[str, str]:
    now = int(time.time())
    digest = hmac.new(WEBHOOK_SECRET.encode(), f"{now}.{event}".encode(), hashlib.sha256)
    return {"Stripe-Signature": f"t={now},v1={digest.hexdigest()}"}


def mode(path: Path) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)
