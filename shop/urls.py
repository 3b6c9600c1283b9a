from django.urls import path

from shop import views

app_name = "shop"
urlpatterns = [
    path("home/", views.home, name="home"),
    path("products/<slug:slug>/", views.product, name="product"),
    path("checkout/<int:product_id>/", views.checkout, name="checkout"),
]
