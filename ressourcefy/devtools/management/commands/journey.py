"""Walks through the product over HTTP and shows each step (`docs/testing.md`)."""

import os
from argparse import ArgumentParser
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from devtools.demo.accounts import DEMO_PASSWORD, email_of
from devtools.environment import exit_on_signals
from devtools.journey.browser import Browser
from devtools.journey.demo_database import demo_database
from devtools.journey.stack import StackFailed, running_product
from devtools.journey.steps import Journey
from users.types import Role

PATIENCE_SECONDS = 30.0


class Command(BaseCommand):
    help = (
        "Walk through the product over HTTP, from registration to password reset, on a database, "
        "a web server and a worker that are made for it and removed; or on a running one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--base-url",
            help="a server in development with the demo accounts, as make run starts it; "
            "what the journey makes stays there",
        )
        parser.add_argument(
            "--patience",
            type=float,
            default=PATIENCE_SECONDS,
            help="seconds that a mail may take (default: 30)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with ExitStack() as stack:
            try:
                base_url = options["base_url"] or self._start(stack)
            except (StackFailed, DatabaseError) as failure:
                raise CommandError(str(failure)) from failure
            self._walk(Browser(base_url, patience_seconds=options["patience"]))

    def _start(self, stack: ExitStack) -> str:
        if not settings.DEBUG:
            raise CommandError("The journey starts a product in development: unset DJANGO_DEBUG.")
        exit_on_signals()
        self.stdout.write("Making a database and starting the product ...")
        url = stack.enter_context(demo_database(os.environ["DATABASE_URL"]))
        return stack.enter_context(running_product(url))

    def _walk(self, browser: Browser) -> None:
        journey = Journey(
            browser,
            superadmin_email=email_of(Role.SUPERADMIN),
            superadmin_password=DEMO_PASSWORD,
        )
        self.stdout.write(f"The journey begins at {browser.base_url}\n\n")
        for outcome in journey.walk():
            mark = self.style.SUCCESS("✔") if outcome.succeeded else self.style.ERROR("✘")
            self.stdout.write(f"{outcome.number:2} {mark} {outcome.title}\n     {outcome.words}")
            if not outcome.succeeded:
                raise CommandError(f"Step {outcome.number} failed: {outcome.title}.")
        self.stdout.write(f"\nAll {outcome.number} steps did what they promise.")
