"""The statements by which events are taken, finished and given back.

Each is one statement by the database's clock: no worker's clock is ever compared with it. A claim
has a name of its own in `locked_by`, and whatever ends a claim changes the row only while it bears
that name, so a worker that comes back late changes nothing (`docs/outbox.md`).
"""

import itertools
import json
import os
import secrets
import socket
from collections.abc import Iterable, Sequence
from datetime import timedelta
from enum import Enum
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection
from psycopg.types.datetime import TimestamptzLoader

from core.models import OutboxEvent
from core.outbox.event import Event
from core.outbox.outcomes import Outcome
from core.outbox.registry import external_types

_TABLE = OutboxEvent._meta.db_table
_Status = OutboxEvent.Status
_OPEN = f"('{_Status.PENDING}', '{_Status.PROCESSING}')"


class Lane(Enum):
    """Which events a claim is for; types that nobody knows go with the local ones.

    Each has a part of the index `outbox_due` to itself, so that a backlog of one is not walked for
    the other.
    """

    ALL = "true"
    LOCAL = "NOT due.is_external"
    EXTERNAL = "due.is_external"


class Claimed(NamedTuple):
    """An event and the claim on it. `take_ups` above one: earlier claims had no orderly end."""

    event: Event
    token: str
    take_ups: int


# The due rows are walked in the order of an index, and for each the oldest open event of its
# aggregate is looked up in another. A burst of events comes faster than statistics, so the plan
# must not depend on those: without sorts only the walk is left; a scalar subquery cannot become a
# hash over all open events, as a join could; ARRAY() makes the rows be fetched by key. Sent as one
# string, the three statements are one transaction and one round trip.
_CLAIM = f"""
SET LOCAL enable_sort = off;
UPDATE {_TABLE} AS event
SET status = '{_Status.PROCESSING}',
    locked_by = %(token)s,
    locked_until = statement_timestamp() + %(lease)s,
    claim_count = event.claim_count + 1,
    updated_at = statement_timestamp()
WHERE event.id = ANY (ARRAY (
    SELECT due.id
    FROM {_TABLE} AS due
    WHERE {{condition}}
      AND {{lane}}
      AND due.seq = (
        SELECT head.seq
        FROM {_TABLE} AS head
        WHERE head.aggregate_type = due.aggregate_type
          AND head.aggregate_id = due.aggregate_id
          AND head.status IN {_OPEN}
        ORDER BY head.seq
        LIMIT 1
      )
    ORDER BY {{order}}
    LIMIT %(limit)s
    FOR UPDATE OF due SKIP LOCKED
))
RETURNING event.id, event.seq, event.aggregate_type, event.aggregate_id, event.event_type,
    event.payload, event.version, event.created_at, statement_timestamp() - event.created_at,
    event.request_id, event.client, event.claim_count;
SET LOCAL enable_sort = DEFAULT
"""  # noqa: S608 - constants only

_DUE = {
    "condition": f"due.status = '{_Status.PENDING}' AND due.next_retry_at <= statement_timestamp()",
    "order": "due.next_retry_at, due.seq",
}
_EXPIRED = {
    "condition": f"due.status = '{_Status.PROCESSING}' "
    "AND due.locked_until <= statement_timestamp()",
    "order": "due.locked_until",
}

# A constraint has it that a row has `locked_until` exactly while it is PROCESSING. Asked for by the
# status, all open events would be walked in one of their indexes where statistics know of few.
_OWNED = "id = ANY(%(ids)s::uuid[]) AND locked_by = %(token)s AND locked_until IS NOT NULL"

_COMPLETE = f"""
UPDATE {_TABLE}
SET status = '{_Status.COMPLETED}', processed_at = statement_timestamp(), claim_count = 0,
    locked_by = '', locked_until = NULL, client = NULL, updated_at = statement_timestamp()
WHERE {_OWNED}
"""  # noqa: S608 - constants only

_FAIL = f"""
UPDATE {_TABLE}
SET status = CASE
        WHEN %(permanent)s OR retry_count + 1 >= %(most)s THEN '{_Status.FAILED}'
        ELSE '{_Status.PENDING}'
    END,
    retry_count = retry_count + 1,
    next_retry_at = statement_timestamp() + power(2, retry_count + 1) * %(spread)s
        * interval '1 second',
    client = CASE WHEN %(permanent)s OR retry_count + 1 >= %(most)s THEN NULL ELSE client END,
    error_message = %(error)s, claim_count = 0,
    locked_by = '', locked_until = NULL, updated_at = statement_timestamp()
WHERE {_OWNED}
RETURNING status
"""  # noqa: S608 - constants only

