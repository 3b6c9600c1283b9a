"""What `check --deploy` says besides Django's own; gunicorn does not start with an error of it."""

import stat
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from config.checks import is_public


@register(deploy=True)
def debug_is_off(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if not settings.DEBUG:
        return []
    return [
        Error(
            "DEBUG is on: error pages show settings and source, and payments may be simulated.",
            hint="Write DEBUG=false in .env before any other step of a deployment.",
            id="config.E030",
        )
    ]


@register(deploy=True)
def secrets_are_private(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    database = settings.DATABASES["default"]
    files = [Path(settings.ENV_FILE)] if settings.ENV_FILE else []
    if database["ENGINE"].endswith("sqlite3"):
        files.append(Path(database["NAME"]))
    return [
        Warning(
            f"Every user of this machine can read {file}.",
            hint=f"Run, as the user of the shop: chmod go= {file}",
            id="config.W030",
        )
        for file in files
        if is_open_to_others(file)
    ]


@register(deploy=True)
def second_factor_is_on(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.STAFF_SECOND_FACTOR or not is_public(settings.SITE_HOST):
        return []
    return [
        Warning(
            "A password of staff is all that a stranger needs to come into the admin.",
            hint="Run manage.py add_device NAME for yourself, then set STAFF_SECOND_FACTOR=true.",
            id="config.W031",
        )
    ]


def is_open_to_others(file: Path) -> bool:
    """Whether they may read the file, and pass the folder that it is in."""
    return bool(
        file.is_file()
        and file.stat().st_mode & stat.S_IROTH
        and file.parent.stat().st_mode & stat.S_IXOTH
    )
