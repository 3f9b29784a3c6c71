"""Writing an event beside the change that it tells of."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from core.database.parts import Part
from core.models import OutboxEvent
from core.models.base import new_id
from core.outbox.errors import InvalidPayload
from core.outbox.registry import handlers_of
from core.outbox.wake_up import wake_workers
from core.request_context import client_facts, current_context

# Names under which nothing but a secret or an address would be stored.
_FORBIDDEN_NAME = re.compile(
    r"(?:^|_)(?:password|passwd|secret|token|email|authorization|cookie|api_?key)$", re.IGNORECASE
)
# An e-mail address, or three parts of base64url with dots: a signed token.
_FORBIDDEN_VALUE = re.compile(
    r"[^\s@]+@[^\s@]+\.\w+|\b[\w-]{8,}\.[\w-]{4,}\.[\w-]{16,}|\bBearer\s", re.IGNORECASE
)
_COLUMNS = """id, updated_at, aggregate_type, aggregate_id, event_type, is_external, payload,
    request_id, client, version, status, retry_count, wait_count, claim_count, locked_by,
    error_message, history"""
_BEGINNING = f"1, '{OutboxEvent.Status.PENDING}', 0, 0, 0, '', '', '[]'::jsonb"
# Written by hand because it runs beside every change: the ORM takes longer to write it than
# PostgreSQL to run it.
_EMIT = f"""
INSERT INTO "{OutboxEvent._meta.db_table}" ({_COLUMNS}, dedupe_key)
VALUES (%(id)s, statement_timestamp(), %(aggregate_type)s, %(aggregate_id)s, %(event_type)s,
    %(is_external)s, %(payload)s::jsonb, %(request)s, %(client)s::jsonb, {_BEGINNING},
    %(dedupe_key)s)
ON CONFLICT (dedupe_key) WHERE dedupe_key IS NOT NULL DO NOTHING
RETURNING seq, created_at, next_retry_at, updated_at
"""  # noqa: S608 - constants only
_EMIT_FROM = f"""
INSERT INTO "{OutboxEvent._meta.db_table}" ({_COLUMNS})
SELECT %(event_id)s, statement_timestamp(), %(event_aggregate)s, id::text, %(event_type)s,
    %(event_is_external)s, %(event_payload)s::jsonb{{more}}, %(event_request)s,
    %(event_client)s::jsonb, {_BEGINNING}
FROM {{rows}}
"""  # noqa: S608 - constants, and names that our own modules give
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# What the JSON text of anything forbidden has in it. Ids and numbers have none of it, so most
# payloads need not be taken apart.
_SUSPICIOUS = re.compile(
    "[@.\\\\\ud800-\udfff]|bearer|passw|secret|token|email|authorization|cookie|key", re.IGNORECASE
)


def emit_event(
    aggregate_type: str,
    aggregate_id: object,
    event_type: str,
    payload: Mapping[str, Any],
    *,
    dedupe_key: str | None = None,
    event_id: UUID | None = None,
) -> OutboxEvent:
    """Write an event in the caller's transaction; workers learn of it when that commits.

    Events of one aggregate take effect in the order of emission if whoever emits holds the lock on
    the aggregate's row. With a `dedupe_key` that a stored event already has, that event is
    returned and nothing is written. `event_id` is for what has to know the id beforehand.

    Raises UnregisteredEventType, and InvalidPayload for what is not JSON or looks like a secret or
    an address: payloads carry ids.
    """
    is_external = bool(handlers_of(event_type).external)
    context = current_context()
    text = _checked(payload)
    event = OutboxEvent(
        id=event_id or new_id(),
        aggregate_type=str(aggregate_type),
        aggregate_id=str(aggregate_id),
        event_type=str(event_type),
        is_external=is_external,
        # As a handler gets it.
        payload=json.loads(text),
        request_id=context.request_id,
        client=client_facts(context),
        dedupe_key=dedupe_key,
    )
    if not _insert(event, text):
        return OutboxEvent.objects.get(dedupe_key=dedupe_key)
    transaction.on_commit(wake_workers)
    return event


def _insert(event: OutboxEvent, payload: str) -> bool:
    """Store the event with its payload as text; False if there is one with its key."""
    values: dict[str, Any] = {
        "id": event.id,
        "aggregate_type": event.aggregate_type,
        "aggregate_id": event.aggregate_id,
        "event_type": event.event_type,
        "is_external": event.is_external,
        "payload": payload,
        "request": event.request_id,
        "client": json.dumps(event.client) if event.client else None,
        "dedupe_key": event.dedupe_key,
    }
    with connection.cursor() as cursor:
        cursor.execute(_EMIT, values)
        row = cursor.fetchone()
    if row is None:
        return False
    event.seq, event.created_at, event.next_retry_at, event.updated_at = row
    event._state.adding, event._state.db = False, connection.alias
    return True


def emission_from(
    rows: str,
    *,
    aggregate_type: str,
    event_type: str,
    payload: Mapping[str, Any],
    columns: Sequence[str] = (),
) -> Part:
    """As `emit_event`, for the one row, or none, that the part `rows` of a statement returns.

    The row's `id` is the aggregate's, and its `columns` join the payload under their names. Reading
    the row from a part that changed it is what holds its lock. Whoever runs the statement calls
    `announce` if there was a row.
    """
    is_external = bool(handlers_of(event_type).external)
    context = current_context()
    client = client_facts(context)
    more = "".join(f" || jsonb_build_object('{name}', {name})" for name in columns)
    return Part(
        text=_EMIT_FROM.format(rows=rows, more=more),
        values={
            "event_id": new_id(),
            "event_aggregate": str(aggregate_type),
            "event_type": str(event_type),
            "event_is_external": is_external,
            "event_payload": _checked(payload),
            "event_request": context.request_id,
            "event_client": json.dumps(client) if client else None,
        },
    )


def announce() -> None:
    """Have the workers look for what was emitted as a part of a statement, once it is committed."""
    transaction.on_commit(wake_workers)


def _checked(payload: Mapping[str, Any]) -> str:
    """The payload as JSON. Raises InvalidPayload."""
    if not isinstance(payload, Mapping):
        raise InvalidPayload("the payload of an event is an object with names")
    try:
        text = json.dumps(dict(payload), allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise InvalidPayload(f"the payload cannot be stored as JSON: {error}") from error
    if _SUSPICIOUS.search(text):
        _refuse_secrets(json.loads(text))
    return text


def _refuse_secrets(value: Any) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            _refuse_secrets(name)
            if _FORBIDDEN_NAME.search(name):
                raise InvalidPayload(f"payloads carry ids, never what {name!r} names")
            _refuse_secrets(inner)
    elif isinstance(value, list):
        for inner in value:
            _refuse_secrets(inner)
    elif isinstance(value, str):
        if _UNSTORABLE.search(value):
            raise InvalidPayload("the payload holds a character that the database cannot store")
        if _FORBIDDEN_VALUE.search(value):
            raise InvalidPayload("payloads carry ids, never addresses or tokens")
