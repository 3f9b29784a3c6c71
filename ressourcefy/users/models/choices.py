"""What a person has chosen: interests, a role to ask for, mails to receive."""

from django.db import models
from django.db.models import Q

from core.models import BaseModel, Tag
from users.models.user import User
from users.types import Role, RoleRequestStatus


class UserInterest(BaseModel):
    """A subject that a person wants to see more of."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="interests")
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "tag"], name="user_interest_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.tag_id}"


class RoleRequest(BaseModel):
    """A person's wish for a role, to be decided by an administrator."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="role_requests")
    requested_role = models.CharField(max_length=11, choices=Role)
    # What the person was when asking: the wish counts for as long as that is so.
    held_role = models.CharField(
        max_length=11, choices=Role, default=Role.USER, db_default=Role.USER
    )
    reason = models.TextField(blank=True, default="", max_length=1_000)
    status = models.CharField(
        max_length=8, choices=RoleRequestStatus, default=RoleRequestStatus.PENDING
    )
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.CharField(max_length=500, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "requested_role"],
                condition=Q(status=RoleRequestStatus.PENDING),
                name="role_request_one_pending",
            ),
            models.CheckConstraint(
                name="role_request_asks_for_community_roles",
                condition=Q(requested_role__in=[Role.CONTRIBUTOR, Role.MODERATOR]),
            ),
            models.CheckConstraint(
                name="role_request_pending_is_undecided",
                condition=~Q(status=RoleRequestStatus.PENDING)
                | Q(decided_at__isnull=True, decided_by__isnull=True, decision_reason=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                name="role_request_open",
                condition=Q(status=RoleRequestStatus.PENDING),
            ),
            models.Index(fields=["status", "-id"], name="role_request_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.requested_role}"


class NotificationPreferences(BaseModel):
    """Which mails beside the necessary ones a person wants."""

    user = models.OneToOneField(
        User, on_delete=models.PROTECT, related_name="notification_preferences"
    )
    on_reply = models.BooleanField(default=True)
    on_comment = models.BooleanField(default=True)
    on_role_decision = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "notification preferences"

    def __str__(self) -> str:
        return str(self.user_id)
