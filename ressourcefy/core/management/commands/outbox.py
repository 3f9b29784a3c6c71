"""`manage.py outbox`: how the outbox is doing, and another life for dead events."""

import json
from argparse import ArgumentTypeError
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from core.models import OutboxEvent
from core.outbox.status import (
    EventStatus,
    TypeStatus,
    dead_events,
    events_in_progress,
    events_in_trouble,
    status_by_type,
)
from core.services.retry_events import retry_events

_ERROR_WIDTH = 100


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not the id of an event") from None


class Command(BaseCommand):
    """`outbox status [--json]`; `outbox retry ID ...`, `--type TYPE` or `--all`."""

    help = "Show how the outbox is doing, or put dead events back to the start."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        status = commands.add_parser("status", help="what is open, in progress, in trouble, dead")
        status.add_argument("--json", action="store_true", help="as one JSON document")
        status.add_argument("--limit", type=int, default=20, help="events to name in each list")
        retry = commands.add_parser("retry", help="put dead events back; each is audited")
        which = retry.add_mutually_exclusive_group(required=True)
        which.add_argument("ids", nargs="*", type=_id, default=[], metavar="ID")
        which.add_argument("--type", help="all dead events of this type")
        which.add_argument("--all", action="store_true", help="all dead events")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["command"] == "status":
            self._status(limit=max(options["limit"], 1), as_json=options["json"])
        else:
            self._retry(options["ids"], event_type=options["type"])

    def _retry(self, ids: list[UUID], *, event_type: str | None) -> None:
        if not ids:
            dead = OutboxEvent.objects.dead().order_by("seq")
            if event_type:
                dead = dead.filter(event_type=event_type)
            count = retry_events(list(dead.values_list("id", flat=True)), actor=None)
        else:
            count = retry_events(ids, actor=None)
            if count < len(set(ids)):
                raise CommandError(
                    f"{count} of {len(set(ids))} events were put back; the others are not dead, "
                    "or not there."
                )
        self.stdout.write(f"{count} events were put back.")

    def _status(self, *, limit: int, as_json: bool) -> None:
        types = status_by_type()
        lists = {
            "in progress": events_in_progress(limit),
            "in trouble": events_in_trouble(limit),
            "dead": dead_events(limit),
        }
        if as_json:
            document: dict[str, Any] = {"types": [asdict(entry) for entry in types]}
            for title, events in lists.items():
                document[title.replace(" ", "_")] = [asdict(event) for event in events]
            self.stdout.write(json.dumps(document, cls=DjangoJSONEncoder, indent=2))
            return
        self._print_types(types)
        for title, events in lists.items():
            self._print_events(title, events)

    def _print_types(self, types: list[TypeStatus]) -> None:
        if not types:
            self.stdout.write("Nothing is open and nothing is dead.")
            return
        self.stdout.write(
            f"{'type':<40} {'pending':>8} {'in progress':>12} {'stuck':>6} {'dead':>6}  oldest open"
        )
        for entry in types:
            oldest = f"{entry.oldest_at:%Y-%m-%d %H:%M:%S}" if entry.oldest_at else "-"
            self.stdout.write(
                f"{entry.event_type:<40} {entry.pending:>8} {entry.processing:>12} "
                f"{entry.stuck:>6} {entry.dead:>6}  {oldest}"
            )

    def _print_events(self, title: str, events: list[EventStatus]) -> None:
        if not events:
            return
        self.stdout.write(f"\n{title}:")
        for event in events:
            self.stdout.write(
                f"  {event.id}  {event.event_type}  {event.aggregate}  "
                f"age {timedelta(seconds=round(event.age.total_seconds()))}  "
                f"failures {event.failures}  waits {event.waits}"
            )
            if event.owner:
                self.stdout.write(
                    f"    held by {event.owner} until {event.lease_ends_at:%Y-%m-%d %H:%M:%S}"
                )
            if event.last_error:
                first_line = event.last_error.splitlines()[0]
                self.stdout.write(f"    {first_line[:_ERROR_WIDTH]}")
