"""Comments on resources and the votes on comments."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q

from core.models import BaseModel, SoftDeleteManager, SoftDeleteModel, SoftDeleteQuerySet
from interactions.types import ModerationAction
from resources.models import Resource
from resources.types import VoteValue
from users.models import User


class CommentQuerySet(SoftDeleteQuerySet["Comment"]):
    """Queries on comments."""

    def shown(self) -> Self:
        """What readers see: neither deleted nor hidden by a moderator."""
        return self.filter(deleted_at__isnull=True, hidden_at__isnull=True)


class CommentManager(SoftDeleteManager["Comment"]):
    """Live comments."""

    queryset_class = CommentQuerySet

    def get_queryset(self) -> CommentQuerySet:
        return CommentQuerySet(self.model, using=self._db).active()

    def shown(self) -> CommentQuerySet:
        """What readers see."""
        return self.get_queryset().shown()


class Comment(SoftDeleteModel):
    """What somebody says about a resource. A reply's parent belongs to the same resource.

    The database holds that with a foreign key over both columns. Counters are kept by triggers.
    """

    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="comments")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="comments")
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replies"
    )
    content = models.TextField(max_length=5_000)
    # When the author last changed the text.
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)
    hidden_at = models.DateTimeField(null=True, blank=True, editable=False)
    hidden_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    hidden_reason = models.CharField(max_length=500, blank=True, default="", editable=False)
    upvotes = models.PositiveIntegerField(default=0, editable=False)
    downvotes = models.PositiveIntegerField(default=0, editable=False)

    objects: ClassVar[CommentManager] = CommentManager()
    all_objects: ClassVar[models.Manager[Any]] = models.Manager.from_queryset(CommentQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["id", "resource"], name="comment_id_resource"),
            models.CheckConstraint(condition=~Q(content=""), name="comment_content_not_blank"),
            models.CheckConstraint(
                condition=~Q(parent=models.F("id")), name="comment_not_own_parent"
            ),
        ]
        indexes = [
            models.Index(
                fields=["resource", "-created_at", "-id"],
                name="comment_of_resource",
                condition=Q(deleted_at__isnull=True, hidden_at__isnull=True),
            ),
            # What the administration filters by.
            models.Index(
                fields=["-id"], name="comment_deleted", condition=Q(deleted_at__isnull=False)
            ),
            models.Index(
                fields=["-id"], name="comment_hidden", condition=Q(hidden_at__isnull=False)
            ),
            # What moderators look through.
            models.Index(
                fields=["-hidden_at", "-id"],
                name="comment_lately_hidden",
                condition=Q(deleted_at__isnull=True, hidden_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_shown(self) -> bool:
        """Whether readers see it."""
        return self.deleted_at is None and self.hidden_at is None


class CommentModeration(BaseModel):
    """That a moderator hid a comment or brought it back, and why."""

    comment = models.ForeignKey(Comment, on_delete=models.PROTECT, related_name="moderations")
    moderator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=7, choices=ModerationAction)
    reason = models.CharField(max_length=500)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(action__in=ModerationAction.values),
                name="comment_moderation_action_known",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="comment_moderation_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.comment_id} {self.action}"


class CommentVote(BaseModel):
    """One person's vote on one comment."""

    comment = models.ForeignKey(Comment, on_delete=models.PROTECT, related_name="votes")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="comment_votes")
    value = models.SmallIntegerField(choices=VoteValue)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "comment"], name="comment_vote_unique"),
            models.CheckConstraint(
                condition=Q(value__in=VoteValue.values), name="comment_vote_value"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.value:+d}"
