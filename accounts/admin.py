from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.as_shown import AsShownAdmin, AsShownForm
from accounts.forms import AdminLoginForm
from accounts.models import User
from accounts.next_page import only_own_next

admin.site.login_form = AdminLoginForm
admin.site.login = only_own_next(admin.site.login)  # type: ignore[method-assign]
admin.site.logout = only_own_next(admin.site.logout)  # type: ignore[method-assign,assignment]


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(AsShownAdmin, DjangoGroupAdmin):
    pass


class UserForm(AsShownForm, UserChangeForm):
    pass


@admin.register(User)
class UserAdmin(AsShownAdmin, DjangoUserAdmin):
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
        return to_delete, counts, set(), protected
