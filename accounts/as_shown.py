"""The admin's forms: they write what was changed in them, and undo no colleague.

Each field carries what the page showed, as Django's hidden initial value. A field that was left
alone is not written; one that was changed here and, since the page was opened, by somebody else is
refused in words, once: whoever saves again knows what is there now.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, models, transaction
from django.db.models import Model
from django.forms.models import model_to_dict
from django.forms.utils import to_current_timezone
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.formats import localize
from django.utils.functional import cached_property
from django.utils.text import Truncator
from django.utils.timezone import localtime

from accounts.locking import lock

# Longer texts are named in the history, not quoted.
LONGEST_QUOTED = 100


def log_change(request: HttpRequest, rows: Iterable[Model], words: str) -> None:
    """What somebody of the staff did to rows other than by their form, for the history of each."""
    LogEntry.objects.log_actions(str(request.user.pk), rows, CHANGE, words)


class HiddenKeys(forms.HiddenInput):
    """Several keys in one input: Django's own has none to say that there were none."""

    def format_value(self, value: Any) -> str:
        return ",".join(sorted(map(str, value or ())))

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str] | None:
        sent = data.get(name)
        return None if sent is None else [key for key in sent.split(",") if key]


class HiddenMoment(forms.HiddenInput):
    """Day and time in one input: Django's own forgets, on a page with errors, what it showed."""

    def format_value(self, value: Any) -> str:
        if isinstance(value, datetime):
            value = to_current_timezone(value).strftime("%Y-%m-%d,%H:%M:%S").split(",")
        return ",".join(part or "" for part in value or ("", ""))

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str] | None:
        sent = data.get(name)
        return None if sent is None else list(sent.partition(",")[::2])


class DigitsInput(forms.TextInput):
    """Digits that no mouse wheel changes."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "numeric", "class": "vIntegerField", **(attrs or {})})


class AsShownForm(forms.ModelForm):
    """Compares with what the page showed. Valid only within a transaction: it locks its row."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What was changed, in words, once the form is valid.
        self.changes: list[str] = []
        for field in self.fields.values():
            if isinstance(field.widget, forms.SplitDateTimeWidget):  # the label is of neither part
                for part, name in zip(field.widget.widgets, ("date", "time"), strict=True):
                    part.attrs["aria-label"] = f"{field.label}, {name}"
        self.compared = [] if self.instance.pk is None else list(self.fields)
        for name in self.compared:
            field = self.fields[name]
            field.show_hidden_initial = not field.disabled
            if isinstance(field, forms.ModelMultipleChoiceField):
                field.hidden_widget = HiddenKeys
            elif isinstance(field, forms.SplitDateTimeField):
                field.hidden_widget = HiddenMoment
        self.compared = [name for name in self.compared if self.fields[name].show_hidden_initial]

    def shown(self, name: str) -> Any:
        """What the page showed, as the browser sends it back; None where it did not."""
        hidden = self.fields[name].hidden_widget()
        return hidden.value_from_datadict(self.data, self.files, self[name].html_initial_name)

    @cached_property
    def changed_data(self) -> list[str]:
        return [bound.name for bound in self if self.is_changed(bound)]

    def is_changed(self, bound: forms.BoundField) -> bool:
        """Whether somebody typed another value than the page showed."""
        shown = self.shown(bound.name) if bound.name in self.compared else None
        if shown is None or isinstance(bound.field, forms.FileField):
            # Nothing to compare with but the row; and an upload is always news.
            return bound.field.has_changed(bound.initial, bound.data)
        try:
            return bound.field.has_changed(bound.field.to_python(shown), bound.data)
        except forms.ValidationError:
            return True

    def _post_clean(self) -> None:
        """What was left alone stays as it is in the row, and is checked together with the rest."""
        if self.compared and self.changed_data:
            self.compare()
        for name in set(self.compared) - set(self.changed_data):
            self.cleaned_data.pop(name, None)
        super()._post_clean()  # type: ignore[misc]

    def lock_row(self) -> None:
        """Read the row again, and keep it until the end of the transaction."""
        rows = type(self.instance)._base_manager.select_for_update(no_key=True)
        self.instance.refresh_from_db(from_queryset=rows)

    def compare(self) -> None:
        try:
            self.lock_row()
        except ObjectDoesNotExist:
            self.add_error(None, "It was deleted since you opened this page.")
            return
        self.initial = {
            **self.initial,
            **model_to_dict(self.instance, fields=self.compared),
        }
        for name in [name for name in self.changed_data if name in self.compared]:
            self.compare_field(self[name], self.get_initial_for_field(self.fields[name], name))

    def compare_field(self, bound: forms.BoundField, now: Any) -> None:
        name, field = bound.name, bound.field
        if name in self.errors:
            return
        shown, is_file = self.shown(name), isinstance(field, forms.FileField)
        if not is_file and not field.has_changed(now, bound.data):
            # Nothing to do: the first half of a double click, or a colleague, has made it so.
            self.changed_data.remove(name)
        elif shown is not None and has_moved(field, shown, now):
            self.add_error(name, refusal(field, shown, now))
            hidden = field.hidden_widget().format_value(field.prepare_value(now)) or ""
            self.data = seen = cast("QueryDict", self.data).copy()
            seen[bound.html_initial_name] = hidden
        else:
            self.changes.append(change_in_words(bound, now, self.cleaned_data.get(name)))


