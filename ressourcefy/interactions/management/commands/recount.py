"""Compare the counters of lists and the totals of dashboards with the rows they count."""

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from interactions.services.recount import recount
from interactions.services.recount_feed import recount_feed
from interactions.services.recount_totals import recount_totals


class Command(BaseCommand):
    """Exit status 1 if there was drift, repaired or not."""

    help = "Report counters and totals that differ from what they count; --repair sets them right."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true", help="set the counters right")

    def handle(self, *args: Any, repair: bool, **options: Any) -> None:
        with _without_time_limit():
            # The feed shows the counters, so those come first.
            drift = recount(repair=repair) | recount_feed(repair=repair)
            wrong = recount_totals(repair=repair)
        for name, rows in drift.items():
            self.stdout.write(f"{name}: {rows} {'repaired' if repair and rows else 'wrong'}")
        for name, missing in wrong.items():
            self.stdout.write(f"total {name}: off by {-missing}{', repaired' if repair else ''}")
        self.stdout.write(f"totals: {len(wrong)} {'repaired' if repair and wrong else 'wrong'}")
        if any(drift.values()) or wrong:
            raise SystemExit(1)


@contextmanager
def _without_time_limit() -> Iterator[None]:
    """Whole tables are read, which takes minutes where they are large."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")
