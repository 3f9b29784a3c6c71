"""Cursors for statements that are planned once for each connection."""

from typing import cast

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import CursorWrapper

from core.database.base import DatabaseWrapper


def prepared_cursor(alias: str = DEFAULT_DB_ALIAS) -> CursorWrapper:
    """A cursor for statements whose text never changes (`DatabaseWrapper.prepared_cursor`)."""
    return cast("DatabaseWrapper", connections[alias]).prepared_cursor()
