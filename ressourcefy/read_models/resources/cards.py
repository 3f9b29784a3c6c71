"""What lists and pages show of a resource; shared by the read models of this package."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import FETCH_RAISE, Prefetch

from core.models import Tag
from resources.models import Resource, ResourceQuerySet
from users.models import User

# Shown as the author of what an erased account has left behind.
NAMELESS = "deleted user"

_COLUMNS = (
    "title",
    "attribution",
    "visibility",
    "price_cents",
    "comment_count",
    "upvotes",
    "downvotes",
    "created_at",
    "updated_at",
    "author__profile__user_id",
    "author__profile__username",
    "author__profile__avatar_url",
)


@dataclass(frozen=True, slots=True)
class VoteStats:
    """Votes; the total is how many there are, not the difference."""

    upvotes: int
    downvotes: int
    total_votes: int


@dataclass(frozen=True, slots=True)
class ResourceStats:
    """The counters of a resource; comments are those that readers see."""

    comment_count: int
    upvotes: int
    downvotes: int
    total_votes: int


@dataclass(frozen=True, slots=True)
class Person:
    """How an author is shown."""

    id: UUID
    username: str
    avatar_url: str | None


def with_author(resources: ResourceQuerySet, *columns: str) -> ResourceQuerySet:
    """Load the author, what a card shows and `columns`, and nothing else."""
    return (
        resources.select_related("author__profile")
        .only(*_COLUMNS, *columns)
        .fetch_mode(FETCH_RAISE)
    )


def live_tags() -> "Prefetch[Any]":
    """The names of the live tags of all rows, in one query."""
    return Prefetch("tags", queryset=Tag.objects.only("name").fetch_mode(FETCH_RAISE))


def to_person(user: User) -> Person:
    """The public side of an account, also of one without a profile."""
    profile = getattr(user, "profile", None)
    return Person(
        id=user.pk,
        username=profile.username if profile else NAMELESS,
        avatar_url=profile.avatar_url if profile else None,
    )


def to_stats(resource: Resource) -> ResourceStats:
    """The counters of a resource."""
    return ResourceStats(
        comment_count=resource.comment_count,
        upvotes=resource.upvotes,
        downvotes=resource.downvotes,
        total_votes=resource.upvotes + resource.downvotes,
    )


def tag_names(resource: Resource) -> tuple[str, ...]:
    """The names of the live tags, in order."""
    return tuple(tag.name for tag in resource.tags.all())
