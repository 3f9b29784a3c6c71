"""What came of commands about comments."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PublishedComment:
    """A new comment."""

    comment_id: UUID
    resource_id: UUID
    author_id: UUID
    parent_id: UUID | None
    content: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CommentVoteResult:
    """The caller's vote now: no id and value 0 where there is none."""

    vote_id: UUID | None
    comment_id: UUID
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedComment:
    """A comment after its author looked at it again; `edited_at` is the last real change."""

    comment_id: UUID
    resource_id: UUID
    author_id: UUID
    parent_id: UUID | None
    content: str
    created_at: datetime
    updated_at: datetime
    edited_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedComment:
    comment_id: UUID
    resource_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeratedComment:
    """A comment that was hidden, or brought back."""

    comment_id: UUID
    resource_id: UUID
    is_hidden: bool
