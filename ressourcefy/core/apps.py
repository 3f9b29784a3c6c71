"""The core app."""

from django.apps import AppConfig
from django.core.cache import close_caches
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, reset_queries


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        import core.outbox.pruning  # noqa: PLC0415 - registers what it prunes
        import core.services.limits  # noqa: F401, PLC0415 - the same

        # Each looks at every connection there is. After a request, once is enough to give back what
        # is old or broken, and our caches have nothing to close.
        request_started.disconnect(close_old_connections)
        request_started.disconnect(reset_queries)
        request_finished.disconnect(close_caches)