def has_moved(field: forms.Field, shown: Any, now: Any) -> bool:
    """Whether the row holds something else than the page showed."""
    if isinstance(field, forms.FileField):
        return bool(shown != str(now or ""))
    if isinstance(now, str):
        return now.split() != shown.split()  # browsers write line breaks in their own way
    return field.has_changed(now, shown)


def refusal(field: forms.Field, shown: Any, now: Any) -> str:
    if isinstance(field, forms.FileField):
        return "It was changed since you opened this page. Save again to put yours in its place."
    try:
        is_parts = isinstance(field, forms.MultiValueField)
        was = in_words(field, field.clean(shown) if is_parts else field.to_python(shown))
    except forms.ValidationError:  # a category, say, that is gone
        was = "something else"
    return (
        f"It was {was} when you opened this page, and a colleague has made it "
        f"{in_words(field, now)}. Save again to make it what you typed."
    )


def change_in_words(bound: forms.BoundField, before: Any, after: Any) -> str:
    """One change, for the history: "Price from $12.50 to $14.00"."""
    field, label = bound.field, str(bound.label)
    if isinstance(field, forms.FileField):
        return f"{label} from {file_in_words(before)} to {file_in_words(after)}"
    if isinstance(field, forms.ModelMultipleChoiceField):
        old, new = set(before or ()), set(after or ())
        parts = {"added": new - old, "taken away": old - new}
        told = [f"{what} {in_words(field, those)}" for what, those in parts.items() if those]
        return f"{label} ({'; '.join(told)})"
    if any(isinstance(value, str) and len(value) > LONGEST_QUOTED for value in (before, after)):
        return label
    return f"{label} from {in_words(field, before)} to {in_words(field, after)}"


def changed_forms(formset: Any) -> list[forms.BaseForm]:
    """Of rows within a page, in the order in which Django tells of them."""
    by_row = {id(form.instance): form for form in formset.forms}
    return [by_row[id(row)] for row, _ in formset.changed_objects]


def file_in_words(file: Any) -> str:
    name = str(file or "").rpartition("/")[2]
    return f"“{Truncator(name).chars(100)}”" if name else "nothing"


def in_words(field: forms.Field, value: Any) -> str:
    """A value as people call it, and not too long."""
    if value is True or value is False:
        return "yes" if value else "no"
    if not value and value != 0:
        return "nothing"
    if isinstance(field, forms.ModelMultipleChoiceField):
        return Truncator(", ".join(sorted(str(one) for one in value))).chars(1000)
    if isinstance(field, forms.ModelChoiceField) and not isinstance(value, Model):
        value = field.to_python(value)
    if isinstance(value, datetime):
        value = localtime(value)  # the row has it in another zone than the form
    if isinstance(value, str):
        return f"“{Truncator(' '.join(value.split())).chars(300)}”"
    own_words = getattr(field, "in_words", None)  # of an amount, which is a number in the row
    return str(own_words(value) if own_words else localize(value))


def listed(data: QueryDict) -> list[int]:
    """The primary keys of the rows that a list's form was sent for."""
    sent = (str(data[name]) for name in data if re.fullmatch(r"form-\d+-id", name))
    return [int(pk) for pk in sent if re.fullmatch(r"[0-9]{1,9}", pk)]


class AsShownAdmin(admin.ModelAdmin):
    """Pages and lists whose saves compare with what they showed, and whose history tells it."""

    form = AsShownForm
    formfield_overrides: ClassVar = {models.IntegerField: {"widget": DigitsInput}}

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        return super().get_changelist_form(request, **({"form": AsShownForm} | kwargs))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The rows are saved as they are listed, so they are locked before, in one order."""
        if "_save" not in request.POST:
            return super().changelist_view(request, extra_context)
        with transaction.atomic():
            lock(self.model._base_manager.filter(pk__in=listed(request.POST)))
            return super().changelist_view(request, extra_context)

    def changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        """Asked again where a colleague saved the same name meanwhile: now the form says so.

        Nothing was written by then; an error that has another cause comes again.
        """
        try:
            return super().changeform_view(request, *args, **options)
        except IntegrityError:
            for _, uploads in request.FILES.lists():
                for upload in uploads:
                    upload.seek(0)
            return super().changeform_view(request, *args, **options)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write what was changed, and nothing else."""
        if not change:
            obj.save()
            return
        columns = {field.name for field in obj._meta.concrete_fields}
        obj.save(update_fields=columns.intersection(form.changed_data))

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """As Django has it, with what each field was and is."""
        message = super().construct_change_message(request, form, formsets, add)
        changed = [part["changed"] for part in message if "changed" in part]
        rows = [row for formset in formsets or () for row in changed_forms(formset)]
        if len(rows) < len(changed):  # the page's own form comes first
            rows.insert(0, form)
        for part, row in zip(changed, rows, strict=True):
            if isinstance(row, AsShownForm):
                part["fields"] = row.changes
        return message

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Where nothing was changed there is no news."""
        return super().log_change(request, obj, message) if message else None
