"""What people say about a resource, the newest first; replies stand in the same list."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import FETCH_RAISE, OuterRef, SmallIntegerField, Subquery, Value

from core.metrics import timed_read
from interactions.models import Comment, CommentVote
from read_models.database import reads_for, replicated
from read_models.pagination import FIRST_PAGE, NEWEST_FIRST, PageRequest, Pagination
from read_models.resources.cards import Person, VoteStats, to_person
from resources.models import Resource
from resources.models.access import Viewer
from resources.services.access import open_for
from users.models import User

_COLUMNS = (
    "content",
    "parent_id",
    "upvotes",
    "downvotes",
    "created_at",
    "updated_at",
    "edited_at",
    "author__profile__user_id",
    "author__profile__username",
    "author__profile__avatar_url",
)


@dataclass(frozen=True, slots=True)
class CommentItem:
    """A comment; `user_vote` is the viewer's own. The parent of a reply may be gone."""

    id: UUID
    content: str
    parent_id: UUID | None
    author: Person
    stats: VoteStats
    user_vote: int | None
    created_at: datetime
    updated_at: datetime
    edited_at: datetime | None


@dataclass(frozen=True, slots=True)
class CommentPage:
    """One page of comments."""

    items: tuple[CommentItem, ...]
    pagination: Pagination


@timed_read
@replicated
def get_resource_comments(
    viewer: Viewer, resource_id: UUID, *, page: PageRequest = FIRST_PAGE
) -> CommentPage:
    """Two queries; one where the page is empty: the resource itself counts its comments.

    Raises ResourceNotFound, and ResourceLocked where a right is missing.
    """
    database = reads_for(viewer)
    resources = (
        Resource.objects.get_queryset()
        .using(database)
        .only("visibility", "comment_count")
        .fetch_mode(FETCH_RAISE)
    )
    resource = open_for(viewer, resource_id, among=resources)
    items: list[CommentItem] = []
    if page.offset < resource.comment_count:
        comments = Comment.objects.get_queryset().using(database)
        shown = comments.shown().filter(resource_id=resource_id).order_by(*NEWEST_FIRST)
        cut = shown.values("pk")[page.offset : page.offset + page.page_size]
        rows = (
            comments.filter(pk__in=cut)
            .select_related("author__profile")
            .only(*_COLUMNS)
            .annotate(user_vote=_vote_of(viewer))
            .order_by(*NEWEST_FIRST)
            .fetch_mode(FETCH_RAISE)
        )
        items = [_to_item(comment) for comment in rows]
    return CommentPage(items=tuple(items), pagination=Pagination.of(page, resource.comment_count))


def _vote_of(viewer: Viewer) -> Subquery | Value:
    if not isinstance(viewer, User):
        return Value(None, output_field=SmallIntegerField())
    votes = CommentVote.objects.filter(user=viewer, comment=OuterRef("pk"))
    return Subquery(votes.values("value"))


def _to_item(comment: Comment) -> CommentItem:
    annotated: Any = comment  # mypy does not see what a query annotates
    return CommentItem(
        id=comment.pk,
        content=comment.content,
        parent_id=comment.parent_id,
        author=to_person(comment.author),
        stats=VoteStats(
            upvotes=comment.upvotes,
            downvotes=comment.downvotes,
            total_votes=comment.upvotes + comment.downvotes,
        ),
        user_vote=annotated.user_vote,
        created_at=comment.created_at,
        updated_at=comment.updated_at,
        edited_at=comment.edited_at,
    )
