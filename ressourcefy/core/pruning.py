"""Which finished rows may go, and how: every app registers its own tables (`docs/outbox.md`)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from django.conf import settings
from django.db import connections


class PruneBatch(Protocol):
    """Removes up to `limit` rows older than `age` on the database `using`; how many those were.

    Ages are by the database's clock. One call is one short transaction.
    """

    def __call__(self, *, age: timedelta, limit: int, using: str) -> int: ...


@dataclass(frozen=True, slots=True)
class Pruner:
    """What `settings.RETENTION[name]` is about."""

    name: str
    prune_batch: PruneBatch

    @property
    def age(self) -> timedelta:
        """How long the rows stay."""
        age: timedelta = settings.RETENTION[self.name]
        return age


_pruners: dict[str, Pruner] = {}


def prunes[F: PruneBatch](name: str) -> Callable[[F], F]:
    """Register the decorated function for `settings.RETENTION[name]`."""

    def register(function: F) -> F:
        if name in _pruners:
            raise ValueError(f"two functions prune {name!r}")
        if name not in settings.RETENTION:
            raise ValueError(f"settings.RETENTION does not say how long to keep {name!r}")
        _pruners[name] = Pruner(name, function)
        return function

    return register


def batch_of(table: str, *, time: str, condition: str = "true", change: str = "") -> str:
    """A statement that deletes a batch of old rows of `table`, or does `change` (SET ...) to them.

    `time` is the column that says how old a row is; an index on it has to serve `condition`. All
    parts are constants of the code.
    """
    return f"""
{f"UPDATE {table} SET {change}" if change else f"DELETE FROM {table}"}
WHERE id = ANY (ARRAY (
    SELECT id
    FROM {table}
    WHERE ({condition}) AND {time} < statement_timestamp() - %(age)s
    ORDER BY {time}
    LIMIT %(limit)s
))
"""  # noqa: S608 - constants only


def run_batch(statement: str, *, age: timedelta, limit: int, using: str) -> int:
    """Run a statement of `batch_of`; how many rows it changed."""
    values: dict[str, Any] = {"age": age, "limit": limit}
    with connections[using].cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def registered_pruners() -> list[Pruner]:
    """All that there is to prune, by name."""
    return [_pruners[name] for name in sorted(_pruners)]
