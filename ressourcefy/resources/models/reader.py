"""What readers leave on a resource: votes and progress."""

from django.db import models
from django.db.models import Q

from core.models import BaseModel
from resources.models.resource import Resource
from resources.types import ProgressEntry, ProgressStatus, VoteValue
from users.models import User


class ResourceVote(BaseModel):
    """One person's vote on one resource."""

    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="votes")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="resource_votes")
    value = models.SmallIntegerField(choices=VoteValue)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "resource"], name="resource_vote_unique"),
            models.CheckConstraint(
                condition=Q(value__in=VoteValue.values), name="resource_vote_value"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.value:+d}"


class ResourceProgress(BaseModel):
    """How far one person has come with one resource."""

    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="progress")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="progress")
    status = models.CharField(
        max_length=11, choices=ProgressStatus, default=ProgressStatus.IN_PROGRESS
    )
    started_at = models.DateTimeField(null=True, blank=True)
    last_accessed_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "resource progress"
        constraints = [
            models.UniqueConstraint(fields=["user", "resource"], name="resource_progress_unique"),
            models.CheckConstraint(
                name="resource_progress_completed_at",
                condition=Q(status=ProgressStatus.COMPLETED, completed_at__isnull=False)
                | (~Q(status=ProgressStatus.COMPLETED) & Q(completed_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["-last_accessed_at", "-id"], name="progress_last_accessed"),
            models.Index(fields=["user", "-last_accessed_at", "-id"], name="progress_of_user"),
            models.Index(
                fields=["resource", "-last_accessed_at", "-id"], name="progress_on_resource"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.status}"

    def to_entry(self) -> ProgressEntry:
        """The row as values."""
        return ProgressEntry(
            progress_id=self.pk,
            user_id=self.user_id,
            resource_id=self.resource_id,
            status=ProgressStatus(self.status),
            started_at=self.started_at,
            last_accessed_at=self.last_accessed_at,
            completed_at=self.completed_at,
        )
