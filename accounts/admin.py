from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django_otp.plugins.otp_static.admin import StaticDevice
from django_otp.plugins.otp_totp.admin import TOTPDevice

from accounts.as_shown import AsShownAdmin, AsShownForm
from accounts.forms import AdminLoginForm
from accounts.large_lists import LargeListAdmin
from accounts.models import User
from accounts.next_page import only_own_next
from accounts.notices import tell
from accounts.rights import goes_beyond, groups_within, is_more, rights_of
from accounts.second_factor_admin import first_code

admin.site.login_form = AdminLoginForm
admin.site.login = only_own_next(admin.site.login)  # type: ignore[method-assign]
admin.site.logout = only_own_next(admin.site.logout)  # type: ignore[method-assign,assignment]


admin.site.unregister(Group)
# Their pages show keys and codes, with which anybody could come in as somebody else.
admin.site.unregister([TOTPDevice, StaticDevice])


@admin.register(Group)
class GroupAdmin(AsShownAdmin, DjangoGroupAdmin):
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self.is_within(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self.is_within(request, obj)

    def is_within(self, request: HttpRequest, group: Group | None) -> bool:
        """Whether it gives nothing that whoever asks has not."""
        return not (group and goes_beyond(group.permissions.all(), request.user))  # type: ignore[arg-type]

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field and field.queryset is not None:
            field.queryset = field.queryset.filter(pk__in=rights_of(request.user).values("pk"))
        return field


class UserForm(AsShownForm, UserChangeForm):
    pass


@admin.register(User)
class UserAdmin(LargeListAdmin, AsShownAdmin, DjangoUserAdmin):
    form = UserForm
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("username", "email", "usable_password", "password1", "password2"),
            },
        ),
    )
    list_display = ("username", "email", "is_staff", "is_active", "date_joined")
    date_hierarchy = "date_joined"
    sortable_by = ("username", "date_joined")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(first_code)
        name = "accounts_user_first_code"
        return [path("<int:pk>/first-code/", view, name=name), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        may_give = settings.STAFF_SECOND_FACTOR and request.user.is_superuser
        context = (extra_context or {}) | {"may_give_first_code": may_give}
        return super().change_view(request, object_id, form_url, context)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Of somebody who is more, nothing: neither the password nor the address it can be reset
        by."""
        is_allowed = super().has_change_permission(request, obj)
        return is_allowed and not (obj and is_more(obj, than=request.user))  # type: ignore[arg-type]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_allowed = super().has_delete_permission(request, obj)
        return is_allowed and not (obj and is_more(obj, than=request.user))  # type: ignore[arg-type]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else [*fields, "is_superuser"]

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        """To choose from there is only what whoever gives it has."""
        has = {"groups": groups_within, "user_permissions": rights_of}[db_field.name]
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field and field.queryset is not None:
            field.queryset = field.queryset.filter(pk__in=has(request.user).values("pk"))
        return field

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """An address that staff correct ends the links that were sent; its owner hears of it."""
        is_new_address = change and "email" in form.changed_data
        super().save_model(request, obj, form, change)
        if is_new_address:
            User.objects.filter(pk=obj.pk).update(email_changes=F("email_changes") + 1)
            tell("email_changed", form.initial["email"], obj, new_email=obj.email)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """One at a time: each waits for its own orders that are just being recorded."""
        for user in queryset:
            user.delete()

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What goes with an account goes whoever deletes it: on its own nobody may delete it."""
        to_delete, counts, _permissions, protected = super().get_deleted_objects(objs, request)
        if any(user.has_history for user in objs):
            protected = [
                "It did something in the admin, and the history keeps who did what. Make the "
                "account inactive instead: nobody can log in with it, and the history stays whole."
            ]
        denied = {"user" for user in objs if not self.has_delete_permission(request, user)}
        return to_delete, counts, denied, protected
