"""Sends every example of the API's documentation to a running product (`docs/testing.md`)."""

import os
from argparse import ArgumentParser
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from devtools.demo.accounts import DEMO_PASSWORD
from devtools.environment import exit_on_signals
from devtools.examples.recording import record
from devtools.examples.sending import Outcome, Sender
from devtools.journey.browser import Browser, StepFailed
from devtools.journey.demo_database import demo_database
from devtools.journey.stack import StackFailed, running_product

PATIENCE_SECONDS = 60.0


class Command(BaseCommand):
    help = (
        "Send every example of /api/docs/ as it is printed, and compare the answers with the "
        "documented ones, on a product that is made for it and removed; or on a running one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--base-url",
            help="a server in development with a fresh demo, as make run starts it; examples that "
            "use something up work there once",
        )
        parser.add_argument(
            "--record",
            action="store_true",
            help="take the answers over into the documentation (api/examples/answers)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with ExitStack() as stack:
            try:
                base_url = options["base_url"] or self._start(stack)
                outcomes = self._send(base_url, is_recorded=options["record"])
            except (StackFailed, DatabaseError, StepFailed) as failure:
                raise CommandError(str(failure)) from failure
        if options["record"]:
            for file in record({one.documented.operation: one.answer for one in outcomes}):
                self.stdout.write(f"{file.name} written")
            return
        failed = [one for one in outcomes if not one.succeeded]
        if failed:
            self.stdout.write("\n")
            for outcome in failed:
                self.stdout.write(f"{outcome.documented.operation}")
                for problem in outcome.problems:
                    self.stdout.write(f"    {problem}")
            raise CommandError(f"{len(failed)} of {len(outcomes)} examples do not work as printed.")
        self.stdout.write(f"\nAll {len(outcomes)} examples work as printed.")

    def _start(self, stack: ExitStack) -> str:
        if not settings.DEBUG:
            raise CommandError("The examples need a product in development: unset DJANGO_DEBUG.")
        exit_on_signals()
        self.stdout.write("Making a database and starting the product ...")
        url = stack.enter_context(demo_database(os.environ["DATABASE_URL"]))
        return stack.enter_context(running_product(url))

    def _send(self, base_url: str, *, is_recorded: bool) -> list[Outcome]:
        sender = Sender(
            Browser(base_url, patience_seconds=PATIENCE_SECONDS), password=DEMO_PASSWORD
        )
        document = sender.document()
        self.stdout.write(f"The examples of {base_url}/api/docs/\n\n")
        outcomes = []
        for outcome in sender.send(document, is_recording=is_recorded):
            outcomes.append(outcome)
            one = outcome.documented
            mark = self.style.SUCCESS("✔") if outcome.succeeded else self.style.ERROR("✘")
            caller = one.request.caller.partition("@")[0] or "anybody"
            self.stdout.write(
                f"{len(outcomes):3} {mark} {one.request.method:6} {one.status} {caller:12} "
                f"{one.request.path}"
            )
        return outcomes
