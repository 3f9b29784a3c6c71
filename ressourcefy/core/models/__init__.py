"""The shared foundation of all models: identity, soft deletion, tags and the outbox."""

from core.models.base import BaseModel, SoftDeleteManager, SoftDeleteModel, SoftDeleteQuerySet
from core.models.outbox_event import OutboxEvent
from core.models.tag import Tag

__all__ = [
    "BaseModel",
    "OutboxEvent",
    "SoftDeleteManager",
    "SoftDeleteModel",
    "SoftDeleteQuerySet",
    "Tag",
]
