"""How often something may be tried: counters that are exact and shared by all processes.

They are in the database, or with REDIS_URL in Redis; while that does not answer, the database
counts. Each count is one statement of its own. Call it outside any transaction: what is counted
stays counted when the work is rolled back, and no lock is held while the work goes on.
"""

import contextlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, connections
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from core.database.prepared import prepared_cursor
from core.exceptions import TooManyRequests
from core.models import RateCounter
from core.pruning import prunes
from core.services.shared_counters import count_shared, forget_shared, give_back_shared
from core.shared_memory import NoSharedMemory

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_TABLE = f'"{RateCounter._meta.db_table}"'

# The clock is read after the row's lock was taken, so times of one row rise. A refusal writes
# nothing: what is tried in vain neither lengthens the wait nor costs more than a look. The second
# part sees the row as it was before, which has the oldest time unless all came just now.
_COUNT = f"""
WITH counted AS (
    INSERT INTO {_TABLE} AS counter (key, limit_name, hits, expires_at)
    VALUES (
        %(key)s, %(name)s, ARRAY[clock_timestamp()], clock_timestamp() + %(window)s
    )
    ON CONFLICT (key) DO UPDATE SET
        hits = ARRAY(
            SELECT hit FROM unnest(counter.hits) AS hit
            WHERE hit > clock_timestamp() - %(window)s
            ORDER BY hit
        ) || clock_timestamp(),
        expires_at = clock_timestamp() + %(window)s
    WHERE (
        SELECT count(*) FROM unnest(counter.hits) AS hit
        WHERE hit > clock_timestamp() - %(window)s
    ) < %(most)s
    RETURNING hits[cardinality(hits)] AS hit
)
SELECT
    (SELECT hit FROM counted),
    (
        SELECT min(hit) + %(window)s - clock_timestamp()
        FROM {_TABLE} AS counter, unnest(counter.hits) AS hit
        WHERE counter.key = %(key)s AND hit > clock_timestamp() - %(window)s
    )
"""  # noqa: S608 - constants only

_GIVE_BACK = f"UPDATE {_TABLE} SET hits = array_remove(hits, %s) WHERE key = %s"  # noqa: S608

_PRUNE = f"""
DELETE FROM {_TABLE}
WHERE key = ANY (ARRAY (
    SELECT key
    FROM {_TABLE}
    WHERE expires_at < statement_timestamp() - %(age)s
    ORDER BY expires_at
    LIMIT %(limit)s
))
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `most` of something within any stretch of time as long as `window`."""

    name: str
    most: int
    window: timedelta

    @property
    def allowed(self) -> int:
        """How many there may be under the present settings; 0: as many as you like."""
        factor: int = settings.RATE_LIMIT_FACTOR
        return self.most * factor


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was counted, so that it can be given back to whoever counted it."""

    key: UUID
    at: datetime
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """The answer of a counter: a hit, or after how long to try again; neither with limits off."""

    hit: Hit | None = None
    wait: timedelta | None = None


def count(limit: Limit, *subject: object) -> Hit | None:
    """Count one try of `subject`. Raises TooManyRequests when there are no more to be had.

    None with limits switched off. What is refused is not counted.
    """
    counted = try_count(limit, *subject)
    if counted.wait is not None:
        seconds = max(1, math.ceil(counted.wait.total_seconds()))
        words = _("Too many attempts. Try again in %(minutes)s min.")
        raise TooManyRequests(words % {"minutes": -(-seconds // 60)}, retry_after=seconds)
    return counted.hit


def try_count(limit: Limit, *subject: object) -> Count:
    """As `count`, for callers who do something else than refuse."""
    if not limit.allowed:
        return Count()
    key = _key(limit, subject)
    with contextlib.suppress(NoSharedMemory):
        return _try_shared(key, limit)
    values: dict[str, Any] = {
        "key": key,
        "name": limit.name,
        "window": limit.window,
        "most": limit.allowed,
    }
    # PostgreSQL takes longer to plan it than to run it.
    with prepared_cursor() as cursor:
        cursor.execute(_COUNT, values)
        at, wait = cursor.fetchone()
    if at is None:
        return Count(wait=limit.window if wait is None else wait)
    return Count(hit=Hit(key=key, at=at))


def _try_shared(key: UUID, limit: Limit) -> Count:
    window = limit.window // _MICROSECOND
    found = count_shared(str(key), most=limit.allowed, microseconds=window)
    if not found.counted:
        return Count(wait=found.microseconds * _MICROSECOND)
    at = _EPOCH + found.microseconds * _MICROSECOND
    return Count(hit=Hit(key=key, at=at, is_shared=True))


def give_back(hits: Iterable[Hit | None]) -> None:
    """Forget that these were counted; one round trip, always in the order of counting."""
    made = [hit for hit in hits if hit is not None]
    for hit in made:
        if hit.is_shared:
            # What Redis has forgotten, or keeps to itself, ends with its window.
            with contextlib.suppress(NoSharedMemory):
                give_back_shared(str(hit.key), (hit.at - _EPOCH) // _MICROSECOND)
    counted = [(hit.at, hit.key) for hit in made if not hit.is_shared]
    if counted:
        with connection.cursor() as cursor:
            cursor.executemany(_GIVE_BACK, counted)


def forget(limit: Limit, *subject: object) -> None:
    """Begin to count anew."""
    key = _key(limit, subject)
    with contextlib.suppress(NoSharedMemory):
        forget_shared(str(key))
    # There too: it counts while Redis does not answer.
    RateCounter.objects.filter(key=key).delete()


def _key(limit: Limit, subject: tuple[object, ...]) -> UUID:
    """A keyed digest: who has the table alone cannot find out whom a row is about."""
    text = "\0".join([limit.name, *map(str, subject)])
    digest = salted_hmac("ressourcefy.rate-limit", text, algorithm="sha256").digest()
    return UUID(bytes=digest[:16])


@prunes("rate_counters")
def prune_counters(*, age: timedelta, limit: int, using: str) -> int:
    """Delete counters that have said nothing for that long."""
    with connections[using].cursor() as cursor:
        values: dict[str, Any] = {"age": age, "limit": limit}
        cursor.execute(_PRUNE, values)
        return int(cursor.rowcount)
