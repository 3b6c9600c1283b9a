import logging
from collections.abc import Iterator
from functools import partial
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import forms as auth_forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.http import HttpRequest

from accounts import throttle
from accounts.backends import username_of
from accounts.background import do_soon, let_go_of_the_database
from accounts.models import User
from accounts.names import address_key, name_key
from accounts.throttle import Limit

logger = logging.getLogger(__name__)

NOT_AN_EMAIL = "This is not an e-mail address. Write it like name@example.com."


class PlainForm(forms.BaseForm):
    """A form with one button, and messages that say what to do."""

    button = ""
    button_class = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.add_input(Submit("submit", self.button, css_class=f"w-100 {self.button_class}"))
        for field in self.fields.values():
            label = str(field.label)
            field.error_messages["required"] = f"Enter your {label[:1].lower()}{label[1:]}."
            if isinstance(field, forms.EmailField):
                field.error_messages["invalid"] = NOT_AN_EMAIL
            if self.is_bound:  # shown again only with errors, and those have the focus
                field.widget.attrs.pop("autofocus", None)


class ThrottledForm(PlainForm):
    """Each sending is a try. One too many is not looked at: it shows the wait and what was typed.

    `accounts.middleware.TooManyTriesMiddleware` makes the answer a 429.
    """

    request: Any  # who fills in the form: each subclass says what it is

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def tries(self) -> list[tuple[Limit, str]]:
        """What counts as tried, and by whom."""
        raise NotImplementedError

    def full_clean(self) -> None:
        waits = (throttle.too_many(limit, who) for limit, who in self.tries())
        if self.is_bound and (seconds := next(filter(None, waits), 0)):
            self._errors, self.cleaned_data = ErrorDict(), {}
            self.add_error(None, throttle.refusal(seconds))
        else:
            super().full_clean()


class LoginForm(ThrottledForm, auth_forms.AuthenticationForm):
    request: HttpRequest
    button = "Log in"
    error_messages = {
        "invalid_login": "That name or address and the password don’t match. "
        "Check both and try again."
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "Username or e-mail address"
        self.fields["username"].error_messages["required"] = "Enter your username or address."

    def tries(self) -> list[tuple[Limit, str]]:
        return [
            (throttle.LOGIN, login_of(self.data.get("username", ""), self.request)),
            (throttle.LOGIN_ADDRESS, throttle.address_of(self.request)),
        ]

    def get_invalid_login_error(self) -> ValidationError:
        logger.warning("a login failed")
        return super().get_invalid_login_error()

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self.get_user():
            login, address = self.tries()
            throttle.forget(*login)
            throttle.take_back(*address)
        return data


def login_of(username: str, request: HttpRequest) -> str:
    """Who tries to log in: a name from an address, so that nobody can lock someone else out.

    The name as it is compared: in another spelling, or by its address, it is the same one.
    """
    return f"{name_key(username_of(username) or '')} {throttle.address_of(request)}"


class AdminLoginForm(LoginForm, AdminAuthenticationForm):
    error_messages = {
        "invalid_login": "That name or address and the password don’t match a staff account. "
        "Check both and try again."
    }


def new_password_field(label: str) -> forms.CharField:
    """One field: a slip can be corrected by a reset, and typing it twice helps nobody."""
    return forms.CharField(
        label=label,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 8 characters, not only digits, and not a common password.",
    )


class RegisterForm(ThrottledForm, forms.ModelForm):
    request: HttpRequest
    button = "Register"
    password1 = new_password_field("Password")

    class Meta:
        model = User
        fields = ("username", "email")
        # Reads a name as it will be stored: whether it is taken, or too long, is asked of that.
        field_classes = {"username": auth_forms.UsernameField}
        help_texts = {"username": "Letters, digits and @ . + - _ only."}
        error_messages = {"username": {"invalid": "Use letters, digits and @ . + - _ only."}}
        widgets = {
            "username": forms.TextInput(
                attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}
            ),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
        }

    def tries(self) -> list[tuple[Limit, str]]:
        return [(throttle.REGISTER_ADDRESS, throttle.address_of(self.request))]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        # Not said: a stranger would learn whose address has an account. Its owner is mailed.
        self.instance.shares_email = not self.instance.may_use(data.get("email", ""))
        if "password1" in data:
            # The validators compare the password with the name and the address.
            user = User(username=data.get("username", ""), email=data.get("email", ""))
            try:
                password_validation.validate_password(data["password1"], user)
            except ValidationError as error:
                self.add_error("password1", error)
        return data

    def save(self, commit: bool = True) -> User:
        user = super().save(commit=False)
        user.set_password(self.cleaned_data["password1"])
        if commit:
            user.save()
        return user


class PasswordResetForm(ThrottledForm, auth_forms.PasswordResetForm):
    request: HttpRequest
    button = "Send the link"

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def tries(self) -> list[tuple[Limit, str]]:
        address = throttle.address_of(self.request)
        return [
            # From an address: nobody can use up the resets of someone else.
            (throttle.RESET, f"{address_key(self.data.get('email', ''))} {address}"),
            (throttle.RESET_ADDRESS, address),
        ]

    def get_users(self, email: str) -> Iterator[User]:
        """Whose address it is, however it is spelt; the mail goes to it as the account has it."""
        theirs = User.objects.filter(email_key=address_key(email), is_active=True)
        return (user for user in theirs if user.has_usable_password())

    def send_mail(self, *args: Any, **kwargs: Any) -> None:
        """In the background: the page takes the same time whether there is an account or not."""
        do_soon(partial(self.send_mail_now, *args, **kwargs))

    def send_mail_now(self, *args: Any, **kwargs: Any) -> None:
        """The page says the same whether there is an account or not: also if its mail fails."""
        let_go_of_the_database()
        try:
            super().send_mail(*args, **kwargs)
        except Exception as error:  # sending is caught by Django, writing the mail is not
            logger.error("mail for a new password not written: %s", type(error).__name__)


class NewPasswordForm(PlainForm, auth_forms.SetPasswordForm):
    button = "Set password"
    new_password1 = new_password_field("New password")
    new_password2 = None  # type: ignore[assignment]  # Django's way to leave a field out

    def clean(self) -> dict[str, Any]:
        self.validate_password_for_user(self.user, "new_password1")
        return self.cleaned_data
