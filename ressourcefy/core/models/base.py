"""What every model has: a time-ordered id, two times, and for some a soft deletion."""

import uuid
from typing import Any, ClassVar, Self

from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7


def new_id() -> uuid.UUID:
    """A UUIDv7 (RFC 9562): rows made together lie together in the primary key's index."""
    return uuid7()


class BaseModel(models.Model):
    """Identity and times. `(created_at, id)` is a total order."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class SoftDeleteQuerySet[M: models.Model](models.QuerySet[M]):
    """Rows that are marked instead of removed."""

    def active(self) -> Self:
        """Live rows only."""
        return self.filter(deleted_at__isnull=True)

    def deleted(self) -> Self:
        """Deleted rows only; start from `all_objects`, the default manager has none."""
        return self.filter(deleted_at__isnull=False)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Mark the rows as deleted; rows that already are keep their time."""
        now = timezone.now()
        count = self.active().update(deleted_at=now, updated_at=now)
        return count, {self.model._meta.label: count}

    def restore(self) -> int:
        """Bring deleted rows back. Raises IntegrityError where a live row took a unique value."""
        return self.deleted().update(deleted_at=None, updated_at=timezone.now())


class SoftDeleteManager[M: models.Model](models.Manager[M]):
    """The default manager: live rows only, so that no read can forget the filter."""

    queryset_class: ClassVar[type[SoftDeleteQuerySet[Any]]] = SoftDeleteQuerySet

    def get_queryset(self) -> SoftDeleteQuerySet[M]:
        return self.queryset_class(self.model, using=self._db).active()

    def active(self) -> SoftDeleteQuerySet[M]:
        """Live rows."""
        return self.get_queryset()

    def deleted(self) -> SoftDeleteQuerySet[M]:
        """Deleted rows."""
        return self.queryset_class(self.model, using=self._db).deleted()


class SoftDeleteModel(BaseModel):
    """A model whose rows are marked as deleted. `objects` shows live rows, `all_objects` all."""

    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[SoftDeleteManager[Any]] = SoftDeleteManager()
    all_objects: ClassVar[models.Manager[Any]] = models.Manager.from_queryset(SoftDeleteQuerySet)()

    class Meta:
        abstract = True

    @property
    def is_deleted(self) -> bool:
        """Whether the row is marked as deleted."""
        return self.deleted_at is not None

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Mark this row as deleted; a second call changes nothing."""
        if self.is_deleted:
            return 0, {self._meta.label: 0}
        self.deleted_at = timezone.now()
        self.save(update_fields=["deleted_at", "updated_at"])
        return 1, {self._meta.label: 1}

    def restore(self) -> None:
        """Bring the row back. Raises IntegrityError where a live row took a unique value."""
        self.deleted_at = None
        self.save(update_fields=["deleted_at", "updated_at"])
