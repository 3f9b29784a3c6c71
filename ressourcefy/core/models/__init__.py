"""The shared foundation of all models: identity, soft deletion, tags, outbox, limits."""

from core.models.base import BaseModel, SoftDeleteManager, SoftDeleteModel, SoftDeleteQuerySet
from core.models.outbox_event import OutboxEvent
from core.models.rate_counter import RateCounter
from core.models.tag import Tag

__all__ = [
    "BaseModel",
    "OutboxEvent",
    "RateCounter",
    "SoftDeleteManager",
    "SoftDeleteModel",
    "SoftDeleteQuerySet",
    "Tag",
]
