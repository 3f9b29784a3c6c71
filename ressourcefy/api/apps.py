"""The API app: everything that speaks HTTP."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "api"
