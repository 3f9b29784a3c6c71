"""Processes a delivery of Stripe again (`docs/payments.md`)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from application.dto.commands import ReplayWebhookCommand
from application.use_cases.replay_webhook import ReplayWebhook
from core.exceptions import DomainError


class Command(BaseCommand):
    help = "Process a delivery again; what has taken effect stays. Unknown ones are fetched."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("event", metavar="evt_...", help="Stripe's id of the event")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = ReplayWebhook().execute(ReplayWebhookCommand(stripe_id=options["event"]))
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{done.stripe_id}: {done.status}")
