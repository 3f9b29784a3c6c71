"""Ask for a file with all that the product holds about oneself."""

from django.db import transaction

from application.dto.commands import RequestDataExportCommand
from application.dto.events import AggregateType, EventType
from application.dto.results import RequestedExport
from application.services.attempts import attempt_export
from core.outbox import emit_event
from core.services.audit import audit_change
from core.services.limits import give_back
from users.exceptions import ExportPending
from users.services.accounts import lock_user
from users.services.exports import request_export
from users.types import ExportStatus


class RequestDataExport:
    """A worker builds the file, and its link is mailed.

    Raises ExportPending while one is being built, and TooManyRequests after a few in a day.
    """

    def execute(self, command: RequestDataExportCommand) -> RequestedExport:
        hit = attempt_export(command.user.id)
        try:
            return self._request(command)
        except ExportPending:
            give_back([hit])
            raise

    @transaction.atomic
    def _request(self, command: RequestDataExportCommand) -> RequestedExport:
        user = lock_user(command.user.id)
        export = request_export(user)
        # Of an aggregate of its own: the file may take long, and other mails do not wait for it.
        emit_event(
            AggregateType.EXPORT,
            export.pk,
            EventType.USER_EXPORT_REQUESTED,
            {"user_id": str(user.pk), "export_id": str(export.pk)},
        )
        audit_change(entity=export, action="CREATE", actor=user)
        return RequestedExport(
            id=export.pk, status=ExportStatus.PENDING, requested_at=export.created_at
        )
