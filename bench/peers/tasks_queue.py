"""Django's tasks with the database backend, and a task that does nothing."""

from collections.abc import Callable
from typing import Any

import django
from django.core.management import call_command

django.setup()

from django.tasks import task  # noqa: E402 - needs the settings


@task
def nothing(n: int) -> None:
    """What there is to do."""


def work() -> Callable[[dict[str, Any]], bytes]:
    """What the measured process does: fill the queue, or empty it with one worker."""

    def do(work: dict[str, Any]) -> bytes:
        if "fill" in work:
            call_command("migrate", "django_tasks_database", verbosity=0)
            for n in range(work["fill"]):
                nothing.enqueue(n)
        else:
            call_command("db_worker", batch=True, interval=0, verbosity=0)
        return b"null"

    return do
