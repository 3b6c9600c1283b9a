from django.conf import settings
from django.conf.urls.static import static
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.static import serve

from accounts.views import login
from config import views

handler400 = "config.views.bad_request"
handler500 = "config.views.server_error"

urlpatterns = [
    path("", login, name="entry"),
    path("accounts/", include("accounts.urls")),
    path("", include("shop.urls")),
    path("", include("orders.urls")),
    path("healthz/", views.healthz, name="healthz"),
    path("favicon.ico", views.favicon),
    path("admin/", admin.site.urls),
]
if settings.STRIPE_SIMULATED:
    urlpatterns.append(path("stripe-simulator/", include("stripe_simulator.urls")))
urlpatterns += static(
    settings.MEDIA_URL, view=login_not_required(serve), document_root=settings.MEDIA_ROOT
)
