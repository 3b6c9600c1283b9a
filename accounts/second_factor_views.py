"""Pages of staff about the device that makes their codes; there are none with the switch off."""

import io
import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

import django_otp
import segno
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from accounts import second_factor
from accounts.http import ShopperRequest
from accounts.next_page import next_page
from accounts.second_factor_forms import CodeForm, NewDeviceForm, RecoveryCodesForm

logger = logging.getLogger(__name__)

View = Callable[[Any], HttpResponse]
# Of a device that does not count yet: it is for whoever sees it in this session alone.
NEW_KEY = "new_device_key"


def ask_for_a_code(request: HttpRequest) -> HttpResponseRedirect:
    """Lead to the page that asks, and from there back; a form is not sent again by that."""
    page = reverse("accounts:code")
    if request.method in ("GET", "HEAD"):
        return redirect_to_login(request.get_full_path(), page)
    return redirect(page)


def for_staff_who(may: Callable[[Any], bool]) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: ShopperRequest) -> HttpResponse:
            if not second_factor.is_asked_of(request.user):
                raise Http404
            return view(request) if may(request.user) else ask_for_a_code(request)

        return guarded

    return decorate


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("code")
@for_staff_who(lambda user: True)
def code(request: ShopperRequest) -> HttpResponse:
    """Ask for a code; `next` leads on to where it was needed."""
    if second_factor.may_set_up(request.user):
        return go_on(request)
    form = CodeForm(request.POST or None, request=request)
    if request.method == "POST":
        with transaction.atomic():
            if form.is_valid():
                django_otp.login(request, form.device)
                # Before the code is used up for others: the second half of a double click finds
                # it. That is also why the session keeps its key.
                request.session.save()
        if form.device:
            logger.info("staff typed a code: %s", form.device.name)
        if form.device or was_just_let_in(request):
            return go_on(request)
    context = {"form": form, "next": next_page(request)}
    return TemplateResponse(request, "accounts/code.html", context)


def was_just_let_in(request: ShopperRequest) -> bool:
    stored = type(request.session)(request.session.session_key)
    return django_otp.DEVICE_ID_SESSION_KEY in stored


def go_on(request: ShopperRequest) -> HttpResponse:
    if second_factor.may_set_up(request.user) and not second_factor.may_work(request.user):
        return redirect("accounts:new-device")
    return HttpResponseRedirect(next_page(request) or reverse("admin:index"))


@require_safe
@for_staff_who(second_factor.may_work)
def device(request: ShopperRequest) -> HttpResponse:
    context = {
        "device": second_factor.device_of(request.user),
        "codes_left": second_factor.codes_left(request.user),
    }
    return render(request, "accounts/device.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("code", "new_code")
@for_staff_who(second_factor.may_set_up)
def new_device(request: ShopperRequest) -> HttpResponse:
    user = request.user
    key = request.session.get(NEW_KEY)
    if request.method == "POST":
        if not key or TOTPDevice.objects.filter(user=user, key=key).exists():
            return redirect("accounts:device")  # the second half of a double click
    elif not key:
        key = request.session[NEW_KEY] = default_key()
    form = NewDeviceForm(request.POST or None, request=request, key=key)
    if request.method == "POST" and form.is_valid():
        device, codes = second_factor.set_up(user, key, form.step)
        del request.session[NEW_KEY]
        django_otp.login(request, device)
        logger.info("staff set up a device")
        return show_codes(request, codes)
    context = {"form": form, "key": second_factor.key_to_type(key)}
    return TemplateResponse(request, "accounts/new_device.html", context)


@require_safe
@for_staff_who(second_factor.may_set_up)
def new_device_qr(request: ShopperRequest) -> HttpResponse:
    key = request.session.get(NEW_KEY)
    if not key:
        raise Http404
    picture = io.BytesIO()
    address = TOTPDevice(user=request.user, key=key).config_url
    segno.make_qr(address, error="l").save(picture, kind="svg", scale=4, light="#fff")
    return HttpResponse(picture.getvalue(), content_type="image/svg+xml")


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("code")
@for_staff_who(second_factor.may_work)
def recovery_codes(request: ShopperRequest) -> HttpResponse:
    form = RecoveryCodesForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        codes = second_factor.new_recovery_codes(request.user)
        django_otp.login(request, second_factor.device_of(request.user))
        logger.info("staff made new recovery codes")
        return show_codes(request, codes)
    return TemplateResponse(request, "accounts/recovery_codes.html", {"form": form})


def show_codes(request: ShopperRequest, codes: list[str]) -> HttpResponse:
    """This once: the page is stored nowhere, and no other one shows them."""
    return render(request, "accounts/recovery_codes_shown.html", {"codes": codes})
