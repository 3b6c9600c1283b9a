"""What tests say to the simulator, gathered in one place.

session_id = ...                       # of a session that the shop made
pay(session_id)                        # the buyer pays, and closes the tab
pay(session_id, card=DECLINED)         # raises ApiError
set_webhooks("lost")                   # from here on events do not arrive
inject_fault("POST", "/v1/refunds", "read_timeout_after")
deliver_due()                          # events arrive (see delivery for the seam)
move_refund(refund_id, "failed")       # banks and people at Stripe do their part
open_dispute(payment_intent_id, status="warning_needs_response")
foreign_session({"site": "another"})   # other tools use the same account
delete_customer(customer_id)           # someone does it in the dashboard
override(object_id, status=None)       # Stripe says something odd
restrict_key({"refunds": "write"})     # all else answers 403
"""

from . import endpoints  # noqa: F401  (registers the routes that inject_fault checks)
from .account import restrict_key, set_account, set_tax_settings, set_webhook_endpoints
from .acts import apply_promotion_code, choose_shipping, delete_customer, expire, pay, settle
from .cards import DECLINED, NEEDS_CONFIRMATION, PAYS
from .delivery import deliver_due
from .disputes import close_dispute, early_fraud_warning, move_dispute, open_dispute
from .errors import ApiError
from .events import resend, set_webhooks
from .faults import clear_faults, inject_fault
from .foreign import (
    edit_metadata,
    emit,
    foreign_payment,
    foreign_refund,
    foreign_session,
)
from .idempotency import set_strict_bodies
from .late import deliver_late
from .oddities import override, set_nulls
from .recording import record_to
from .refunds import (
    fail_refund,
    move_refund,
    refund_at_stripe,
    set_refund_metadata,
    succeed_refund,
)

__all__ = [
    "DECLINED",
    "NEEDS_CONFIRMATION",
    "PAYS",
    "ApiError",
    "apply_promotion_code",
    "choose_shipping",
    "clear_faults",
    "close_dispute",
    "delete_customer",
    "deliver_due",
    "deliver_late",
    "early_fraud_warning",
    "edit_metadata",
    "emit",
    "expire",
    "fail_refund",
    "foreign_payment",
    "foreign_refund",
    "foreign_session",
    "inject_fault",
    "move_dispute",
    "move_refund",
    "open_dispute",
    "override",
    "pay",
    "record_to",
    "refund_at_stripe",
    "resend",
    "restrict_key",
    "set_account",
    "set_nulls",
    "set_refund_metadata",
    "set_strict_bodies",
    "set_tax_settings",
    "set_webhook_endpoints",
    "set_webhooks",
    "settle",
    "succeed_refund",
]
