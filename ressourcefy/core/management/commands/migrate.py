"""`manage.py migrate`: Django's, as the owner role where there is one (`docs/deployment.md`)."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS, connections, transaction

_OWNER = "owner"
_PRIVILEGES = Path(__file__).resolve().parents[4] / "deploy" / "privileges.sql"


class Command(migrate.Command):
    """With DATABASE_OWNER_URL it also gives the application's role what it may do, no more."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        if _OWNER in settings.DATABASES:
            parser.set_defaults(database=_OWNER)

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        # A part, or one step back, leaves out tables that the statements name.
        is_whole = not (options["app_label"] or options["plan"] or options["check_unapplied"])
        if options["database"] == _OWNER and is_whole:
            self._give_privileges()

    def _give_privileges(self) -> None:
        owner, app = _role(_OWNER), _role(DEFAULT_DB_ALIAS)
        if owner == app:
            return
        connection = connections[_OWNER]
        statements = _PRIVILEGES.read_text().replace(':"app"', connection.ops.quote_name(app))
        with transaction.atomic(using=_OWNER), connection.cursor() as cursor:
            cursor.execute(statements)
        self.stdout.write(f"The role {app} has its privileges.")


def _role(alias: str) -> str:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])
