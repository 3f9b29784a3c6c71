"""`manage.py prune`: remove finished rows that are older than settings.RETENTION says."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DEFAULT_DB_ALIAS

from core.pruning import registered_pruners

_OWNER = "owner"


class Command(BaseCommand):
    """Works in small transactions with a pause after each, so that others never wait long."""

    help = "Remove finished rows that are older than the retention settings say."

    def add_arguments(self, parser: CommandParser) -> None:
        names = [pruner.name for pruner in registered_pruners()]
        parser.add_argument("--only", choices=names, help="prune this and nothing else")
        parser.add_argument("--batch", type=int, default=5_000, help="rows in one transaction")
        parser.add_argument("--pause", type=float, default=0.05, help="seconds after each batch")

    def handle(self, *args: Any, **options: Any) -> None:
        # Deleting from the append-only tables is the owner's right alone, where there is one.
        using = _OWNER if _OWNER in settings.DATABASES else DEFAULT_DB_ALIAS
        batch = max(options["batch"], 1)
        for pruner in registered_pruners():
            if options["only"] in {None, pruner.name}:
                total = 0
                while removed := pruner.prune_batch(age=pruner.age, limit=batch, using=using):
                    total += removed
                    if options["verbosity"] > 1:
                        self.stdout.write(f"{pruner.name}: {total} rows so far")
                    time.sleep(options["pause"])
                self.stdout.write(
                    f"{pruner.name}: {total} rows older than {pruner.age.days} days removed"
                )
