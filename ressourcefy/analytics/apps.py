"""The analytics app."""

from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "analytics"

    def ready(self) -> None:
        import analytics.services.pruning  # noqa: F401, PLC0415 - registers what it prunes
