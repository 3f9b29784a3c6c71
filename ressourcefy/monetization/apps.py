"""The monetization app."""

from django.apps import AppConfig


class MonetizationConfig(AppConfig):
    name = "monetization"

    def ready(self) -> None:
        import monetization.services.pruning  # noqa: F401, PLC0415 - registers what it prunes
