"""The application app: use cases, policies and event handlers."""

from importlib import import_module
from pkgutil import iter_modules

from django.apps import AppConfig


class ApplicationConfig(AppConfig):
    name = "application"

    def ready(self) -> None:
        """Register the checks, and the handlers of events: both have to wait for the models."""
        import_module("application.checks")
        handlers = import_module("application.event_handlers")
        for module in iter_modules(handlers.__path__):
            import_module(f"{handlers.__name__}.{module.name}")
