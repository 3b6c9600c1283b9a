from django.urls import path

from accounts import second_factor_views, views

app_name = "accounts"
urlpatterns = [
    path("register/", views.register, name="register"),
    path("login/", views.login, name="login"),
    path("logout/", views.logout, name="logout"),
    path("profile/", views.profile, name="profile"),
    path("email_change/", views.email_change, name="email-change"),
    path(
        "email_change/<token>/",
        views.email_change_confirm,
        name="email-change-confirm",
    ),
    path("delete/", views.delete, name="delete"),
    path("password_change/", views.password_change, name="password-change"),
    path("password_change/done/", views.password_change_done, name="password-change-done"),
    path("code/", second_factor_views.code, name="code"),
    path("device/", second_factor_views.device, name="device"),
    path("device/new/", second_factor_views.new_device, name="new-device"),
    path("device/new/qr.svg", second_factor_views.new_device_qr, name="new-device-qr"),
    path("device/recovery_codes/", second_factor_views.recovery_codes, name="recovery-codes"),
    path("password_reset/", views.password_reset, name="password-reset"),
    path("password_reset/done/", views.password_reset_done, name="password-reset-done"),
    path(
        "password_reset/<uidb64>/<token>/",
        views.password_reset_confirm,
        name="password-reset-confirm",
    ),
    path(
        "password_reset/complete/",
        views.password_reset_complete,
        name="password-reset-complete",
    ),
]
