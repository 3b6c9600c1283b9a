"""Input that nobody would mean gets a 400 from the admin, and not a crash.

The admin hands filters from the address to the database as they are. The shop's own pages read
everything through forms, so a crash there is a fault.
"""

import logging
from collections.abc import Callable

from django.conf import settings
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import FieldError, ValidationError
from django.db import DataError, OperationalError, ProgrammingError
from django.http import HttpRequest, HttpResponse

from accounts.middleware import in_the_admin
from config.views import bad_request

logger = logging.getLogger(__name__)

ODD = (
    *(ValueError, OverflowError, IndexError, FieldError, ValidationError, DataError),
    IncorrectLookupParameters,
)
# Where a word of the database tells odd input from a database that is broken.
ODD_WORDS = ("user-defined function raised exception", "placeholders but")
OUR_TO_FIELD = "id"  # by which all our foreign keys point; Django falls over most others


class OddInputMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: object) -> HttpResponse | None:
        if in_the_admin(request) and request.GET.get("_to_field", OUR_TO_FIELD) != OUR_TO_FIELD:
            return bad_request(request, ValueError("_to_field"))
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """400 where a library stumbled over what came with a request to the admin.

        The line in the log has the traceback all the same: our own fault may look like that.
        """
        if not in_the_admin(request) or not (request.GET or request.POST) or not is_odd(error):
            return None
        logger.warning("odd input: %s", request.path, exc_info=error, extra={"request": request})
        return bad_request(request, error)


def is_odd(error: Exception) -> bool:
    if isinstance(error, OperationalError | ProgrammingError):
        return any(words in str(error) for words in ODD_WORDS)
    return isinstance(error, ODD) and not is_raised_by_us(error)


def is_raised_by_us(error: Exception) -> bool:
    """Whether the line that raised it is the shop's own: then it is a fault."""
    traceback = error.__traceback__
    if not traceback:
        return True
    while traceback.tb_next:
        traceback = traceback.tb_next
    file = traceback.tb_frame.f_code.co_filename
    base = f"{settings.BASE_DIR}/"
    return file.startswith(base) and "/site-packages/" not in file
