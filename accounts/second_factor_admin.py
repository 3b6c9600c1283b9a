import logging

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts import second_factor
from accounts.http import ShopperRequest
from accounts.models import User

logger = logging.getLogger(__name__)


@require_http_methods(["GET", "HEAD", "POST"])
def first_code(request: ShopperRequest, pk: int) -> HttpResponse:
    """Give a colleague a first code; the device so far is over. One's own asks for a code of it."""
    if not request.user.is_superuser:
        raise PermissionDenied
    user = get_object_or_404(User, pk=pk)
    if not second_factor.is_asked_of(user):
        raise Http404
    if user == request.user:
        return redirect("accounts:device")
    code = ""
    if request.method == "POST":
        code = second_factor.reset(user)
        second_factor.write_history(user, "Device taken away, first code given.", request.user)
        logger.warning("a superuser gave a first code")
    context = {
        **admin.site.each_context(request),
        "title": f"First code of {user}",
        "person": user,
        "has_device": second_factor.device_of(user) is not None,
        "code": code,
    }
    return render(request, "admin/accounts/user/first_code.html", context)
