"""The files in which people get their data: asking, keeping, the mailed link, and their end."""

from datetime import datetime
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from core.tokens import Purpose, TokenExpired, TokenInvalid, mint, read
from users.exceptions import ExportNotFound, ExportPending
from users.models import DataExport, User
from users.types import ExportStatus

_STORAGE = "exports"
_BATCH = 100


def request_export(user: User) -> DataExport:
    """A new file to be built. Raises ExportPending while another one is.

    The caller holds the lock on the account.
    """
    if DataExport.objects.filter(user=user, status=ExportStatus.PENDING).exists():
        raise ExportPending
    return DataExport.objects.create(
        user=user, expires_at=timezone.now() + settings.EXPORT_PATIENCE
    )


def keep_file(export_id: UUID, content: IO[bytes], *, size_bytes: int) -> DataExport | None:
    """Store what was built; None if nobody waits for it any more. Needs a transaction."""
    export = (
        DataExport.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=export_id, status=ExportStatus.PENDING)
        .first()
    )
    if export is None:
        return None
    name = f"{export.pk}.json"
    # A try that ended after storing left its file behind.
    storages[_STORAGE].delete(name)
    export.file_name = storages[_STORAGE].save(name, File(content))
    export.status = ExportStatus.READY
    export.size_bytes = size_bytes
    export.ready_at = timezone.now()
    export.expires_at = export.ready_at + settings.EXPORT_LIFETIME
    export.save()
    return export


def open_file(export: DataExport) -> IO[Any]:
    """The stored file, from its beginning. Raises ExportNotFound if it is not there."""
    try:
        return storages[_STORAGE].open(export.file_name)
    except FileNotFoundError as error:
        raise ExportNotFound from error


def remove_exports(user: User) -> None:
    """Remove all files of the person, pending ones too. Needs a transaction."""
    _remove(list(DataExport.objects.select_for_update(of=("self",)).filter(user=user)))


@transaction.atomic
def remove_expired_exports() -> None:
    """Remove the files, and the requests without one, whose time is over; some at a time."""
    _remove(
        list(
            DataExport.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(expires_at__lt=Now())
            .order_by("expires_at")[:_BATCH]
        )
    )


def _remove(exports: list[DataExport]) -> None:
    for export in exports:
        # Also of one whose worker died between storing the file and writing that down.
        storages[_STORAGE].delete(export.file_name or f"{export.pk}.json")
    DataExport.objects.filter(pk__in=[export.pk for export in exports]).delete()


def export_token_for(export: DataExport, user: User, *, issued_at: datetime | None = None) -> str:
    """A token that opens this file until it expires, or the account's sessions are ended."""
    return mint(
        Purpose.DATA_EXPORT,
        user_id=user.pk,
        fingerprint=f"{export.pk.hex}{_state_of(user)}",
        issued_at=issued_at,
    )


def export_named_in(token: str) -> DataExport:
    """The file that a token opens, in one query. Raises ExportNotFound for any other token."""
    try:
        claims = read(Purpose.DATA_EXPORT, token)
        export_id = UUID(claims.fingerprint[:32])
    except (TokenInvalid, TokenExpired, ValueError) as error:
        raise ExportNotFound from error
    export = (
        DataExport.objects.select_related("user")
        .filter(
            pk=export_id,
            user_id=claims.user_id,
            status=ExportStatus.READY,
            expires_at__gt=Now(),
            user__is_active=True,
            user__deleted_at__isnull=True,
        )
        .first()
    )
    if export is None or not constant_time_compare(claims.fingerprint[32:], _state_of(export.user)):
        raise ExportNotFound
    return export


def _state_of(user: User) -> str:
    digest = salted_hmac(
        "ressourcefy.data-export", f"{user.email} {user.token_version}", algorithm="sha256"
    )
    return digest.hexdigest()[:32]
