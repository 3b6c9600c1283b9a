from typing import Any

from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import SetPasswordForm
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse, reverse_lazy
from django.utils.functional import lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import email_change as email_changes
from accounts import second_factor, throttle
from accounts.forms import LoginForm, NewPasswordForm, PasswordResetForm, RegisterForm, login_of
from accounts.http import ShopperRequest
from accounts.models import User
from accounts.next_page import NextPageMixin, next_page
from accounts.notices import tell
from accounts.profile_forms import DeleteAccountForm, EmailChangeForm, PasswordChangeForm


class LoginView(NextPageMixin, auth_views.LoginView):
    pass


class LogoutView(NextPageMixin, auth_views.LogoutView):
    pass


class PasswordChangeView(auth_views.PasswordChangeView):
    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"request": self.request}

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        tell("password_changed", form.user.email, form.user)
        return answer


class PasswordResetView(auth_views.PasswordResetView):
    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"request": self.request}


class PasswordResetConfirmView(auth_views.PasswordResetConfirmView):
    def form_valid(self, form: SetPasswordForm) -> HttpResponse:
        # Who tried the forgotten password too often can log in with the new one at once.
        throttle.forget(throttle.LOGIN, login_of(form.user.username, self.request))
        answer = super().form_valid(form)
        tell("password_changed", form.user.email, form.user)
        return answer


login = LoginView.as_view(
    template_name="accounts/login.html",
    authentication_form=LoginForm,
    redirect_authenticated_user=True,
)
logout = LogoutView.as_view()
password_change = PasswordChangeView.as_view(
    template_name="accounts/password_change.html",
    form_class=PasswordChangeForm,
    success_url=reverse_lazy("accounts:password-change-done"),
)
password_change_done = auth_views.PasswordChangeDoneView.as_view(
    template_name="accounts/password_change_done.html"
)
password_reset = PasswordResetView.as_view(
    template_name="accounts/password_reset.html",
    form_class=PasswordResetForm,
    email_template_name="accounts/password_reset_email.txt",
    html_email_template_name="accounts/password_reset_email.html",
    subject_template_name="accounts/password_reset_subject.txt",
    success_url=reverse_lazy("accounts:password-reset-done"),
    # Looked up when a mail is written, not when this file happens to be imported.
    extra_email_context={"site_url": lazy(lambda: settings.SITE_URL, str)()},
)
password_reset_done = auth_views.PasswordResetDoneView.as_view(
    template_name="accounts/password_reset_done.html"
)
password_reset_confirm = PasswordResetConfirmView.as_view(
    template_name="accounts/password_reset_confirm.html",
    form_class=NewPasswordForm,
    success_url=reverse_lazy("accounts:password-reset-complete"),
)
password_reset_complete = auth_views.PasswordResetCompleteView.as_view(
    template_name="accounts/password_reset_complete.html"
)


@login_not_required
@sensitive_post_parameters("password1")
def register(request: HttpRequest) -> HttpResponse:
    """Make an account and log in; `next` leads on to where the visitor wanted to go."""
    if request.user.is_authenticated:
        return go_on(request)
    form = RegisterForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                user = form.save()
        except IntegrityError:  # someone else was faster, or the first half of a double click
            form.add_error("username", "This account was just created. If that was you, log in.")
        else:
            auth.login(request, user)
            if user.shares_email and (owner := User.with_email(user.email).first()):
                tell("address_in_use", owner.email, user, owner=owner)
            return go_on(request)
    context = {"form": form, "next": next_page(request)}
    return TemplateResponse(request, "accounts/register.html", context)


def go_on(request: HttpRequest) -> HttpResponse:
    # Not redirect(): it would read the path as the name of a view first.
    return HttpResponseRedirect(next_page(request) or reverse("shop:home"))


@require_safe
def profile(request: HttpRequest) -> HttpResponse:
    context = {"has_second_factor": second_factor.is_asked_of(request.user)}
    return render(request, "accounts/profile.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
def email_change(request: ShopperRequest) -> HttpResponse:
    form = EmailChangeForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        new_email = form.cleaned_data["email"]
        if email_changes.send_link(request.user, new_email):
            messages.success(request, f"Open the link we sent to {new_email}.")
            return redirect("accounts:profile")
        form.add_error(None, "The e-mail could not be sent. Try again in a few minutes.")
    return TemplateResponse(request, "accounts/email_change.html", {"form": form})


@require_safe
def email_change_confirm(request: ShopperRequest, token: str) -> HttpResponse:
    try:
        email_changes.confirm(request.user, token)
    except email_changes.LinkIsOver:
        return render(request, "accounts/email_change_over.html", status=404)
    messages.success(request, "Your new e-mail address is in use.")
    return redirect("accounts:profile")


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
def delete(request: ShopperRequest) -> HttpResponse:
    """End the account of a shopper. Orders stay: they are the shop's records."""
    user = request.user
    if user.is_staff or user.is_superuser or user.has_history:
        return render(request, "accounts/delete_staff.html", status=403)
    form = DeleteAccountForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        # None where the first half of a double click was faster.
        if account := User.objects.filter(pk=user.pk).first():
            account.delete()
        auth.logout(request)
        messages.success(request, "Your account has been deleted. Thanks for shopping with us.")
        return redirect("accounts:login")
    return TemplateResponse(request, "accounts/delete.html", {"form": form})
