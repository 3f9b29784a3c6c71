"""The shared foundation of all models: identity, soft deletion, tags, outbox, limits, totals."""

from core.models.base import BaseModel, SoftDeleteManager, SoftDeleteModel, SoftDeleteQuerySet
from core.models.outbox_event import OutboxEvent
from core.models.rate_counter import RateCounter
from core.models.tag import Tag
from core.models.tally import Tally

__all__ = [
    "BaseModel",
    "OutboxEvent",
    "RateCounter",
    "SoftDeleteManager",
    "SoftDeleteModel",
    "SoftDeleteQuerySet",
    "Tag",
    "Tally",
]
