"""How gunicorn serves the shop; it reads this file by itself when it is started in this folder.

Whatever a deployment needs otherwise goes on the command line, which wins: gunicorn --workers 4.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent

wsgi_app = "config.wsgi"
chdir = str(HERE)
# A socket that systemd hands over wins. Never an address that strangers reach: what gunicorn
# hears about the visitor's address and about https, it believes.
bind = "127.0.0.1:8000"

# Two processes, so that one may die. Pages wait for the database, and Buy for Stripe: threads wait
# cheaply. Each has a connection to PostgreSQL, of which a process opens ten at most.
# More cores: as many workers as cores.
workers = 2
worker_class = "gthread"
threads = 8
# Each takes as many at once as it has threads, and the others wait in the socket's queue, from
# where another process may take them.
worker_connections = 8

# A page may wait 20 s for Stripe, and then worker_exit 8 s for mails. Who stops the server gives
# them that long to end.
graceful_timeout = 30
# Nothing is kept open between requests: the proxy talks to browsers, and to a connection that is
# just being closed it might send a Buy that nobody reads.
keepalive = 0

# The one header that says how the visitor came; the proxy sets it. By default three are believed.
secure_scheme_headers = {"X-FORWARDED-PROTO": "https"}
# Signs of life are files: in memory, so that a full or slow disk stops no worker.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
# The service manager starts, stops and reloads; a second way in is one too many.
control_socket_disable = True


def on_starting(server: Any) -> None:
    """Refuse to start with DEBUG on, or with anything else that `check --deploy` calls an error.

    In a process of its own: nothing of the settings stays, so that a reload reads .env again.
    """
    command = [sys.executable, "-m", "django", "check", "--deploy"]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    if subprocess.run(command, cwd=HERE, env=environment, check=False).returncode:
        raise SystemExit("Not started: the configuration is not fit for a deployment.")


def worker_exit(server: Any, worker: Any) -> None:
    """Send the mails that wait: of a link for a new password there is no row that is due."""
    from accounts.background import finish  # a worker's own; this file is read before it starts

    finish()
