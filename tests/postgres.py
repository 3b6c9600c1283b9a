"""A throw-away PostgreSQL from the system's own binaries, for tests that need the real thing."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

PROGRAMS = ("initdb", "pg_ctl", "createdb")
INITDB = ("--username=shop", "--auth=trust", "--no-locale", "--encoding=UTF8", "--no-sync")
# Only a socket leads to it, and nothing has to survive a power cut.
SERVER = "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def find_binaries() -> Path | None:
    """The folder with PostgreSQL's server programs; None where it is not installed."""
    folders = [Path(folder) for folder in os.environ["PATH"].split(os.pathsep)]
    if shutil.which("pg_config"):
        told = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True)
        folders.append(Path(told.stdout.strip()))
    # Debian keeps them off the PATH, in a folder for each version.
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(debian, key=lambda folder: float(folder.parent.name), reverse=True)
    return next((folder for folder in folders if has_programs(folder)), None)


def has_programs(folder: Path) -> bool:
    return all((folder / program).exists() for program in PROGRAMS)


@contextmanager
def postgres() -> Iterator[str]:
    """The DATABASE_URL of an empty database; its server and files are gone afterwards.

    Raises RuntimeError where PostgreSQL is not installed: ask find_binaries() first.
    """
    binaries = find_binaries()
    if not binaries:
        raise RuntimeError("PostgreSQL's server programs are not installed")
    user = server_user()
    # In /tmp, because the path of a socket must be short.
    with tempfile.TemporaryDirectory(prefix="shop-postgres-", dir="/tmp") as folder:
        if user:
            shutil.chown(folder, user)

        def run(program: str, *arguments: str) -> None:
            command = [str(binaries / program), *arguments]
            done = subprocess.run(command, cwd=folder, user=user, capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(f"{program} failed: {done.stdout}{done.stderr}")

        cluster = ("--pgdata", f"{folder}/data", "--silent", "--wait")
        run("initdb", "--pgdata", f"{folder}/data", *INITDB)
        try:
            run(
                "pg_ctl", "start", *cluster, "--log", f"{folder}/log", "-o", f"-k {folder} {SERVER}"
            )
            run("createdb", "--host", folder, "--username=shop", "shop")
            yield f"postgres://shop@{quote(folder, safe='')}/shop"
        finally:
            run("pg_ctl", "stop", *cluster, "--mode=immediate")


@contextmanager
def pgbouncer(url: str) -> Iterator[str]:
    """The DATABASE_URL of a PgBouncer in front of `postgres()`: it gives a client a connection for
    one transaction, and another one for the next."""
    behind = unquote(urlsplit(url).netloc.rpartition("@")[2])
    user = server_user()
    with tempfile.TemporaryDirectory(prefix="shop-pgbouncer-", dir="/tmp") as folder:
        if user:
            shutil.chown(folder, user)
        configuration = Path(folder, "pgbouncer.ini")
        configuration.write_text(
            f"[databases]\nshop = host={behind} user=shop\n[pgbouncer]\nauth_type = any\n"
            f"unix_socket_dir = {folder}\nlisten_port = 5432\n"
            "pool_mode = transaction\ndefault_pool_size = 5\nserver_round_robin = 1\n"
            "ignore_startup_parameters = options\n"
        )
        with Path(folder, "log").open("wb") as log:
            started = subprocess.Popen(
                ["pgbouncer", configuration], cwd=folder, user=user, stdout=log, stderr=log
            )
        try:
            yield f"postgres://shop@{quote(folder, safe='')}/shop"
        finally:
            started.terminate()
            started.wait(timeout=20)


def restart(url: str) -> None:
    """Start the server of `postgres()` again, as an upgrade does: every connection is cut."""
    folder = unquote(urlsplit(url).netloc.rpartition("@")[2])
    binaries = find_binaries()
    assert binaries
    subprocess.run(
        [
            *(binaries / "pg_ctl", "restart", "--silent", "--wait", "--mode=fast"),
            *("--pgdata", f"{folder}/data", "--log", f"{folder}/log"),
        ],
        cwd=folder,
        user=server_user(),
        capture_output=True,
        check=True,
    )


def server_user() -> str | None:
    """Whom to start the server as, where we are root: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    import pwd  # not on Windows

    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
