"""What lists and pages show of a resource and of people; shared by the read models."""

from typing import TypedDict
from uuid import UUID

from users.models import User

# Shown as the author of what an erased account has left behind.
NAMELESS = "deleted user"


class VoteStats(TypedDict):
    """Votes; the total is how many there are, not the difference."""

    upvotes: int
    downvotes: int
    total_votes: int


class ResourceStats(TypedDict):
    """The counters of a resource; comments are those that readers see."""

    comment_count: int
    upvotes: int
    downvotes: int
    total_votes: int


class Person(TypedDict):
    """How an author is shown."""

    id: UUID
    username: str
    avatar_url: str | None


def to_person(user: User) -> Person:
    """The public side of an account, also of one without a profile."""
    profile = getattr(user, "profile", None)
    return {
        "id": user.pk,
        "username": profile.username if profile else NAMELESS,
        "avatar_url": profile.avatar_url if profile else None,
    }


def stats_of(row: dict[str, int]) -> ResourceStats:
    """The counters in a row of the feed."""
    return {
        "comment_count": row["comment_count"],
        "upvotes": row["upvotes"],
        "downvotes": row["downvotes"],
        "total_votes": row["upvotes"] + row["downvotes"],
    }
