"""The files of the money path, each with the tests that speak of it."""


def tests(app: str, names: str) -> list[str]:
    return [f"{app}/tests/test_{name}.py" for name in names.split()]


FILES = {
    "shop/checkout.py": [
        *tests("shop", "checkout stock delivery returning_shoppers too_many_checkouts"),
        *tests("orders", "rare_moments when_stripe_fails customers delayed wrong_stripe"),
    ],
    "shop/payments.py": [
        *tests("shop", "asked_of_stripe stripe_over_http when_busy checkout delivery"),
        *tests("shop", "returning_shoppers"),
        *tests("orders", "webhook wrong_clock check_stripe reconcile rare_moments delayed"),
        *tests("orders", "lost_refunds when_stripe_fails only_this_one identity wrong_stripe"),
        *tests("orders", "starving admin"),
    ],
    "shop/stripe_objects.py": [
        *tests("shop", "stripe_objects"),
        *tests("orders", "each_event delivery check_stripe"),
    ],
    "shop/session_params.py": tests("shop", "checkout delivery returning_shoppers"),
    "orders/recording.py": [
        *tests("orders", "recording delivery rare_moments odd_stripe identity interleaving"),
        *tests("orders", "customers delayed success when_stripe_fails rows_held"),
        *tests("shop", "stock stock_movements only_this_one"),
    ],
    "orders/refunds.py": [
        *tests("orders", "refunds lost_refunds refund_lines only_this_one when_stripe_fails"),
        *tests("orders", "interleaving rare_moments mails_due rows_held"),
    ],
    "orders/refund_lines.py": tests("orders", "refund_lines cancelling only_this_one"),
    "orders/cancelling.py": tests("orders", "cancelling only_this_one rows_held"),
    "orders/restock.py": tests("orders", "refund_lines cancelling only_this_one"),
    "orders/correcting.py": tests("orders", "correcting only_this_one rows_held"),
    "orders/disputes.py": tests(
        "orders", "refunds lost_refunds rare_moments only_this_one each_event rows_held"
    ),
    "orders/reconcile.py": [
        *tests("orders", "reconcile starving rare_moments when_stripe_fails lost_refunds"),
        *tests("orders", "mails_due back_in_stock customers delayed wrong_stripe"),
        *tests("shop", "sale_prices"),
    ],
    "orders/events.py": tests("orders", "webhook each_event rare_moments interleaving"),
    "orders/webhook.py": tests("orders", "webhook each_event wrong_clock"),
    "orders/mails.py": [
        *tests("orders", "mails mails_due resend odd_mails back_in_stock refused_addresses"),
        *tests("orders", "only_this_one shipping cancelling delayed chosen_orders"),
    ],
    "orders/admin_views.py": [
        *tests("orders", "refunds refund_lines cancelling shipping resend correcting admin"),
        *tests("orders", "only_this_one when_stripe_fails ways_back staff"),
        "tests/test_who_may_what.py",
    ],
    "orders/models/order.py": [
        *tests("orders", "only_this_one shipping refunds refund_lines cancelling correcting"),
        *tests("orders", "wrong_address admin lost_refunds chosen_orders"),
    ],
    "orders/models/refund.py": tests("orders", "refunds lost_refunds"),
    "orders/models/event.py": tests(
        "orders", "webhook only_this_one interleaving rare_moments wrong_clock"
    ),
    "shop/models/catalogue.py": [
        *tests("shop", "stock stock_movements sale_prices only_this_one own_hold families"),
        *tests("orders", "back_in_stock"),
    ],
    "shop/models/products.py": tests("shop", "only_this_one sale_prices own_hold"),
    "shop/models/checkout.py": [
        *tests("shop", "only_this_one stock stock_movements checkout own_hold"),
        *tests("orders", "rare_moments when_stripe_fails delayed mails"),
    ],
    "shop/models/stock.py": tests("shop", "stock stock_movements only_this_one"),
    "shop/models/customer.py": [
        *tests("shop", "returning_shoppers"),
        *tests("orders", "customers"),
    ],
}
