"""The core app."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        import core.outbox.pruning  # noqa: PLC0415 - registers what it prunes
        import core.services.limits  # noqa: F401, PLC0415 - the same
