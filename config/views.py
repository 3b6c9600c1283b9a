"""Pages that belong to no app: health, and the pages for errors."""

import errno
import logging
import sys

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError, InternalError, OperationalError, connection
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
)
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.views.static import serve

from shop.context_processors import about_the_shop

logger = logging.getLogger(__name__)

FULL_OR_READ_ONLY = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the database answers, 503 otherwise; for load balancers, without a login."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("database unreachable\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for it at this address on pages that name none: a picture, a file of text."""
    return redirect(static("img/favicon.svg"), permanent=True)


@login_not_required
def media(request: HttpRequest, path: str) -> HttpResponse | FileResponse:
    """An upload, on a developer's machine; of a deployed shop the web server gives them out."""
    if not settings.DEBUG:
        raise Http404
    answer = serve(request, path, document_root=str(settings.MEDIA_ROOT))
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return in_the_shop(request, "404.html", status=404)


def no_access(request: HttpRequest, exception: Exception) -> HttpResponse:
    return in_the_shop(request, "403.html", status=403)


def form_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    return in_the_shop(request, "403_csrf.html", status=403)


def in_the_shop(request: HttpRequest, template: str, status: int) -> HttpResponse:
    """With the visitor's header; bare where that fails, for the status must stay what it is.

    A message for the visitor waits for the next page: this one may be the answer to a picture.
    """
    try:
        page = render_to_string(template, {"layout": "base.html", "messages": ()}, request)
    except Exception:
        logger.exception("the header of a page for errors failed")
        page = render_to_string(template, about_the_shop())
    return HttpResponse(page, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's own 400 page reads the request again and fails on a POST declared as utf-16."""
    return HttpResponseBadRequest(render_to_string("400.html", about_the_shop()))


def server_error(request: HttpRequest) -> HttpResponse:
    """Without the request too: what every page looks up with it may be what failed."""
    error = sys.exc_info()[1]
    passing = is_passing(error)
    if passing:
        logger.error("database or disk: %s", " ".join(str(error).split()))
    name, status = ("503.html", 503) if passing else ("500.html", 500)
    try:
        page = render_to_string(name, about_the_shop())
    # Else the error that led here would never be logged.
    except Exception:
        logger.exception("the page for errors failed too")
        words = "Something went wrong.\n"
        return HttpResponse(words, status=status, content_type="text/plain")
    return HttpResponse(page, status=status)


def is_passing(error: BaseException | None) -> bool:
    """Whether database or disk are away, full, locked or read-only, which is no fault of a page."""
    if isinstance(error, OperationalError | InterfaceError):
        return True
    if isinstance(error, InternalError):  # PostgreSQL's word for much that is our fault, too
        return "read-only transaction" in str(error)
    return getattr(error, "errno", 0) in FULL_OR_READ_ONLY
