from django.apps import apps
from django.contrib import admin
from django.urls import include, path

from accounts.views import login
from config import views

handler400 = "config.views.bad_request"
handler403 = "config.views.no_access"
handler404 = "config.views.not_found"
handler500 = "config.views.server_error"

urlpatterns = [
    path("", login, name="entry"),
    path("accounts/", include("accounts.urls")),
    path("", include("shop.urls")),
    path("", include("orders.urls")),
    path("healthz/", views.healthz, name="healthz"),
    path("favicon.ico", views.favicon),
    path("admin/", admin.site.urls),
    path("media/<path:path>", views.media, name="media"),
]
# This file is read at the first request. What depends on a setting that a test may have changed
# by then is decided by the views.
if apps.is_installed("stripe_simulator"):
    urlpatterns.append(path("stripe-simulator/", include("stripe_simulator.urls")))
