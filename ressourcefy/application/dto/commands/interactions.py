"""Commands about comments."""

from dataclasses import dataclass
from uuid import UUID

from resources.types import VoteValue
from users.models import User


@dataclass(frozen=True, slots=True)
class CreateCommentCommand:
    """Comment on a resource; `parent_id` makes it a reply."""

    user: User
    resource_id: UUID
    content: str
    parent_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class VoteOnCommentCommand:
    """Vote on a comment; None takes the vote back."""

    user: User
    comment_id: UUID
    vote_value: VoteValue | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditCommentCommand:
    """Say something else than before."""

    user: User
    comment_id: UUID
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteCommentCommand:
    """Take one's own comment back."""

    user: User
    comment_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ModerateCommentCommand:
    """Keep a comment from readers, or let them see it again; `reason` is for other moderators."""

    user: User
    comment_id: UUID
    is_hidden: bool
    reason: str
