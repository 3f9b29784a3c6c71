"""Django's PostgreSQL backend, with two costs per request taken off (`docs/deployment.md`).

Before it reuses a connection it asks the server whether the connection still works only if there is
something to read on it, as there is when the server has closed it. And statements that are the same
for every request can be prepared once for each connection.
"""

import select

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper
from psycopg.pq import Format


class DatabaseWrapper(base.DatabaseWrapper):
    """The engine of every entry of DATABASES."""

    def close_if_health_check_failed(self) -> None:
        """Close a connection that works no longer, so that the next statement opens another.

        A server that ends a connection says so on it. One that vanished without a word is found by
        the statement that comes next, as it would be by a question of ours.
        """
        if self._is_silent():
            self.health_check_done: bool = True
        super().close_if_health_check_failed()

    def _is_silent(self) -> bool:
        if self.connection is None or self.connection.closed:
            return False
        watched = select.poll()
        watched.register(self.connection.fileno(), select.POLLIN)
        return not watched.poll(0)

    def prepared_cursor(self) -> CursorWrapper:
        """A cursor for statements whose text never changes: parsed and planned only once.

        Values are sent apart from the text. Needs `prepare_threshold` in OPTIONS; without it, as
        behind a pooler that cannot have it, the statements are planned each time.
        """
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors:
            # As Django's own cursors: counted in tests, and its errors are Django's.
            cursor = psycopg.Cursor(self.connection)
            # Times and ids are read faster from their bytes than from text.
            cursor.format = Format.BINARY
            return self._prepare_cursor(cursor)  # type: ignore[attr-defined, no-any-return]
