"""What browsers are told with each answer, beside what Django and django-csp tell them."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# The shop asks for none of these; whatever slips into a page must not either.
NOT_USED = ("camera", "geolocation", "microphone", "payment", "usb", "browsing-topics")
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in NOT_USED)


class HeadersMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        session = getattr(request, "session", None)
        if session is not None and session.accessed:
            # It depends on who asks: the next one at this machine must not find it.
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response
