"""Files in which somebody gets all that the product holds about them."""

from django.db import models
from django.db.models import Q

from core.models import BaseModel
from users.models.user import User
from users.types import ExportStatus


class DataExport(BaseModel):
    """A file that was asked for. Row and file go together when its time is over.

    `file_name` names it in the storage `exports`.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="data_exports")
    status = models.CharField(max_length=7, choices=ExportStatus, default=ExportStatus.PENDING)
    file_name = models.CharField(max_length=100, blank=True, default="", editable=False)
    size_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    # Until then it is built, if it is pending, and kept, if it is ready.
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(status=ExportStatus.PENDING),
                name="data_export_one_pending",
            ),
            models.CheckConstraint(
                name="data_export_ready_has_file",
                condition=Q(status=ExportStatus.PENDING, file_name="", ready_at__isnull=True)
                | (
                    Q(status=ExportStatus.READY, ready_at__isnull=False)
                    & ~Q(file_name="")
                    & Q(size_bytes__isnull=False)
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="data_export_of_user"),
            models.Index(fields=["expires_at"], name="data_export_expiry"),
        ]

    def __str__(self) -> str:
        return str(self.id)
