from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config import checks, deploy_checks  # noqa: F401  (registers the system checks)
