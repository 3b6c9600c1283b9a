"""What can go wrong with Stripe, in a few errors of our own: named for what the shop does then."""


class PaymentError(Exception):
    """Stripe could not be asked, or did not answer in time: what it did is not known."""


class AnswerIsSaved(PaymentError):
    """Stripe gives no other answer under this key for a day: an error of its own, say.

    Whether it did what it was asked for is not known. See
    https://docs.stripe.com/api/idempotent_requests
    """


class PaymentRefused(PaymentError):
    """Stripe answered and refused: nothing was done."""


class SessionUnknown(PaymentRefused):
    """There is no such session in the Stripe account whose key is set."""


class CustomerUnknown(PaymentRefused):
    """The account whose key is set has no such customer: deleted there, or of another key."""


class WrongStripe(PaymentError):
    """The database holds sessions of real Stripe and the simulator is in use, or vice versa."""


class BadSignature(Exception):
    """A webhook that Stripe did not sign, or that is not an event."""
