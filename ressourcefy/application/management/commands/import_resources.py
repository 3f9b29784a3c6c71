"""Publishes the resources of a file (`docs/importing.md`)."""

import os
import time
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import reset_queries

from application.dto.commands import ImportRecord, ImportResourcesCommand
from application.management.refusals import RefusalReport, ReportUnusable
from application.services.record_files import Entry, RecordFormat, UnreadableFile, read_records
from application.use_cases.import_resources import ImportResources
from core.exceptions import DomainError
from core.management.progress import Progress
from resources.types import Visibility
from users.models import User

_BATCH_RECORDS = 500
# Long records make smaller batches, so that memory has a bound.
_BATCH_BYTES = 4_000_000


class Command(BaseCommand):
    help = (
        "Publish the resources of a file of JSON lines or CSV. What the author has published "
        "before is passed over; records that break a rule are reported, and the others go in."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="JSON lines, or CSV if it ends in .csv")
        parser.add_argument("--author", required=True, help="e-mail address of the account")
        parser.add_argument(
            "--visibility", choices=Visibility.values, default=Visibility.PUBLIC.value
        )
        parser.add_argument("--price-cents", type=int, help="for premium resources, which need one")
        parser.add_argument(
            "--format",
            choices=[str(each) for each in RecordFormat],
            help="what the file holds, whatever its name says",
        )
        parser.add_argument(
            "--refused-file",
            type=Path,
            help="where refused records are reported as JSON lines (default: beside the file)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        started = time.monotonic()
        try:
            # Asked with no records first: an import that nobody may make does not begin.
            command = self._command(options)
            ImportResources().execute(command)
            report = RefusalReport(options["refused_file"], source=path)
            with closing(report):
                added, already_there = self._import(path, options["format"], command, report)
        except DomainError as refusal:
            raise CommandError(refusal.message) from refusal
        except (OSError, UnreadableFile, ReportUnusable) as error:
            raise CommandError(str(error)) from error

        self.stdout.write(
            f"{added:,} added, {already_there:,} already there, {report.count:,} refused "
            f"in {time.monotonic() - started:.1f} s."
        )
        if report.count:
            raise CommandError(f"Refused records are in {report.path}")

    def _command(self, options: dict[str, Any]) -> ImportResourcesCommand:
        author = User.objects.get_queryset().able_to_sign_in().by_email(options["author"]).first()
        if author is None:
            raise CommandError("--author: no account that can sign in has this address.")
        return ImportResourcesCommand(
            user=author,
            records=(),
            visibility=Visibility(options["visibility"]),
            price_cents=options["price_cents"],
        )

    def _import(
        self,
        path: Path,
        format_name: str | None,
        command: ImportResourcesCommand,
        report: RefusalReport,
    ) -> tuple[int, int]:
        """How many records were added, and how many had been there."""
        by_name = RecordFormat.CSV if path.suffix.lower() == ".csv" else RecordFormat.JSON_LINES
        record_format = RecordFormat(format_name) if format_name else by_name
        added = already_there = 0
        with path.open("rb") as file:
            progress = Progress(os.fstat(file.fileno()).st_size, output=self.stderr)
            for batch in _batches(read_records(file, record_format)):
                result = ImportResources().execute(
                    replace(
                        command,
                        records=tuple(
                            ImportRecord(line=entry.line, fields=entry.fields)
                            for entry in batch
                            if entry.fields is not None
                        ),
                    )
                )
                # With DEBUG on, Django would keep the text of every statement.
                reset_queries()
                added += result.added
                already_there += result.already_there
                refused = {each.line: each.reason for each in result.refused}
                self._report(batch, refused, report, progress)
                progress.show(
                    batch[-1].position, f"{added + already_there + report.count:,} records"
                )
            progress.clear()
        return added, already_there

    def _report(
        self, batch: list[Entry], refused: dict[int, str], report: RefusalReport, progress: Progress
    ) -> None:
        """On the screen and in the file, in the order of the lines."""
        for entry in batch:
            reason = entry.problem or refused.get(entry.line)
            if reason:
                progress.clear()
                self.stderr.write(f"line {entry.line}: {reason}", style_func=str)
                report.add(entry, reason)


def _batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    began = 0
    for entry in entries:
        batch.append(entry)
        if len(batch) == _BATCH_RECORDS or entry.position - began > _BATCH_BYTES:
            yield batch
            batch, began = [], entry.position
    if batch:
        yield batch
