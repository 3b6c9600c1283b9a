from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ShopConfig(AppConfig):
    name = "shop"

    def ready(self) -> None:
        from shop import search_index

        post_migrate.connect(search_index.make, sender=self)
