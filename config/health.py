"""Whether the shop can serve: asked by balancers at /healthz/, and told in the log at the start."""

import logging
from collections.abc import Callable, Iterator

from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse

from config import views

logger = logging.getLogger(__name__)

HEALTH_PATH = "/healthz/"


class HealthMiddleware:
    """Answers before anything looks at the Host: balancers ask by the address of a machine."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        # What was once there stays there, for this process; a balancer asks every few seconds.
        self.is_complete = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info != HEALTH_PATH or request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        answer = views.healthz(request)
        if answer.status_code == 200 and not self.is_complete:
            if missing := list(what_is_missing()):
                words = "".join(f"{sentence}\n" for sentence in missing)
                return HttpResponse(words, status=503, content_type="text/plain")
            self.is_complete = True
        return answer


def what_is_missing() -> Iterator[str]:
    """Steps of a deployment that were left out, each with the command that does it."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield "Migrations are not applied: python manage.py migrate"
    storage = staticfiles_storage
    if isinstance(storage, ManifestFilesMixin) and storage.read_manifest() is None:
        yield "Static files are not collected: python manage.py collectstatic --noinput"


def tell_what_is_missing() -> None:
    """A line in the log for each, or every page would fail and say nothing of why."""
    try:
        for sentence in what_is_missing():
            logger.error(sentence)
    except DatabaseError as error:
        logger.error("The database does not answer: %s", error)
    finally:
        connection.close()
        # A server that loads the shop before it forks would share the pool's sockets with every
        # worker, and each would read the answers of the others.
        if hasattr(connection, "close_pool"):
            connection.close_pool()
