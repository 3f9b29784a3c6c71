"""The one way to record a change in the audit log.

The log itself lives in an app above this one, which hands its recorder down at start-up
(`docs/architecture.md`).
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import models

type State = Mapping[str, Any]
type Recorder = Callable[[models.Model, str, models.Model | None, State | None, State | None], None]

_recorders: list[Recorder] = []


def register_recorder(recorder: Recorder) -> None:
    """Hand down the function that writes entries; the last one registered is used."""
    _recorders[:] = [recorder]


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
    if not _recorders:
        raise ImproperlyConfigured("No audit recorder is registered; is the audit app installed?")
    _recorders[0](entity, action, actor, before, after)
