"""What is sent to the database, as it is written in the code.

Django's own log tells statements that the server has prepared in other words than the others.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def recorded_statements() -> Iterator[list[str]]:
    """The texts of the statements that the block sends, without those of savepoints."""
    sent: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "SAVEPOINT" not in sql:
            sent.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield sent
