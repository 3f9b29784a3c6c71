"""What a worker does with people's data as a whole: building files, and removing what is over."""

import tempfile
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from application.dto.events import AggregateType, EventType
from application.services.account_letters import deletion_letter, export_letter
from application.services.data_exports import write_export
from application.services.erasure import erase_due
from application.services.mailing import live_user, send_letter
from application.services.web_links import export_link, restore_account_link
from core.outbox import Event, HandlerKind, emit_event, every, handles
from users.models import DataExport, User
from users.services.exports import export_token_for, keep_file, remove_expired_exports
from users.services.mail_tokens import restoration_token_for
from users.types import ExportStatus

# Somebody may have been here for years.
_BUILDING = timedelta(minutes=10)
_INTERVAL = timedelta(minutes=10)


@handles(EventType.USER_EXPORT_REQUESTED, HandlerKind.EXTERNAL, timeout=_BUILDING)
def build_export(event: Event) -> None:
    """Build the file and tell of it; nothing for an account that is shut out, or a second time."""
    user = live_user(event)
    export_id = event.payload["export_id"]
    if (
        user is None
        or not DataExport.objects.filter(pk=export_id, status=ExportStatus.PENDING).exists()
    ):
        return
    with tempfile.TemporaryFile() as file:
        size = write_export(user, file)
        file.seek(0)
        with transaction.atomic():
            export = keep_file(export_id, file, size_bytes=size)
            if export is not None:
                emit_event(
                    AggregateType.USER,
                    user.pk,
                    EventType.USER_EXPORT_READY,
                    {"user_id": str(user.pk), "export_id": str(export.pk)},
                )


@handles(EventType.USER_EXPORT_READY, HandlerKind.EXTERNAL)
def send_export_email(event: Event) -> None:
    """The link to the file, while it is there."""
    user = live_user(event)
    export = DataExport.objects.filter(
        pk=event.payload["export_id"], status=ExportStatus.READY
    ).first()
    if user is None or export is None:
        return
    send_letter(
        event,
        user,
        lambda: export_letter(
            requested_at=export.created_at,
            link=export_link(export_token_for(export, user, issued_at=event.created_at)),
            expires_at=export.expires_at,
        ),
    )


@handles(EventType.USER_DELETION_REQUESTED, HandlerKind.EXTERNAL)
def send_deletion_email(event: Event) -> None:
    """How to keep the account after all, as long as that is possible: its last mail."""
    user = (
        User.all_objects.select_related("profile")
        .filter(
            pk=event.payload["user_id"],
            is_active=True,
            erase_after__isnull=False,
            erased_at__isnull=True,
        )
        .first()
    )
    if user is None or user.erase_after is None or user.erase_after < timezone.now():
        return
    erase_after = user.erase_after
    send_letter(
        event,
        user,
        lambda: deletion_letter(
            username=user.profile.username,
            link=restore_account_link(restoration_token_for(user, issued_at=event.created_at)),
            erase_after=erase_after,
        ),
    )


def erase_due_accounts() -> None:
    """Some at a time; what fails is in the log, and tried again."""
    erase_due()


every(_INTERVAL)(remove_expired_exports)
every(_INTERVAL)(erase_due_accounts)
