"""`manage.py process_events`: deliver events, once or as a worker (`docs/outbox.md`)."""

import signal
from argparse import ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from core.metrics.server import serve_metrics
from core.outbox import process_outbox
from core.outbox.worker import Worker


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise ArgumentTypeError("a whole number of at least 1 is needed")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise ArgumentTypeError("a number of seconds, 0 or more, is needed")
    return seconds


class Command(BaseCommand):
    """Without --loop: handles what is due, one event after another, and ends."""

    help = "Deliver events of the outbox: mails, analytics and whatever else follows from a change."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--loop", action="store_true", help="go on until SIGTERM or SIGINT")
        parser.add_argument(
            "--interval",
            type=_seconds,
            default=5.0,
            help="seconds between looks for retries and lost wake-ups (default: 5)",
        )
        parser.add_argument(
            "--batch", type=_count, default=500, help="local events in one transaction"
        )
        parser.add_argument(
            "--threads", type=_count, default=8, help="external events handled at the same time"
        )
        parser.add_argument(
            "--grace",
            type=_seconds,
            default=10.0,
            help="seconds in which a stopping worker finishes what it began (default: 10)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["loop"]:
            handled = 0
            while step := process_outbox(options["batch"]):
                handled += step
            self.stdout.write(f"{handled} events were handled.")
            return
        worker = Worker(
            interval=max(options["interval"], 0.01),
            batch=options["batch"],
            threads=options["threads"],
            grace=options["grace"],
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        if settings.OUTBOX_METRICS_PORT:
            serve_metrics(settings.OUTBOX_METRICS_PORT)
        worker.run()
