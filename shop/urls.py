from django.urls import path

from shop import cart_views, checkout_views, views

app_name = "shop"
urlpatterns = [
    path("home/", views.home, name="home"),
    path("products/<slug:slug>/", views.product, name="product"),
    path("pages/<slug:slug>/", views.page, name="page"),
    path("cart/", cart_views.cart, name="cart"),
    path("cart/add/<int:product_id>/", cart_views.cart_add, name="cart-add"),
    path("cart/update/", cart_views.cart_update, name="cart-update"),
    path("checkout/", checkout_views.checkout_cart, name="checkout-cart"),
    path("checkout/<int:product_id>/", checkout_views.checkout, name="checkout"),
]
