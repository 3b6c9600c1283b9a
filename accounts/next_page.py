"""Where `next` leads: the one place that reads it, for every page that goes on to another one."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import RedirectURLMixin
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

# Django refuses to redirect to an address above 2048 characters.
LONGEST = 2000


def next_page(request: HttpRequest) -> str:
    """The path that `next` names if it is another page of this site; empty for all else.

    Anybody can write anything there: what is no plain path from the root is not followed.
    """
    target = request.POST.get(REDIRECT_FIELD_NAME, request.GET.get(REDIRECT_FIELD_NAME, ""))
    if not target.startswith("/") or len(target) > LONGEST or not target.isprintable():
        return ""
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return ""
    return "" if urlsplit(target).path == request.path else target


class NextPageMixin(RedirectURLMixin):
    """For Django's views that go on to `next`."""

    request: HttpRequest

    def get_redirect_url(self, *args: Any) -> str:
        return next_page(self.request)


def only_own_next(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For a view that cannot take the mixin: it sees no `next` that does not lead on."""

    @wraps(view)
    def with_own_next(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not next_page(request):
            get, post = request.GET.copy(), request.POST.copy()
            for fields in (get, post):
                fields.pop(REDIRECT_FIELD_NAME, None)
            request.GET, request.POST = get, post  # type: ignore[assignment]
        return view(request, *args, **kwargs)

    return with_own_next
