"""What tests of limits need: time that passes."""

from datetime import timedelta
from typing import Any

from django.db import connection


def let_time_pass(time: timedelta) -> None:
    """Move all counters into the past."""
    values: dict[str, Any] = {"time": time}
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_ratecounter SET expires_at = expires_at - %(time)s,"
            " hits = ARRAY(SELECT hit - %(time)s FROM unnest(hits) AS hit)",
            values,
        )
