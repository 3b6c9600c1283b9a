"""One more worker of the shop, in a process of its own: python -m tests.worker

In come an address and the key of a session, out goes the page, one JSON value a line.
"""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def main() -> None:
    django.setup()
    from django.conf import settings
    from django.test import Client

    settings.ALLOWED_HOSTS = ["testserver"]
    for line in sys.stdin:
        path, session = json.loads(line)
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = session
        sys.stdout.write(json.dumps(client.get(path).text) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
