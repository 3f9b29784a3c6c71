"""Django's PostgreSQL backend, with what this product needs of it (`docs/deployment.md`).

Connections that are kept cost no question to the server before each request, they are shared where
the server has few left, and statements that are the same for every request can be prepared once.
"""

import random
import select
import time
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper
from psycopg import Connection, OperationalError
from psycopg.pq import Format

from core.database.scarcity import close_if_scarce, is_scarcity, scarcity_at

#: Others give theirs back after each request, so there is soon one; nobody waits for long in vain.
PATIENCE_SECONDS = 1.0


class DatabaseWrapper(base.DatabaseWrapper):
    """What Django loads for `ENGINE: core.database`."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection[Any]:
        """Tries again for a moment where the server has none left."""
        begun = time.monotonic()
        while True:
            try:
                connection: Connection[Any] = super().get_new_connection(conn_params)
            except OperationalError as error:
                if not is_scarcity(error):
                    raise
                scarcity_at(self).tell()
                if time.monotonic() - begun > PATIENCE_SECONDS:
                    raise
                # At random, so that those who wait do not come all at once again.
                time.sleep(random.uniform(0.01, 0.04))  # noqa: S311 - no secret
            else:
                return connection

    def close_if_unusable_or_obsolete(self) -> None:
        """What Django calls before and after each request."""
        close_if_scarce(self)
        super().close_if_unusable_or_obsolete()

    def close_if_health_check_failed(self) -> None:
        """Close a connection that works no longer, so that the next statement opens another.

        A server that ends a connection says so on it. One that vanished without a word is found by
        the statement that comes next, as it would be by a question of ours.
        """
        if not self.health_check_done and self._is_silent():
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
