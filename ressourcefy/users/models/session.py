"""Sign-in sessions: what a refresh token stands for."""

from django.db import models
from django.db.models import Q

from core.models import BaseModel
from users.models.user import User


class UserSession(BaseModel):
    """One sign-in on one device. The id is the `sid` of all its tokens.

    `refresh_id` names the one refresh token that is good; `rotated_at` is when it replaced
    `previous_refresh_id`. `impersonator` is the administrator who acts in the user's name, and
    `impersonator_version` the token version of that account when this began.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="sessions")
    refresh_id = models.UUIDField()
    previous_refresh_id = models.UUIDField(null=True, blank=True)
    rotated_at = models.DateTimeField(null=True, blank=True)
    user_agent = models.CharField(max_length=500, blank=True, default="")
    # Browser and system in words that are safe to show (users.services.devices).
    device = models.CharField(max_length=60, blank=True, default="", db_default="")
    ip_address = models.GenericIPAddressField(null=True, blank=True, unpack_ipv4=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    impersonator = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    impersonator_version = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="user_session_impersonator_whole",
                condition=Q(impersonator__isnull=True, impersonator_version__isnull=True)
                | Q(impersonator__isnull=False, impersonator_version__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["user", "-created_at"],
                name="user_session_open",
                condition=Q(revoked_at__isnull=True),
            ),
            models.Index(fields=["expires_at"], name="user_session_expiry"),
        ]

    def __str__(self) -> str:
        return str(self.id)
