from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User

# The ids that the simulator gives its customers: from the first of these up to the second.
SIMULATED_CUSTOMERS = ("cus_simulated", "cus_simulatee")


class StripeCustomerQuerySet(models.QuerySet["StripeCustomer"]):
    def simulated(self) -> "StripeCustomerQuerySet":
        start, end = SIMULATED_CUSTOMERS
        return self.filter(stripe_id__gte=start, stripe_id__lt=end)

    def real(self) -> "StripeCustomerQuerySet":
        start, end = SIMULATED_CUSTOMERS
        return self.filter(Q(stripe_id__lt=start) | Q(stripe_id__gte=end))


class StripeCustomer(models.Model):
    """By which Stripe's page knows a returning shopper: name, address and, if agreed there, card.

    Stripe makes it when the shopper first pays. One that no account has, or has any more, is to be
    deleted at Stripe: the reconciler does it, and then the row goes, too.
    """

    stripe_id = models.CharField(max_length=255, unique=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="stripe_customer"
    )

    objects = StripeCustomerQuerySet.as_manager()

    def __str__(self) -> str:
        return self.stripe_id

    @classmethod
    def id_of(cls, user: User) -> str:
        """Stripe's id of the account's customer; nothing before the first payment."""
        found = cls.objects.filter(user=user).values_list("stripe_id", flat=True)
        return found.first() or ""

    @classmethod
    def keep(cls, stripe_id: str, user: User | None) -> None:
        """Note a customer that a payment of the user's has made; of several, the first is kept.

        A page that is open now may be the first one's, never one of the others'. Call it in a
        transaction that holds the user's lock: there whoever keeps one waits for the other, and for
        the deletion of the account.
        """
        kept = Q(stripe_id=stripe_id) | (Q(user=user) if user else Q())
        found = list(cls.objects.filter(kept).values_list("stripe_id", flat=True))
        if stripe_id not in found:
            customer = StripeCustomer(stripe_id=stripe_id, user=None if found else user)
            # Written by somebody else meanwhile, who holds no user either, it is as good.
            StripeCustomer.objects.bulk_create([customer], ignore_conflicts=True)
