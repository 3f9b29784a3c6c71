"""The vocabulary of resources."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType
from uuid import UUID

from django.db import models

ResourceId = NewType("ResourceId", UUID)


class Visibility(models.TextChoices):
    """Who a resource is meant for."""

    PUBLIC = "public"
    PREMIUM = "premium"
    PRIVATE = "private"


class ProgressStatus(models.TextChoices):
    """How far a reader has come with a resource."""

    NOT_STARTED = "NOT_STARTED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"


class VoteValue(models.IntegerChoices):
    """An opinion; withdrawing one deletes its row."""

    UP = 1
    DOWN = -1


@dataclass(frozen=True, slots=True)
class ProgressEntry:
    """How far one reader has come with one resource; before the first visit no id and no time."""

    progress_id: UUID | None
    user_id: UUID
    resource_id: UUID
    status: ProgressStatus
    started_at: datetime | None = None
    last_accessed_at: datetime | None = None
    completed_at: datetime | None = None
