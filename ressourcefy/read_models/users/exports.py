"""The file with one's own data: how it stands, and what is in it."""

from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any
from uuid import UUID

from core.metrics import timed_read
from users.models import DataExport
from users.services.exports import export_named_in, open_file
from users.types import ExportStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportView:
    """A file that was asked for; `ready_at`, `expires_at` and size are known once it is there."""

    id: UUID
    status: ExportStatus
    requested_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None
    size_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile:
    """An open file, and the name under which to keep it."""

    content: IO[Any]
    file_name: str
    size_bytes: int


@timed_read
def get_export(user_id: UUID) -> ExportView | None:
    """One query: the newest file, or None."""
    export = DataExport.objects.filter(user_id=user_id).order_by("-created_at", "-id").first()
    if export is None:
        return None
    is_ready = export.status == ExportStatus.READY
    return ExportView(
        id=export.pk,
        status=ExportStatus(export.status),
        requested_at=export.created_at,
        ready_at=export.ready_at,
        expires_at=export.expires_at if is_ready else None,
        size_bytes=export.size_bytes,
    )


@timed_read
def get_export_file(token: str) -> ExportFile:
    """One query: what the link in a mail leads to. Raises ExportNotFound."""
    export = export_named_in(token)
    return ExportFile(
        content=open_file(export),
        file_name=f"ressourcefy-{export.created_at:%Y-%m-%d}.json",
        size_bytes=export.size_bytes or 0,
    )
