from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin

from accounts.forms import AdminLoginForm
from accounts.models import User
from accounts.next_page import only_own_next

admin.site.login_form = AdminLoginForm
admin.site.login = only_own_next(admin.site.login)  # type: ignore[method-assign]
admin.site.logout = only_own_next(admin.site.logout)  # type: ignore[method-assign,assignment]


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
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
