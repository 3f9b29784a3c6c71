"""Make the superadmin that the environment names (`docs/accounts.md`)."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from application.dto.commands import CreateSuperadminCommand
from application.use_cases.create_superadmin import CreateSuperadmin
from core.exceptions import DomainError

_VARIABLES = ("SUPERADMIN_EMAIL", "SUPERADMIN_PASSWORD", "SUPERADMIN_USERNAME")


class Command(BaseCommand):
    help = f"Make the superadmin named by {', '.join(_VARIABLES)}; repeating it changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        missing = [name for name in _VARIABLES if not os.environ.get(name)]
        if missing:
            raise CommandError(f"Set {', '.join(missing)}. There are no default values.")
        email, password, username = (os.environ[name] for name in _VARIABLES)
        try:
            superadmin = CreateSuperadmin().execute(
                CreateSuperadminCommand(email=email, password=password, username=username)
            )
        except DomainError as error:
            raise CommandError(_explained(error)) from error
        done = "is ready" if superadmin.changed else "was there already; nothing was changed"
        self.stdout.write(f"The superadmin {done}.")


def _explained(error: DomainError) -> str:
    """The reasons by variable; never a value, one of them is a password."""
    reasons = [
        f"SUPERADMIN_{field.upper()}: {text}"
        for field, texts in error.details.items()
        for text in texts
    ]
    return " ".join(reasons) or error.message