# least() before power(): an exponent beyond 30 would only overflow.
_POSTPONE = f"""
UPDATE {_TABLE}
SET status = CASE
        WHEN waiting_since <= statement_timestamp() - %(patience)s THEN '{_Status.FAILED}'
        ELSE '{_Status.PENDING}'
    END,
    wait_count = wait_count + 1,
    waiting_since = coalesce(waiting_since, statement_timestamp()),
    next_retry_at = statement_timestamp() + least(
        %(cap)s,
        greatest(
            %(after)s,
            power(2, least(wait_count + 1, 30)) * %(spread)s * interval '1 second'
        )
    ),
    client = CASE
        WHEN waiting_since <= statement_timestamp() - %(patience)s THEN NULL ELSE client
    END,
    error_message = %(error)s, claim_count = 0,
    locked_by = '', locked_until = NULL, updated_at = statement_timestamp()
WHERE {_OWNED}
RETURNING status
"""  # noqa: S608 - constants only

_HAND_BACK = f"""
UPDATE {_TABLE}
SET status = '{_Status.PENDING}', claim_count = greatest(claim_count - 1, 0),
    is_external = event_type = ANY(%(external)s::text[]),
    locked_by = '', locked_until = NULL, updated_at = statement_timestamp()
WHERE {_OWNED}
"""  # noqa: S608 - constants only

_RENEW = f"""
UPDATE {_TABLE}
SET locked_until = statement_timestamp() + %(lease)s, updated_at = statement_timestamp()
WHERE {_OWNED}
"""  # noqa: S608 - constants only

# json.loads would look at its options and for spaces; PostgreSQL puts none around a document.
_read_json = json.JSONDecoder().raw_decode
_by_emission = itemgetter(1)
_numbers = itertools.count(1)
_identity = ""


def _worker_identity() -> str:
    """host:pid:random, made once for each process."""
    global _identity  # noqa: PLW0603 - a forked child has to make its own
    if f":{os.getpid()}:" not in _identity:
        _identity = f"{socket.gethostname()[:48]}:{os.getpid()}:{secrets.token_hex(4)}"
    return _identity


def claim_due(limit: int, lane: Lane = Lane.ALL) -> list[Claimed]:
    """Take up to `limit` due events, at most one of each aggregate, in the order of emission."""
    return _claim(_DUE, limit, lane)


def claim_expired(lane: Lane = Lane.ALL) -> list[Claimed]:
    """Take one event whose worker let its lease run out.

    One at a time: it may be what killed the worker, and those taken with it must not be blamed.
    """
    return _claim(_EXPIRED, 1, lane)


def _claim(which: dict[str, str], limit: int, lane: Lane) -> list[Claimed]:
    token = f"{_worker_identity()}:{next(_numbers)}"
    values: dict[str, Any] = {
        "token": token,
        "lease": timedelta(seconds=settings.OUTBOX_LEASE_SECONDS),
        "limit": limit,
    }
    with connection.cursor() as cursor:
        # Django's would call Python for each; the zone of our connections is UTC with this one too.
        cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        cursor.execute(_CLAIM.format(**which, lane=lane.value), values)
        cursor.nextset()
        rows = cursor.fetchall()
    rows.sort(key=_by_emission)
    return [Claimed._make((_event(row), token, row[-1])) for row in rows]


def _event(row: Sequence[Any]) -> Event:
    # The fields in their order; payload and client came as text.
    client = row[10] and _read_json(row[10])[0]
    return Event._make((*row[:5], _read_json(row[5])[0], *row[6:10], client))


def complete(ids: Sequence[UUID], token: str) -> int:
    """Finish the events that the claim still owns; returns how many those were."""
    return _change(_COMPLETE, ids, token)


def hand_back(ids: Sequence[UUID], token: str) -> int:
    """Give up the claim on events that were not begun: due again in their lane, nothing counted."""
    return _change(_HAND_BACK, ids, token, external=external_types())


def renew(ids: Sequence[UUID], token: str) -> int:
    """Begin the lease anew for events that the claim still owns."""
    lease = timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)
    return _change(_RENEW, ids, token, lease=lease)


def _change(statement: str, ids: Sequence[UUID], token: str, **values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"ids": array_of(ids), "token": token, **values})
        return int(cursor.rowcount)


def record_failure(event_id: UUID, token: str, outcome: Outcome) -> str | None:
    """Write down how an attempt ended; the row's new status, or None if the claim was lost."""
    values: dict[str, Any] = {
        "ids": array_of([event_id]),
        "token": token,
        "error": outcome.error,
    }
    if outcome.passing:
        statement = _POSTPONE
        values |= {
            "patience": settings.OUTBOX_PATIENCE,
            "cap": settings.OUTBOX_BACKOFF_CAP,
            "after": outcome.after,
            "spread": outcome.spread,
        }
    else:
        statement = _FAIL
        values |= {
            "permanent": outcome.permanent,
            "most": settings.OUTBOX_MAX_FAILURES,
            "spread": outcome.spread,
        }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    return row[0] if row else None


def array_of(ids: Iterable[UUID]) -> str:
    """Ids as PostgreSQL writes an array; psycopg takes four times as long to write it."""
    return f"{{{','.join([known.hex for known in ids])}}}"


def ids_of(claims: Iterable[Claimed]) -> list[UUID]:
    """The ids of the claimed events."""
    return [claim.event.id for claim in claims]
