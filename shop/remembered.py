"""Parts of pages that look the same to everybody who is shown the same values.

Such a part is rendered once in each process, and remembered by all the values that its template can
read. So it is never out of date, in no process: other values are another part, and nobody needs to
say that something has changed. What belongs to one visitor alone, the token of their forms, is put
in afterwards.
"""

import secrets
from collections.abc import Hashable
from functools import lru_cache

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template import engines
from django.utils.safestring import SafeString

# Of one to six kilobytes each.
MOST_REMEMBERED = 5_000
# Stands for the visitor's token. By chance, so that no text of the shop can hold it.
TOKEN = secrets.token_urlsafe()


def remembered(template: str, **values: Hashable) -> str:
    """The template as rendered with these values and nothing else, before `with_token`.

    They are plain ones, tuples of plain ones, or a form that nobody changes any more. No rows: to
    Django two products are equal if they are the same row, whatever they cost.
    """
    return rendered(template, tuple(values.items()))


@lru_cache(maxsize=MOST_REMEMBERED)
def rendered(template: str, values: tuple[tuple[str, Hashable], ...]) -> str:
    context = dict(values) | {"csrf_token": TOKEN}
    return engines["django"].get_template(template).render(context)


def with_token(request: HttpRequest, html: str) -> SafeString:
    """Ready for this visitor's page, all of which has one token: to mask it takes its time."""
    if TOKEN not in html:
        return SafeString(html)
    masked = vars(request).get("masked_token") or get_token(request)
    vars(request)["masked_token"] = masked
    # As `get_token` does: of a page that is made again, the first answer took the cookie with it.
    request.META["CSRF_COOKIE_NEEDS_UPDATE"] = True
    return SafeString(html.replace(TOKEN, masked))
