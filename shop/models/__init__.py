"""What is sold, what shoppers mean to buy, and what they are about to pay."""

from shop.models.cart import CartItem
from shop.models.catalogue import (
    COMMON_POSITION,
    LONGEST_VARIANT,
    MAX_QUANTITY,
    Category,
    Family,
    OutOfStock,
    Product,
    Shelf,
    full_name,
    stored_picture,
)
from shop.models.checkout import (
    CHECKOUT_LIFETIME,
    REUSABLE_UNTIL,
    SIMULATED_SESSIONS,
    Checkout,
    CheckoutLine,
)
from shop.models.customer import SIMULATED_CUSTOMERS, StripeCustomer
from shop.models.delivery import MOST_OFFERED, DeliveryOption, Offer
from shop.models.identity import Shop
from shop.models.later import BackInStockRequest, SavedProduct
from shop.models.page import SAMPLE, Page, links_to_pages
from shop.models.picture import ProductPicture
from shop.models.products import FEW_LEFT, ProductQuerySet
from shop.models.stock import StockMoved, StockMovement

__all__ = [
    "CHECKOUT_LIFETIME",
    "COMMON_POSITION",
    "FEW_LEFT",
    "LONGEST_VARIANT",
    "MAX_QUANTITY",
    "MOST_OFFERED",
    "REUSABLE_UNTIL",
    "SAMPLE",
    "SIMULATED_CUSTOMERS",
    "SIMULATED_SESSIONS",
    "BackInStockRequest",
    "CartItem",
    "Category",
    "Checkout",
    "CheckoutLine",
    "DeliveryOption",
    "Family",
    "Offer",
    "OutOfStock",
    "Page",
    "Product",
    "ProductPicture",
    "ProductQuerySet",
    "SavedProduct",
    "Shelf",
    "Shop",
    "StockMoved",
    "StockMovement",
    "StripeCustomer",
    "full_name",
    "links_to_pages",
    "stored_picture",
]
