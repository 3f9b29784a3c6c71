"""What goes with somebody who is erased: from where they acted. That somebody acted stays."""

from uuid import UUID

from django.db import connection

from analytics.models import UserEvent

_BATCH = 5_000
_STRIP = f"""
UPDATE {UserEvent._meta.db_table}
SET ip_address = NULL, user_agent = NULL, session_id = NULL
WHERE id = ANY (ARRAY (
    SELECT id
    FROM {UserEvent._meta.db_table}
    WHERE user_id = %(user)s
      AND (ip_address IS NOT NULL OR user_agent IS NOT NULL OR session_id IS NOT NULL)
    LIMIT {_BATCH}
))
"""  # noqa: S608 - constants only


def forget_clients(user_id: UUID) -> None:
    """Empty address, agent and session of all that the person did, in small transactions."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_STRIP, {"user": user_id})
            if cursor.rowcount < _BATCH:
                return
