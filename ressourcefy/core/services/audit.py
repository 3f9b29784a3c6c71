"""The one way to record a change in the audit log.

The log itself lives in an app above this one, which hands its recorder down at start-up
(`docs/architecture.md`).
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import models

from core.database.parts import Part

type State = Mapping[str, Any]
type Recorder = Callable[[models.Model, str, models.Model | None, State | None, State | None], None]
type PartMaker = Callable[[str, type[models.Model], models.Model | None, State], Part]

_recorders: list[Recorder] = []
_part_makers: list[PartMaker] = []


def register_recorder(recorder: Recorder, part_maker: PartMaker | None = None) -> None:
    """Hand down the function that writes entries; the last one registered is used.

    `part_maker` makes the part of a statement that writes one, for `audit_from`; without it the
    one that is there stays.
    """
    _recorders[:] = [recorder]
    if part_maker is not None:
        _part_makers[:] = [part_maker]


def audit_change(
    *,
    entity: models.Model,
    action: str,
    actor: models.Model | None,
    before: State | None = None,
    after: State | None = None,
) -> None:
    """Record that `actor` (None: the system) did `action` (CREATE, UPDATE, DELETE) to `entity`.

    Writes in the caller's transaction, so that the entry and the change stand or fall together.
    The states name the fields that matter; values that identify a person, and secrets, are refused
    by the recorder.
    """
    _registered(_recorders)(entity, action, actor, before, after)


def audit_from(
    rows: str, *, model: type[models.Model], actor: models.Model | None, after: State
) -> Part:
    """As `audit_change`, for the row that the part `rows` of a statement returns.

    The row's `id` is the entity's, which is a `model`, and `change` is the action.
    """
    return _registered(_part_makers)(rows, model, actor, after)


def _registered[F](functions: list[F]) -> F:
    if not functions:
        raise ImproperlyConfigured("No audit recorder is registered; is the audit app installed?")
    return functions[0]
