"""Open a resource: its newest file, and the reader's progress begun or renewed."""

import logging

from django.db import DatabaseError, transaction

from analytics.services.track_event import track_later
from analytics.types import Activity
from application.dto.commands import AccessResourceCommand
from application.dto.events import AggregateType, EventType
from application.dto.results import GrantedAccess, LatestVersion
from application.policies.resource_policy import can_access_resource
from core.outbox import emit_event
from core.services.audit import audit_change
from resources.exceptions import ResourceLocked
from resources.models import Resource, ResourceProgress
from resources.services.access import find_for
from resources.services.touch_progress import touch_progress
from resources.types import ProgressEntry, ProgressStatus
from users.models import User

logger = logging.getLogger(__name__)


class AccessResource:
    """Raises ResourceNotFound, and ResourceLocked where a right is missing.

    The progress is written in a transaction of its own: if that fails, the door stays open.
    """

    def execute(self, command: AccessResourceCommand) -> GrantedAccess:
        resource = find_for(command.user, command.resource_id)
        if not can_access_resource(command.user, resource):
            raise ResourceLocked

        track_later(
            Activity.RESOURCE_ACCESSED,
            user_id=command.user.pk,
            data={"resource_id": str(resource.pk)},
        )
        newest = resource.versions.order_by("-version_number").first()
        return GrantedAccess(
            resource_id=resource.pk,
            latest_version=LatestVersion(newest.version_number, newest.file_url)
            if newest
            else None,
            progress=_progress_after_visit(command.user, resource),
        )


def _progress_after_visit(user: User, resource: Resource) -> ProgressEntry:
    try:
        return _visit(user, resource)
    except DatabaseError:
        logger.exception("A visit was not recorded", extra={"resource_id": str(resource.pk)})
        return ProgressEntry(
            progress_id=None,
            user_id=user.pk,
            resource_id=resource.pk,
            status=ProgressStatus.NOT_STARTED,
        )


@transaction.atomic
def _visit(user: User, resource: Resource) -> ProgressEntry:
    progress, is_first = touch_progress(user=user, resource=resource)
    if is_first:
        audit_change(
            entity=ResourceProgress(pk=progress.progress_id),
            action="CREATE",
            actor=user,
            after={"resource_id": str(resource.pk), "status": progress.status},
        )
        emit_event(
            AggregateType.PROGRESS,
            progress.progress_id,
            EventType.RESOURCE_PROGRESS_STARTED,
            {"resource_id": str(resource.pk), "user_id": str(user.pk)},
            dedupe_key=f"{EventType.RESOURCE_PROGRESS_STARTED}:{progress.progress_id}",
        )
    return progress
