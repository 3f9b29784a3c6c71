"""Compares our settings with Stripe (`docs/payments.md`)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from application.use_cases.check_stripe import CheckStripe
from core.exceptions import DomainError


class Command(BaseCommand):
    help = "Check the key, the webhook endpoint and the prices at Stripe; nothing is changed."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            problems = CheckStripe().execute()
        except DomainError as error:
            raise CommandError(error.message) from error
        for problem in problems:
            self.stderr.write(problem, style_func=str)
        if problems:
            raise CommandError(f"Problems: {len(problems)}.")
        self.stdout.write("Key, webhook endpoint and prices are as they should be.")
