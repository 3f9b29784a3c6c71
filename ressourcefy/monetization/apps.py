"""The monetization app."""

from django.apps import AppConfig


class MonetizationConfig(AppConfig):
    name = "monetization"
