"""How far the caller has come with a resource."""

from uuid import UUID

from django.db.models import FETCH_RAISE

from core.metrics import timed_read
from resources.models import Resource, ResourceProgress
from resources.services.access import open_for
from resources.types import ProgressEntry, ProgressStatus
from users.models import User


@timed_read
def get_reader_progress(user: User, resource_id: UUID) -> ProgressEntry:
    """Two queries. Before the first visit the entry has no id and no times.

    Raises ResourceNotFound, and ResourceLocked where a right is missing.
    """
    resources = Resource.objects.get_queryset().only("visibility").fetch_mode(FETCH_RAISE)
    open_for(user, resource_id, among=resources)
    rows = ResourceProgress.objects.filter(user=user, resource_id=resource_id)
    progress = rows.fetch_mode(FETCH_RAISE).first()
    if progress is None:
        return ProgressEntry(
            progress_id=None,
            user_id=user.pk,
            resource_id=resource_id,
            status=ProgressStatus.NOT_STARTED,
        )
    return progress.to_entry()
