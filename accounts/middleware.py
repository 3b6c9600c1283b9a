from typing import Any

from django.contrib.auth import middleware
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect


class LoginRequiredMiddleware(middleware.LoginRequiredMiddleware):
    """Every view is private unless it says otherwise.

    After logging in the browser follows `next` with a GET. For a POST whose session had ended
    that would be a page which refuses GET, so such a visitor goes on from the home page.
    """

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        if request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        return redirect(self.get_login_url(view_func))
