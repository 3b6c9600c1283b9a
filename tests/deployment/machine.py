"""A machine on which the shop is deployed as docs/deploying.md says, word for word."""

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager, suppress
from email.message import Message
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

ROOT = settings.BASE_DIR
HOST = "shop.example.com"
WEBHOOK_SECRET = "whsec_walked"
# What the documents leave to the deployer.
VALUES = {"sk_live_\n": "sk_live_walked\n", "whsec_\n": f"{WEBHOOK_SECRET}\n"}


class Answer(NamedTuple):
    status: int
    headers: Message
    body: bytes


Ask = Callable[..., Answer]


class Machine:
    """A fresh clone in a folder, which stands for /srv/shop."""

    def __init__(self, folder: Path) -> None:
        self.shop = folder / "shop"
        self.run_folder = folder
        names = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True)
        for name in names.rstrip("\0").split("\0"):
            target = self.shop / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)

    def like(self, other: "Machine") -> None:
        """A second machine for the same shop."""
        shutil.copy(other.shop / ".env", self.shop)

    def walk(self, block: str, *, instead: dict[str, str] | None = None) -> None:
        """Type a block of the document, as somebody who has set nothing before."""
        self.type(block_of_document(block), instead or {})

    def type(self, commands: str, instead: dict[str, str] | None = None) -> None:
        for written, meant in (instead or {}).items():
            assert written in commands, f"the document no longer says {written}"
            commands = commands.replace(written, meant)
        typed = subprocess.run(
            ["sh", "-eux", "-c", commands],
            cwd=self.shop,
            env=nothing_set(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert typed.returncode == 0, typed.stdout + typed.stderr

    def install(self) -> None:
        """On CI as the document says; elsewhere what runs this test stands in, for the time."""
        if os.environ.get("CI"):
            self.walk("installs")
        else:
            (self.shop / ".venv").symlink_to(sys.prefix)

    def fill_in(self) -> None:
        env = self.shop / ".env"
        text = env.read_text()
        for written, meant in VALUES.items():
            assert written in text
            text = text.replace(written, meant)
        env.write_text(text)

    @contextmanager
    def listening(self) -> Iterator[socket.socket]:
        """The socket of the unit, which stays while the server is restarted."""
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(self.run_folder / "shop.sock"))
            listening.listen(1024)
            yield listening

    @contextmanager
    def gunicorn(self, listening: socket.socket) -> Iterator[None]:
        """As systemd starts it by the unit: with the socket as file 3, and the umask."""
        unit = (self.shop / "deploy/systemd/shop-web.service").read_text()
        command = re.search(r"^ExecStart=/srv/shop/(.+)$", unit, re.M)
        hardening = (self.shop / "deploy/systemd/shop-.service.d/hardening.conf").read_text()
        umask = re.search(r"^UMask=(\d+)$", hardening, re.M)
        assert command
        assert umask
        number = listening.fileno()
        as_systemd = (
            f"import os; os.dup2({number}, 3); os.umask(0o{umask[1]}); "
            "os.environ |= {'LISTEN_PID': str(os.getpid()), 'LISTEN_FDS': '1'}; "
            f"os.execv('{command[1]}', ['gunicorn'])"
        )
        start = [sys.executable, "-c", as_systemd]
        with running(start, self.shop, pass_fds=[number]) as process:
            wait_for(lambda: is_open(listening.getsockname()), process)
            yield

    @contextmanager
    def nginx(self, *upstreams: socket.socket) -> Iterator[int]:
        """With the documented configuration, on ports of its own; the port of https."""
        servers = [f"server unix:{upstream.getsockname()};" for upstream in upstreams]
        plain, secure = free_port(), free_port()
        certificate, key = self.run_folder / "fullchain.pem", self.run_folder / "privkey.pem"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
                *("-subj", f"/CN={HOST}", "-keyout", key, "-out", certificate),
            ],
            capture_output=True,
            check=True,
        )
        configuration = (self.shop / "deploy/nginx.conf").read_text()
        for written, meant in {
            "    listen [::]:": "    # listen [::]:",  # not every machine has IPv6
            "listen 80": f"listen 127.0.0.1:{plain}",
            "listen 443": f"listen 127.0.0.1:{secure}",
            "/etc/letsencrypt/live/shop.example.com/fullchain.pem": str(certificate),
            "/etc/letsencrypt/live/shop.example.com/privkey.pem": str(key),
            "server unix:/run/shop.sock;": " ".join(servers),
            "root /srv/shop;": f"root {self.shop};",
        }.items():
            assert written in configuration, written
            configuration = configuration.replace(written, meant)
        (self.run_folder / "shop.conf").write_text(configuration)
        temporary = "".join(
            f"{name}_temp_path {self.run_folder}/{name};"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = "user root;" if os.geteuid() == 0 else ""
        main = self.run_folder / "nginx.conf"
        main.write_text(
            f"{user} daemon off; pid {self.run_folder}/nginx.pid; events {{}}"
            f"http {{ access_log off; {temporary} include {self.run_folder}/shop.conf; }}"
        )
        command = ["nginx", "-p", str(self.run_folder), "-c", str(main), "-e", "stderr"]
        with running(command, self.run_folder) as process:
            wait_for(lambda: answers(secure), process)
            yield secure

    @contextmanager
    def caddy(self, upstream: socket.socket) -> Iterator[int]:
        """With the documented configuration and a certificate of its own; the port of https."""
        secure = free_port()
        configuration = (self.shop / "deploy/Caddyfile").read_text()
        # Debian's Caddy is 2.6.
        configuration = re.sub(
            r"^\s*(request|response)_buffers .*\n", "", configuration, flags=re.M
        )
        (self.run_folder / "Caddyfile").write_text(
            "{\n local_certs\n skip_install_trust\n auto_https disable_redirects\n admin off\n"
            f" storage file_system {self.run_folder}/caddy\n}}\n{configuration}"
        )
        variables = {
            "SHOP_HOST": f"https://{HOST}:{secure}",
            "SHOP_MEDIA": str(self.shop / "media"),
            "SHOP_UPSTREAM": f"unix/{upstream.getsockname()}",
        }
        command = ["caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile"]
        with running(command, self.run_folder, **variables) as process:
            wait_for(lambda: has_certificate(secure), process)
            yield secure


def block_of_document(name: str) -> str:
    text = (ROOT / "docs/deploying.md").read_text(encoding="utf-8")
    block = re.search(rf"^```sh {name}\n(.*?)^```$", text, re.M | re.S)
    assert block, f"docs/deploying.md has no block {name}"
    return block[1]


def nothing_set() -> dict[str, str]:
    """An environment without anything of the shop's, or of these tests."""
    keep = ("PATH", "HOME", "LANG", "PIP_FIND_LINKS", "PIP_CERT", "PIP_INDEX_URL")
    return {name: os.environ[name] for name in keep if name in os.environ}


@contextmanager
def running(
    command: list[str], folder: Path, pass_fds: Collection[int] = (), **variables: str
) -> Iterator["subprocess.Popen[bytes]"]:
    with (folder / "printed").open("wb") as printed:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=nothing_set() | variables,
            pass_fds=pass_fds,
            stdout=printed,
            stderr=printed,
        )
    try:
        yield process
    except BaseException as error:
        error.add_note((folder / "printed").read_text(errors="replace"))
        raise
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_for(is_there: Callable[[], bool], process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while not is_there():
        assert process.poll() is None, "it ended instead of serving"
        assert time.monotonic() < until, "it does not answer"
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


def is_open(path: str) -> bool:
    with suppress(OSError):
        return asking_gunicorn(path)("GET", "/healthz/").status == 200
    return False


def has_certificate(port: int) -> bool:
    with suppress(OSError):
        tls(port, HOST).close()
        return True
    return False


def asking_gunicorn(path: str) -> Ask:
    """As a proxy with TLS in front would ask."""

    def connected() -> socket.socket:
        to_gunicorn = socket.socket(socket.AF_UNIX)
        to_gunicorn.settimeout(30)
        to_gunicorn.connect(path)
        return to_gunicorn

    proxys = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
    return lambda *asked, **headers: ask_over(connected(), *asked, **headers, **proxys)


def asking_over_https(port: int) -> Ask:
    return lambda *asked, **headers: ask_over(tls(port, HOST), *asked, **headers)


def ask_over(
    connected: socket.socket, method: str, target: str, body: str = "", **headers: str
) -> Answer:
    with closing(http.client.HTTPConnection(HOST)) as connection:
        connection.sock = connected
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())


def tls(port: int, host: str) -> ssl.SSLSocket:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # signed by itself
    connected = socket.create_connection(("127.0.0.1", port), timeout=90)
    return context.wrap_socket(connected, server_hostname=host)
