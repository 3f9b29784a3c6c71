"""Sends generated and hostile requests to a product of its own (`docs/testing.md`)."""

import os
import random
import tempfile
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from core.management.progress import Progress
from devtools.environment import exit_on_signals
from devtools.fuzz.hostile_run import HostileRun, attack
from devtools.fuzz.known import CALLERS, look_around
from devtools.fuzz.schema_run import PHASES, REFUSED_THOUGH_VALID, SchemaRun, run_schemathesis
from devtools.fuzz.server import Server, running_server
from devtools.journey.browser import Browser, StepFailed
from devtools.journey.demo_database import demo_database
from devtools.journey.stack import StackFailed

EXAMPLES = 100
HOSTILE_CASES = 10_000
_LARGEST_SEED = 2**32


class Command(BaseCommand):
    help = (
        "Fuzz the API over HTTP: schemathesis with all checks on every operation, as visitor, user "
        "and administrator, then hostile requests. Ends with status 1 if anything was found."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--examples", type=int, default=EXAMPLES, help="of each operation and caller"
        )
        parser.add_argument(
            "--hostile", type=int, default=HOSTILE_CASES, help="how many hostile requests"
        )
        parser.add_argument("--phases", default=PHASES, help="of schemathesis (default: all)")
        parser.add_argument("--seed", type=int, help="repeats a run that found something")
        parser.add_argument(
            "--as", dest="callers", choices=CALLERS, action="append", help="only as this caller"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("Fuzzing starts a product in development: unset DJANGO_DEBUG.")
        exit_on_signals()
        given = options["seed"]
        seed = random.randrange(_LARGEST_SEED) if given is None else given  # noqa: S311
        self.stdout.write(f"Seed {seed}: --seed={seed} makes the same requests again.")
        callers = options["callers"] or list(CALLERS)
        try:
            runs = [
                self._by_schema(caller, options["examples"], seed, options["phases"])
                for caller in callers
                if options["examples"]
            ]
            hostile = self._hostile(options["hostile"], seed) if options["hostile"] else None
        except (StackFailed, StepFailed, DatabaseError) as failure:
            raise CommandError(str(failure)) from failure
        self.report(runs, hostile)

    def _product(self, stack: ExitStack) -> Server:
        """On a database of its own: what is found cannot come from what others have left."""
        self.stdout.write("Making a database and starting the product ...")
        url = stack.enter_context(demo_database(os.environ["DATABASE_URL"]))
        return stack.enter_context(running_server(url))

    def _by_schema(self, caller: str, examples: int, seed: int, phases: str) -> SchemaRun:
        with ExitStack() as stack:
            server = self._product(stack)
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            known = look_around(Browser(server.url, patience_seconds=0))
            self.stdout.write(f"Schemathesis as {caller}, {examples} examples an operation ...")
            return run_schemathesis(
                server,
                known,
                caller,
                examples=examples,
                seed=seed,
                phases=phases,
                directory=directory,
            )

    def _hostile(self, cases: int, seed: int) -> HostileRun:
        with ExitStack() as stack:
            server = self._product(stack)
            known = look_around(Browser(server.url, patience_seconds=0))
            self.stdout.write(f"{cases} hostile requests ...")
            progress = Progress(cases, output=self.stdout)
            return attack(
                server,
                known,
                cases=cases,
                seed=seed,
                progress=lambda done: progress.show(done, f"{done} sent"),
            )

    def report(self, runs: list[SchemaRun], hostile: HostileRun | None) -> None:
        """Show what was tried and found. Raises CommandError if anything was found."""
        self.stdout.write("\nTried and found")
        findings = [f"as {run.caller}: {failure}" for run in runs for failure in run.failures]
        for run in runs:
            self.stdout.write(
                f"  schemathesis as {run.caller:<14} {run.operations:3} operations "
                f"{run.cases:7} requests {run.seconds:6.0f} s  {len(run.failures)} findings"
            )
        if runs:
            self.stdout.write(f"  all checks; {len(REFUSED_THOUGH_VALID)} operations may refuse")
            self.stdout.write("  valid requests with 400, each for a written reason")
        if hostile:
            self._report_hostile(hostile)
            findings += hostile.findings
        for finding in findings:
            self.stdout.write(self.style.ERROR(f"  {finding}"))
        if findings:
            raise CommandError(f"{len(findings)} findings.")
        self.stdout.write("Nothing was found.")

    def _report_hostile(self, run: HostileRun) -> None:
        self.stdout.write(
            f"  hostile requests {run.cases:21} requests {run.seconds:6.0f} s  "
            f"{len(run.findings)} findings, slowest answer {run.slowest:.2f} s"
        )
        for (family, verdict), count in sorted(
            run.verdicts.items(), key=lambda entry: (entry[0][0], entry[0][1].name)
        ):
            self.stdout.write(f"    {family:<14} {count:6} {verdict.value}")
