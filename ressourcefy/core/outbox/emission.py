"""Writing an event beside the change that it tells of."""

import json
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from core.models import OutboxEvent
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
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


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
    handlers_of(event_type)
    context = current_context()
    values: dict[str, Any] = {
        "aggregate_type": str(aggregate_type),
        "aggregate_id": str(aggregate_id),
        "event_type": str(event_type),
        "payload": _checked(payload),
        "request_id": context.request_id,
        "client": client_facts(context),
    }
    if event_id is not None:
        values["id"] = event_id
    if dedupe_key is None:
        event, created = OutboxEvent.objects.create(**values), True
    else:
        event, created = OutboxEvent.objects.get_or_create(dedupe_key=dedupe_key, defaults=values)
    if created:
        transaction.on_commit(wake_workers)
    return event


def _checked(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload as JSON gives it back, so that a handler never sees another type than a test."""
    if not isinstance(payload, Mapping):
        raise InvalidPayload("the payload of an event is an object with names")
    try:
        text = json.dumps(dict(payload), allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise InvalidPayload(f"the payload cannot be stored as JSON: {error}") from error
    stored: dict[str, Any] = json.loads(text)
    _refuse_secrets(stored)
    return stored


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
