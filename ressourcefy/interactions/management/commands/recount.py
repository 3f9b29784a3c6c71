"""Compare the counters that lists show with the rows they count."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from interactions.services.recount import recount


class Command(BaseCommand):
    """Exit status 1 if there was drift, repaired or not."""

    help = "Report counters that differ from what they count; --repair sets them right."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true", help="set the counters right")

    def handle(self, *args: Any, repair: bool, **options: Any) -> None:
        drift = recount(repair=repair)
        for name, rows in drift.items():
            self.stdout.write(f"{name}: {rows} {'repaired' if repair and rows else 'wrong'}")
        if any(drift.values()):
            raise SystemExit(1)
