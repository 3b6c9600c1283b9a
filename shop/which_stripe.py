"""A database belongs to real Stripe or to the simulator: what it holds of it tells which."""

from django.conf import settings

from shop.models import Checkout, StripeCustomer

SIMULATED_BUT_REAL = (
    "This database holds sessions of real Stripe, but payments are simulated: the environment of "
    "the shop (STRIPE_SECRET_KEY, DEBUG=false) is missing. Nothing was done."
)
REAL_BUT_SIMULATED = (
    "This database holds simulated payments, but STRIPE_SECRET_KEY is set. Set DATABASE_URL to "
    "another database for real Stripe, or remove the one under var/. Nothing was done."
)
# Whether payments are simulated, once this process has seen that the database belongs to that and
# is in use. So it stays: whoever is wrong about it refuses from then on.
known_right: set[bool] = set()


def wrong_stripe() -> str:
    """Why Stripe must not be asked about this database, in words; nothing where it may.

    A command from cron that lacks the shop's environment would otherwise ask the simulator about
    real sessions, hear that there are none, and end checkouts that are just being paid.
    """
    if settings.STRIPE_SIMULATED in known_right:
        return ""
    checkouts, customers = Checkout.objects.all(), StripeCustomer.objects.all()
    # The checkouts first: of a shop that is not migrated yet they are all there is.
    if settings.STRIPE_SIMULATED:
        if checkouts.real().exists() or customers.real().exists():
            return SIMULATED_BUT_REAL
        is_in_use = checkouts.simulated().exists()
    else:
        if checkouts.simulated().exists() or customers.simulated().exists():
            return REAL_BUT_SIMULATED
        is_in_use = checkouts.real().exists()
    if is_in_use:
        known_right.add(settings.STRIPE_SIMULATED)
    return ""
