import logging
import math
import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts import second_factor, throttle
from accounts.forms import ThrottledForm
from accounts.http import ShopperRequest
from accounts.throttle import Limit

logger = logging.getLogger(__name__)

WRONG_CODE = (
    "This code does not fit, or has been used. Wait until your device shows the next one, or use "
    "another recovery code."
)


class CodeField(forms.CharField):
    """Digits, with whatever people write between them, in whatever script: plain digits."""

    def __init__(self, *digits: int, **options: Any) -> None:
        super().__init__(max_length=50, **options)
        self.digits = digits
        self.error_messages["invalid"] = (
            f"A code has {' or '.join(str(number) for number in digits)} digits."
        )
        self.widget.attrs |= {"autocomplete": "one-time-code", "inputmode": "numeric"}

    def to_python(self, value: Any) -> str:
        typed = re.sub(r"[\W_]", "", super().to_python(value) or "")
        if not typed:
            return ""
        if not typed.isdecimal() or len(typed) not in self.digits:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return "".join(str(unicodedata.decimal(digit)) for digit in typed)


class CodeForm(ThrottledForm, forms.Form):
    """Asks for a code of the device, or for a recovery code, and uses it up."""

    request: ShopperRequest
    device: Any = None  # whose code it was
    button = "Continue"
    code = CodeField(second_factor.DEVICE_DIGITS, second_factor.CODE_DIGITS, label="Code")

    def tries(self) -> list[tuple[Limit, str]]:
        who = f"{self.request.user.pk} {throttle.address_of(self.request)}"
        return [(throttle.CODE, who)]

    def clean(self) -> dict[str, Any]:
        if not self.errors and "code" in self.fields:
            self.use_up(self.cleaned_data["code"])
        if not self.errors:
            throttle.forget(*self.tries()[0])
        return self.cleaned_data

    def use_up(self, code: str) -> None:
        user = self.request.user
        device = second_factor.device_for(user, code)
        if device and (seconds := second_factor.seconds_to_wait(device)) > 0:
            logger.warning("too many wrong codes of staff")
            raise throttle.refusal(math.ceil(seconds))
        if not device or not second_factor.use_up(user, device, code):
            logger.warning("a wrong code of staff")
            self.add_error("code", WRONG_CODE)
            return
        self.device = device


class RecoveryCodesForm(CodeForm):
    button = "Make new recovery codes"


class NewDeviceForm(CodeForm):
    """The new device shows that it works; if there is one already, that one has to agree."""

    button = "Use this device"
    field_order = ("new_code", "code")
    step = -1
    new_code = CodeField(second_factor.DEVICE_DIGITS, label="Code of the new device")

    def __init__(self, *args: Any, key: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key = key
        self.fields["new_code"].error_messages["required"] = "Enter what the new device shows."
        if second_factor.device_of(self.request.user):
            self.fields["code"].label = "Code of your device so far, or a recovery code"
        else:
            del self.fields["code"]

    def clean_new_code(self) -> str:
        code = self.cleaned_data["new_code"]
        step = second_factor.step_of(self.key, code)
        if step is None:
            raise ValidationError(
                "This is not the code that the device should show now. Is its clock right?"
            )
        self.step = step
        return code
