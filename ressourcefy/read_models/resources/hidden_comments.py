"""What moderators have hidden, the latest first; for moderators."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import FETCH_RAISE

from core.metrics import timed_read
from interactions.models import Comment
from read_models.pagination import FIRST_PAGE, PageRequest, Pagination
from read_models.resources.cards import Person, to_person
from resources.models import Resource
from users.models import User

_COLUMNS = (
    "content",
    "parent_id",
    "created_at",
    "hidden_at",
    "hidden_reason",
    "resource__title",
    "author__profile__user_id",
    "author__profile__username",
    "author__profile__avatar_url",
    "hidden_by__profile__user_id",
    "hidden_by__profile__username",
    "hidden_by__profile__avatar_url",
)


@dataclass(frozen=True, slots=True)
class HiddenComment:
    """A hidden comment, and who hid it why."""

    id: UUID
    content: str
    parent_id: UUID | None
    author: Person
    resource_id: UUID
    resource_title: str
    created_at: datetime
    hidden_at: datetime
    hidden_by: Person | None
    reason: str


@dataclass(frozen=True, slots=True)
class HiddenComments:
    """One page of them."""

    items: tuple[HiddenComment, ...]
    pagination: Pagination


@timed_read
def get_hidden_comments(moderator: User, *, page: PageRequest = FIRST_PAGE) -> HiddenComments:
    """On resources that the moderator may open. Two queries; one where the page is empty."""
    opened = Resource.objects.visible_for(moderator)
    hidden = Comment.objects.get_queryset().filter(hidden_at__isnull=False, resource__in=opened)
    total_count = hidden.count()
    items: list[HiddenComment] = []
    if page.offset < total_count:
        rows = (
            hidden.select_related("resource", "author__profile", "hidden_by__profile")
            .only(*_COLUMNS)
            .order_by("-hidden_at", "-id")
            .fetch_mode(FETCH_RAISE)[page.offset : page.offset + page.page_size]
        )
        items = [_to_item(comment) for comment in rows]
    return HiddenComments(items=tuple(items), pagination=Pagination.of(page, total_count))


def _to_item(comment: Comment) -> HiddenComment:
    assert comment.hidden_at is not None  # noqa: S101 - the condition of the query
    return HiddenComment(
        id=comment.pk,
        content=comment.content,
        parent_id=comment.parent_id,
        author=to_person(comment.author),
        resource_id=comment.resource_id,
        resource_title=comment.resource.title,
        created_at=comment.created_at,
        hidden_at=comment.hidden_at,
        hidden_by=to_person(comment.hidden_by) if comment.hidden_by else None,
        reason=comment.hidden_reason,
    )
