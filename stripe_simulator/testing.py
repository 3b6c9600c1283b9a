"""What tests say to the simulator, gathered in one place.

session_id = ...                       # of a session that the shop made
pay(session_id)                        # the buyer pays, and closes the tab
pay(session_id, card=DECLINED)         # raises ApiError
set_webhooks("lost")                   # from here on events do not arrive
inject_fault("POST", "/v1/refunds", "read_timeout_after")
deliver_due()                          # events arrive (see delivery for the seam)
"""

from . import endpoints  # noqa: F401  (registers the routes that inject_fault checks)
from .acts import apply_promotion_code, expire, pay, settle
from .afterwards import close_dispute, fail_refund, open_dispute, refund_at_stripe, succeed_refund
from .cards import DECLINED, NEEDS_CONFIRMATION, PAYS
from .delivery import deliver_due
from .errors import ApiError
from .events import resend, set_webhooks
from .faults import clear_faults, inject_fault
from .idempotency import set_strict_bodies
from .late import deliver_late
from .recording import record_to

__all__ = [
    "DECLINED",
    "NEEDS_CONFIRMATION",
    "PAYS",
    "ApiError",
    "apply_promotion_code",
    "clear_faults",
    "close_dispute",
    "deliver_due",
    "deliver_late",
    "expire",
    "fail_refund",
    "inject_fault",
    "open_dispute",
    "pay",
    "record_to",
    "refund_at_stripe",
    "resend",
    "set_strict_bodies",
    "set_webhooks",
    "settle",
    "succeed_refund",
]
