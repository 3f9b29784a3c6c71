"""Compares our rows with Stripe's and repairs them (`docs/payments.md`)."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from application.dto.commands import ReconcileBillingCommand
from application.use_cases.reconcile_billing import ReconcileBilling
from core.management.progress import Progress
from users.models import User, normal_email


class Command(BaseCommand):
    help = "Compare customers, subscriptions, checkouts and events with Stripe; repair ours."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", metavar="EMAIL_OR_ID", help="one account only")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what differs; repair nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        user_id = _account(options["user"]) if options["user"] else None
        progress: Progress | None = None

        def show(done: int, total: int) -> None:
            nonlocal progress
            progress = progress or Progress(total, output=self.stderr)
            progress.show(done, f"{done:,} of {total:,} customers")

        result = ReconcileBilling(progress=show).execute(
            ReconcileBillingCommand(user_id=user_id, is_dry=options["dry_run"])
        )
        if progress is not None:
            progress.clear()
        found = ", ".join(f"{kind} {count:,}" for kind, count in sorted(result.drift.items()))
        done = "different" if options["dry_run"] else "repaired"
        self.stdout.write(f"{result.customers:,} customers compared; {done}: {found or 'nothing'}.")
        if result.failures:
            raise CommandError(f"Failures: {result.failures:,}. The log says which; run it again.")


def _account(name: str) -> UUID:
    """The account of an id or an address, deleted or not."""
    accounts = User.all_objects.all()
    try:
        found = accounts.filter(pk=UUID(name))
    except ValueError:
        found = accounts.filter(email=normal_email(name))
    user = found.only("pk").first()
    if user is None:
        raise CommandError("--user: there is no such account.")
    return user.pk
