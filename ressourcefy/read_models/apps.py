"""The read models app."""

from django.apps import AppConfig


class ReadModelsConfig(AppConfig):
    name = "read_models"
