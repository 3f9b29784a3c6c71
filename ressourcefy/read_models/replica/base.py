"""The database backend of the replica: PostgreSQL's, with an end to every wait for it."""

from typing import Any

from django.db.backends.postgresql.psycopg_any import IsolationLevel
from psycopg import Connection, OperationalError

from core.database import base

#: The server is told the same limit for statements; this one also ends a wait for a server that
#: hangs and ends nothing itself.
PATIENCE_SECONDS = 2.5


class ImpatientConnection(Connection[Any]):
    """Gives up, and the connection with it, where the server stays silent for too long."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """As psycopg waits. Raises OperationalError after PATIENCE_SECONDS."""
        try:
            return super().wait(gen, interval, timeout or PATIENCE_SECONDS)
        except OperationalError as error:
            # One that the server sent has an SQLSTATE, and leaves the connection as it is.
            if error.sqlstate is None:
                self.close()
            raise


class DatabaseWrapper(base.DatabaseWrapper):
    """What Django loads for `ENGINE: read_models.replica`."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> ImpatientConnection:
        """Without a pool and at the server's own level of isolation: this backend has no more."""
        self.isolation_level = IsolationLevel.READ_COMMITTED
        return ImpatientConnection.connect(**conn_params)
