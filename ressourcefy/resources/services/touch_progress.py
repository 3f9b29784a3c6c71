"""Note that somebody opened a resource."""

from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from core.models.base import new_id
from resources.models import Resource
from resources.types import ProgressEntry, ProgressStatus
from users.models import User

# Status and first visit move only forward; a late clock never moves the last visit back.
_TOUCH = """
INSERT INTO resources_resourceprogress AS progress
    (id, created_at, updated_at, user_id, resource_id, status, started_at, last_accessed_at)
VALUES (%(id)s, %(now)s, %(now)s, %(user)s, %(resource)s, %(in_progress)s, %(now)s, %(now)s)
ON CONFLICT (user_id, resource_id) DO UPDATE
SET status = CASE progress.status
        WHEN %(not_started)s THEN excluded.status ELSE progress.status
    END,
    started_at = COALESCE(progress.started_at, excluded.started_at),
    last_accessed_at = GREATEST(progress.last_accessed_at, excluded.last_accessed_at),
    updated_at = excluded.updated_at
RETURNING id, status, started_at, last_accessed_at, completed_at
"""


@transaction.atomic
def touch_progress(*, user: User, resource: Resource) -> tuple[ProgressEntry, bool]:
    """The progress after this visit, and whether it is the first one.

    One statement, so that simultaneous visits all succeed.
    """
    now = timezone.now()
    values: dict[str, Any] = {
        "id": new_id(),
        "now": now,
        "user": user.pk,
        "resource": resource.pk,
        "in_progress": ProgressStatus.IN_PROGRESS.value,
        "not_started": ProgressStatus.NOT_STARTED.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TOUCH, values)
        progress_id, status, started_at, last_accessed_at, completed_at = cursor.fetchone()
    entry = ProgressEntry(
        progress_id=progress_id,
        user_id=user.pk,
        resource_id=resource.pk,
        status=ProgressStatus(status),
        started_at=started_at,
        last_accessed_at=last_accessed_at,
        completed_at=completed_at,
    )
    return entry, started_at == now
