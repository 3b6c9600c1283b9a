from django.urls import path

from shop import cart_views, views

app_name = "shop"
urlpatterns = [
    path("home/", views.home, name="home"),
    path("products/<slug:slug>/", views.product, name="product"),
    path("cart/", cart_views.cart, name="cart"),
    path("cart/add/<int:product_id>/", cart_views.cart_add, name="cart-add"),
    path("cart/update/", cart_views.cart_update, name="cart-update"),
    path("checkout/", cart_views.checkout_cart, name="checkout-cart"),
    path("checkout/<int:product_id>/", views.checkout, name="checkout"),
]
