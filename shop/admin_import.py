"""The pages on which staff bring products from a file into the shop, and take them out into one."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.defaultfilters import pluralize
from django.views.decorators.http import require_http_methods, require_POST

from shop.importing import Report, import_products
from shop.models import Product
from shop.product_csv import COLUMNS, MOST_BYTES, MOST_ROWS, Unreadable, products_csv
from shop.spreadsheet import KindField

NEEDED = ("shop.view_product", "shop.add_product", "shop.change_product")
SALT = "shop.admin_import"


class FileForm(forms.Form):
    file = forms.FileField(
        label="CSV file",
        help_text=f"At most {MOST_ROWS:,} products and {MOST_BYTES:,} bytes, in UTF-8.",
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def clean_file(self) -> bytes:
        file: UploadedFile = self.cleaned_data["file"]
        return bytes(file.read(MOST_BYTES + 1))


class CheckedForm(forms.Form):
    """A file that was looked through, and what was said of it then."""

    checked = forms.CharField(widget=forms.HiddenInput())

    def clean_checked(self) -> tuple[bytes, str]:
        try:
            text, fingerprint = signing.loads(self.cleaned_data["checked"], salt=SALT)
        except signing.BadSignature:
            raise forms.ValidationError("Choose the file again.") from None
        return text.encode(), fingerprint


class KindForm(forms.Form):
    kind = KindField(label="Prices")


def check(request: HttpRequest) -> None:
    if not request.user.has_perms(NEEDED):
        raise PermissionDenied


@require_http_methods(["GET", "POST"])
def import_file(request: HttpRequest) -> HttpResponse:
    """Says what an import would do, row by row, and writes nothing."""
    check(request)
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data["file"]
        try:
            return show_report(request, data, import_products(data, dry_run=True))
        except Unreadable as error:
            form.add_error("file", str(error))
    return show(request, {"form": form})


@require_POST
def import_checked(request: HttpRequest) -> HttpResponse:
    check(request)
    form = CheckedForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Nothing was imported. Choose the file again.")
        return redirect("admin:shop_product_import")
    data, expected = form.cleaned_data["checked"]
    try:
        report = import_products(data, request.user, expected=expected)  # type: ignore[arg-type]
    except Unreadable as error:
        messages.error(request, f"Nothing was imported. {error}")
        return redirect("admin:shop_product_import")
    if not report.is_written:
        words = "Nothing was imported: products were changed since you looked. This is news."
        messages.error(request, words)
        return show_report(request, data, report)
    messages.success(request, f"Imported: {report.summary}.")
    return redirect("admin:shop_product_changelist")


def show_report(request: HttpRequest, data: bytes, report: Report) -> HttpResponse:
    signed = signing.dumps([data.decode("utf-8-sig"), report.fingerprint], salt=SALT, compress=True)
    form = CheckedForm(initial={"checked": signed})
    return show(request, {"report": report, "checked_form": form, "form": FileForm()})


def show(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    common = admin.site.each_context(request)
    context |= {"title": "Import products", "columns": ", ".join(COLUMNS)}
    return render(request, "shop/admin/import.html", common | context)


@require_http_methods(["GET", "POST"])
def export_products(request: HttpRequest) -> HttpResponseBase:
    check(request)
    form = KindForm(request.POST or None)
    if not form.is_valid():
        context = admin.site.each_context(request) | {"title": "Export products", "form": form}
        return render(request, "shop/admin/export.html", context)
    number = Product.objects.count()
    LogEntry.objects.create(  # before the first row leaves
        user_id=str(request.user.pk),
        content_type=ContentType.objects.get_for_model(Product),
        object_repr=f"{number} product{pluralize(number)}",
        action_flag=CHANGE,
        change_message="Exported.",
    )
    return products_csv(Product.objects.all(), form.cleaned_data["kind"])
