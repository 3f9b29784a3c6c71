"""The API app: everything that speaks HTTP."""

from importlib import import_module

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "api"

    def ready(self) -> None:
        """Register the tables of the administration, so that checks see them, and its pruning."""
        import_module("api.admin.urls")
        import_module("api.admin.pruning")
