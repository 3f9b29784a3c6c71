"""The users app."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "users"

    def ready(self) -> None:
        import users.services.session_pruning  # noqa: F401, PLC0415 - registers what it prunes
