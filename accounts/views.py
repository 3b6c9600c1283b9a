from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import auth
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters

from accounts.forms import LoginForm, RegisterForm, submit_helper


class LoginView(auth_views.LoginView):
    def get_redirect_url(self, *args: Any) -> str:
        # Django answers 500 to a visitor who is logged in and whose `next` is this very page.
        url = super().get_redirect_url(*args)
        return "" if urlsplit(url).path == self.request.path else url


login = LoginView.as_view(
    template_name="accounts/login.html",
    authentication_form=LoginForm,
    redirect_authenticated_user=True,
)
password_change = auth_views.PasswordChangeView.as_view(
    template_name="accounts/password_change.html",
    success_url=reverse_lazy("accounts:password-change-done"),
    extra_context={"helper": submit_helper("Change password")},
)
password_change_done = auth_views.PasswordChangeDoneView.as_view(
    template_name="accounts/password_change_done.html"
)
password_reset = auth_views.PasswordResetView.as_view(
    template_name="accounts/password_reset.html",
    email_template_name="accounts/password_reset_email.txt",
    subject_template_name="accounts/password_reset_subject.txt",
    success_url=reverse_lazy("accounts:password-reset-done"),
    extra_context={"helper": submit_helper("Send the link")},
    extra_email_context={"site_url": settings.SITE_URL, "shop_name": settings.SHOP_NAME},
)
password_reset_done = auth_views.PasswordResetDoneView.as_view(
    template_name="accounts/password_reset_done.html"
)
password_reset_confirm = auth_views.PasswordResetConfirmView.as_view(
    template_name="accounts/password_reset_confirm.html",
    success_url=reverse_lazy("accounts:password-reset-complete"),
    extra_context={"helper": submit_helper("Set password")},
)
password_reset_complete = auth_views.PasswordResetCompleteView.as_view(
    template_name="accounts/password_reset_complete.html"
)


@login_not_required
@sensitive_post_parameters("password1")
def register(request: HttpRequest) -> HttpResponse:
    """Make an account and log in; `next` leads on to where the visitor wanted to go."""
    if request.user.is_authenticated:
        return redirect("shop:home")
    form = RegisterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        auth.login(request, form.save())
        return redirect(next_path(request))
    context = {"form": form, "next": next_path(request)}
    return render(request, "accounts/register.html", context)


def next_path(request: HttpRequest) -> str:
    """Where `next` leads when it stays on this site, home otherwise."""
    target = request.POST.get("next", request.GET.get("next", ""))
    own = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if own else resolve_url("shop:home")


def profile(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/profile.html")
