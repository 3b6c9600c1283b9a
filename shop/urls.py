from django.urls import path, register_converter
from django.urls.converters import StringConverter

from shop import cart_views, checkout_views, later_views, views


class AnyScript(StringConverter):
    """A slug in whatever script the product's name is written."""

    regex = r"[-\w]+"


register_converter(AnyScript, "any_slug")

app_name = "shop"
urlpatterns = [
    path("home/", views.home, name="home"),
    path("products/<any_slug:slug>/", views.product, name="product"),
    path("pages/<any_slug:slug>/", views.page, name="page"),
    path("cart/", cart_views.cart, name="cart"),
    path("cart/add/<int:product_id>/", cart_views.cart_add, name="cart-add"),
    path("cart/update/", cart_views.cart_update, name="cart-update"),
    path("cart/save/<int:product_id>/", later_views.cart_save, name="cart-save"),
    path("saved/add/<int:product_id>/", later_views.save, name="save"),
    path("saved/remove/<int:product_id>/", later_views.unsave, name="unsave"),
    path("back-in-stock/ask/<int:product_id>/", later_views.tell_me, name="tell-me"),
    path("back-in-stock/cancel/<int:product_id>/", later_views.never_mind, name="never-mind"),
    path("checkout/", checkout_views.checkout_cart, name="checkout-cart"),
    path("checkout/<int:product_id>/", checkout_views.checkout, name="checkout"),
]
