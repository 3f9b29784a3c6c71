"""The database backend: PostgreSQL's own, and sharing where the server has few connections left."""

import random
import time
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection, OperationalError

from core.postgres.scarcity import close_if_scarce, is_scarcity, scarcity_at

#: Others give theirs back after each request, so there is soon one; nobody waits for long in vain.
PATIENCE_SECONDS = 1.0


class DatabaseWrapper(base.DatabaseWrapper):
    """What Django loads for `ENGINE: core.postgres`."""

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
