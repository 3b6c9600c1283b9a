from django.apps import AppConfig


class StripeSimulatorConfig(AppConfig):
    name = "stripe_simulator"
    verbose_name = "Stripe simulator"
