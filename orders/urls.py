from django.urls import path

from orders import views
from orders.webhook import stripe_webhook

app_name = "orders"
urlpatterns = [
    path("success/", views.success, name="success"),
    path("orders/", views.order_list, name="order-list"),
    path("orders/<slug:number>/", views.order, name="order"),
    path("orders/<slug:number>/receipt/", views.receipt, name="receipt"),
    path("orders/<slug:number>/reorder/", views.reorder, name="reorder"),
    path("orders/<slug:number>/correct-email/", views.correct_email, name="correct-email"),
    path("webhooks/stripe/", stripe_webhook, name="stripe-webhook"),
    # Without the slash too: Stripe does not follow the redirect that Django would answer.
    path("webhooks/stripe", stripe_webhook),
]
