"""Proves what survives kills, restarts, outages and wrong clocks (`docs/testing.md`)."""

import fcntl
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from devtools.chaos.bars import Findings, Measure, Proof
from devtools.chaos.proofs import PROOFS
from devtools.chaos.stage import NeverHappened, Stage
from devtools.postgres import cluster_for_chaos


class Command(BaseCommand):
    help = (
        "Kill workers, the web server and PostgreSQL, freeze them, fill the disk, move clocks, and "
        "measure what is lost: nothing, or this ends with status 1."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "names", nargs="*", metavar="R1", help=f"which: {', '.join(PROOFS)} (default: all)"
        )
        parser.add_argument(
            "--scale", type=float, default=1.0, help="share of the full load, such as 0.1"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG or cluster_for_chaos().url != settings.DATABASE_URL:
            raise CommandError(
                "Chaos stops its database: it needs the embedded one. Unset DATABASE_URL and "
                "DJANGO_DEBUG."
            )
        if unknown := set(options["names"]) - set(PROOFS):
            raise CommandError(f"There is no {', '.join(sorted(unknown))}: {', '.join(PROOFS)}.")
        with self._alone():
            self._prove(options["names"] or list(PROOFS), options["scale"])

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two runs on one cluster would count each other's events and kills."""
        with (cluster_for_chaos().place.directory / "chaos.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise CommandError("Chaos runs already in this data directory.") from error
            yield

    def _prove(self, names: list[str], scale: float) -> None:
        call_command("migrate", verbosity=0)
        results = [
            (proof, *self._run(proof, scale)) for name, proof in PROOFS.items() if name in names
        ]
        self.stdout.write("\nTried and found")
        for proof, findings, seconds in results:
            self._show(proof, findings, seconds)
        missed = [proof.name for proof, findings, _ in results if not findings.are_good]
        if missed:
            raise CommandError(f"Missed: {', '.join(missed)}.")
        self.stdout.write(self.style.SUCCESS("Every bar was reached."))

    def _run(self, proof: Proof, scale: float) -> tuple[Findings, float]:
        self.stdout.write(f"{proof.name}: {proof.title} ...")
        begun = time.monotonic()
        with Stage(lambda words: self.stdout.write(f"  {proof.name} {words}")) as stage:
            try:
                findings = proof.run(stage, scale)
            except NeverHappened as never:
                findings = Findings("broken off")
                findings.measures.append(Measure(str(never), "never", "in time", is_met=False))
        return findings, time.monotonic() - begun

    def _show(self, proof: Proof, findings: Findings, seconds: float) -> None:
        self.stdout.write(f"\n{proof.name} {proof.title}, {seconds:.0f} s\n  {findings.load}")
        for measure in findings.measures:
            mark = self.style.SUCCESS("ok    ") if measure.is_met else self.style.ERROR("MISSED")
            line = f"{measure.what:<44} {measure.value:>10}   {measure.bar}"
            self.stdout.write(f"  {mark} {line}")
