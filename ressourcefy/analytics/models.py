"""What people do, as an append-only stream."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from core.models.base import new_id
from users.models import User


class UserEvent(models.Model):
    """One thing that somebody did. Address and agent are dropped after a while, rows later."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    user = models.ForeignKey(
        User, on_delete=models.DO_NOTHING, null=True, blank=True, related_name="+", db_index=False
    )
    event_type = models.CharField(max_length=100)
    event_data = models.JSONField(default=dict)
    session_id = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001 - unknown
    ip_address = models.GenericIPAddressField(null=True, blank=True, unpack_ipv4=True)
    user_agent = models.CharField(max_length=500, null=True, blank=True)  # noqa: DJ001 - unknown

    class Meta:
        indexes = [
            BrinIndex(fields=["created_at"], name="user_event_time", autosummarize=True),
            models.Index(fields=["user", "-created_at"], name="user_event_of_user"),
            # What is still to be stripped of the caller's address; never more than a month of rows.
            models.Index(
                fields=["created_at"],
                name="user_event_with_address",
                condition=Q(ip_address__isnull=False) | Q(user_agent__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.id}"
