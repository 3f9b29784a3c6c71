"""What came of commands about resources."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from resources.types import ProgressEntry, Visibility


@dataclass(frozen=True, slots=True)
class PublishedResource:
    """A new resource; `tags` are ids."""

    resource_id: UUID
    title: str
    description: str
    visibility: Visibility
    price_cents: int | None
    author_id: UUID
    tags: tuple[UUID, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class UpdatedResource:
    """A resource after a change; `tags` are ids."""

    resource_id: UUID
    title: str
    description: str
    visibility: Visibility
    price_cents: int | None
    author_id: UUID
    tags: tuple[UUID, ...]
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class DeletedResource:
    """What was deleted."""

    resource_id: UUID
    title: str


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """A new file of a resource."""

    resource_id: UUID
    version_number: int
    file_url: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LatestVersion:
    """The newest file of a resource."""

    version_number: int
    file_url: str


@dataclass(frozen=True, slots=True)
class GrantedAccess:
    """An open door: the newest file, if there is one, and the reader's progress."""

    resource_id: UUID
    latest_version: LatestVersion | None
    progress: ProgressEntry


@dataclass(frozen=True, slots=True)
class ResourceVoteResult:
    """The caller's vote now: no id and value 0 where there is none."""

    vote_id: UUID | None
    resource_id: UUID
    value: int
