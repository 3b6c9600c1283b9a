"""Forms of someone who is logged in. What could take an account away asks for the password."""

from django import forms
from django.contrib.auth import forms as auth_forms
from django.core.exceptions import ValidationError

from accounts import throttle
from accounts.forms import NewPasswordForm, ThrottledForm
from accounts.http import ShopperRequest
from accounts.throttle import Limit

WRONG_PASSWORD = "This is not your password. Enter the one you log in with."  # noqa: S105


class PasswordCheckForm(ThrottledForm, forms.Form):
    """Asks whoever is logged in for the password again."""

    request: ShopperRequest
    password = forms.CharField(
        label="Password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def tries(self) -> list[tuple[Limit, str]]:
        return [(throttle.PASSWORD, str(self.request.user.pk))]

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        if not self.request.user.check_password(password):
            raise ValidationError(WRONG_PASSWORD)
        throttle.forget(throttle.PASSWORD, str(self.request.user.pk))
        return password


class DeleteAccountForm(PasswordCheckForm):
    button = "Delete my account"
    button_class = "btn-danger"


class EmailChangeForm(PasswordCheckForm):
    button = "Send the link"
    email = forms.EmailField(
        label="New e-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    field_order = ("email", "password")

    def tries(self) -> list[tuple[Limit, str]]:
        return [*super().tries(), (throttle.EMAIL_CHANGE, str(self.request.user.pk))]

    def clean_email(self) -> str:
        email = self.cleaned_data["email"]
        if email == self.request.user.email:
            raise ValidationError("This is already your address. Enter the new one.")
        return email


class PasswordChangeForm(ThrottledForm, NewPasswordForm, auth_forms.PasswordChangeForm):
    button = "Change password"
    error_messages = {"password_incorrect": WRONG_PASSWORD}

    def tries(self) -> list[tuple[Limit, str]]:
        return [(throttle.PASSWORD, str(self.user.pk))]

    def clean_old_password(self) -> str:
        password = super().clean_old_password()
        throttle.forget(throttle.PASSWORD, str(self.user.pk))
        return password
