"""`manage.py erase_accounts`: leave nothing personal of deleted accounts (`docs/privacy.md`)."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from application.dto.commands import EraseAccountsCommand
from application.use_cases.erase_accounts import EraseAccounts
from core.exceptions import DomainError


class Command(BaseCommand):
    """Workers do it of their own accord; this is for whoever wants it now."""

    help = "Erase the accounts whose grace period is over, or one deleted account at once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", type=UUID, help="the id of a deleted account")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = EraseAccounts().execute(EraseAccountsCommand(user_id=options["user"]))
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{done.erased} accounts were erased.")
        if done.failed:
            raise CommandError(f"{done.failed} could not be: see the log, and try again.")
