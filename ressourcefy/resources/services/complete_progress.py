"""Note that somebody is done with a resource."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from resources.models import Resource, ResourceProgress
from resources.types import ProgressEntry, ProgressStatus
from users.models import User


@dataclass(frozen=True, slots=True)
class CompletedProgress:
    """The progress now, and what it was: `previous` is None where there was none."""

    entry: ProgressEntry
    previous: ProgressStatus | None

    @property
    def is_first(self) -> bool:
        """Whether it was not completed before."""
        return self.previous != ProgressStatus.COMPLETED


@transaction.atomic
def complete_progress(*, user: User, resource: Resource) -> CompletedProgress:
    """Complete it once: later calls move the last visit and nothing else.

    Simultaneous calls wait for each other at the row, which is made here if there is none.
    """
    now = timezone.now()
    beginning = ResourceProgress(
        user=user,
        resource=resource,
        status=ProgressStatus.IN_PROGRESS,
        started_at=now,
        last_accessed_at=now,
    )
    ResourceProgress.objects.bulk_create([beginning], ignore_conflicts=True)
    rows = ResourceProgress.objects.select_for_update(no_key=True)
    progress = rows.get(user=user, resource=resource)
    previous = None if progress.pk == beginning.pk else ProgressStatus(progress.status)

    progress.status = ProgressStatus.COMPLETED
    progress.started_at = progress.started_at or now
    progress.completed_at = progress.completed_at or now
    progress.last_accessed_at = max(progress.last_accessed_at or now, now)
    progress.save(
        update_fields=["status", "started_at", "completed_at", "last_accessed_at", "updated_at"]
    )
    return CompletedProgress(progress.to_entry(), previous)
