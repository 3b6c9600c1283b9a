"""How long does a worker take until its first page, and how much memory does it hold?

With the shop loaded in each worker, and once before they fork (gunicorn's --preload).
"""

import json
import statistics
import subprocess
import sys
from functools import partial

from benchmarks.server import Server, at_once, server
from benchmarks.sites import PROJECT, Databases, collect_static, environment, run

TITLE = "What do a start and a worker cost?"
FIRST_PAGE = """
import json, time
started = time.process_time()
import config.wsgi
loaded = time.process_time()
from benchmarks.answer import answer
cost = [answer(config.wsgi.application, {"path": "/accounts/login/", "session": ""})["ms"]
        for _ in range(2)]
print(json.dumps({"import": (loaded - started) * 1000, "first": cost[0], "second": cost[1]}))
"""
STARTS = {"each loads the shop": [], "loaded before the fork": ["--preload"]}


def report(databases: Databases, quick: bool) -> list[str]:
    database = databases.make("SQLite", "start")
    collect_static(database)
    session = run("from benchmarks.shop_data import *; make_shop(1000, [100])", database)["100"]
    rounds = [json.loads(program(FIRST_PAGE, database)) for _ in range(3 if quick else 7)]
    middle = {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
    lines = [
        f"Processor time of a cold start: import {middle['import']:.0f} ms, first page "
        f"{middle['first']:.0f} ms, the same page again {middle['second']:.0f} ms.",
        "",
        "| two workers | memory of each, MB |",
        "|---|---|",
    ]
    for name, options in STARTS.items():
        with server(database, "config.wsgi", *options) as site:
            at_once(8, 2 if quick else 5, partial(open_home, site, session))
            lines.append(f"| {name} | {site.megabytes():.0f} |")
            print(lines[-1], flush=True)
    return lines


def open_home(site: Server, session: str, person: int) -> None:
    site.ask("/home/", {"Host": "127.0.0.1", "Cookie": f"sessionid={session}"})


def program(text: str, database: str) -> str:
    command = [sys.executable, "-c", text]
    done = subprocess.run(
        command, cwd=PROJECT, env=environment(database), stdout=subprocess.PIPE, check=True
    )
    return done.stdout.decode().splitlines()[-1]
