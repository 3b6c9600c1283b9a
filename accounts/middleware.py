from collections.abc import Callable
from typing import Any

from django.contrib.auth import middleware
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from accounts import second_factor
from accounts.second_factor_views import ask_for_a_code
from accounts.throttle import TOO_MANY


class LoginRequiredMiddleware(middleware.LoginRequiredMiddleware):
    """Every view is private unless it says otherwise.

    After logging in the browser follows `next` with a GET. For a POST whose session had ended
    that would be a page which refuses GET, so such a visitor goes on from the home page.
    """

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        if request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        return redirect(self.get_login_url(view_func))


class SecondFactorMiddleware:
    """No page of the admin, whatever it is, for staff who have yet to type a code."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: object) -> HttpResponse | None:
        user, match = request.user, request.resolver_match
        is_open = match is not None and match.url_name in ("login", "logout")
        is_closed = in_the_admin(request) and not is_open
        if is_closed and second_factor.is_asked_of(user) and not second_factor.may_work(user):
            return ask_for_a_code(request)
        return None


def in_the_admin(request: HttpRequest) -> bool:
    return request.resolver_match is not None and "admin" in request.resolver_match.app_names


class TooManyTriesMiddleware:
    """429 for a page whose form refused one try too many; the admin's login is such a page too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_template_response(
        self, request: HttpRequest, response: TemplateResponse
    ) -> TemplateResponse:
        form = (response.context_data or {}).get("form")
        if isinstance(form, BaseForm) and form.has_error(NON_FIELD_ERRORS, TOO_MANY):
            response.status_code = 429
            response.context_data = (response.context_data or {}) | {"must_wait": True}
        return response
