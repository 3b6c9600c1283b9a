from django.urls import path

from . import dashboard, views

app_name = "stripe_simulator"

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("webhooks/", dashboard.set_webhooks, name="set-webhooks"),
    path("sessions/<str:session_id>/<slug:act>/", dashboard.act, name="act"),
    path("c/pay/<str:session_id>/", views.checkout, name="checkout"),
    path("c/pay/<str:session_id>/code/", views.promotion_code, name="promotion-code"),
    path("c/pay/<str:session_id>/shipping/", views.shipping, name="shipping"),
    path("c/pay/<str:session_id>/confirm/", views.confirm, name="confirm"),
]
