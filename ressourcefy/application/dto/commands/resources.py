"""Commands about resources."""

from dataclasses import dataclass
from uuid import UUID

from resources.services.update_resource import ResourceChanges
from resources.types import Visibility, VoteValue
from users.models import User


@dataclass(frozen=True, slots=True)
class CreateResourceCommand:
    """Publish a resource, with its first file if `file_url` names one."""

    user: User
    title: str
    description: str
    visibility: Visibility = Visibility.PUBLIC
    price_cents: int | None = None
    tag_ids: tuple[UUID, ...] = ()
    file_url: str = ""


@dataclass(frozen=True, slots=True)
class UpdateResourceCommand:
    """Change what `changes` names."""

    user: User
    resource_id: UUID
    changes: ResourceChanges


@dataclass(frozen=True, slots=True)
class DeleteResourceCommand:
    """Take a resource out of sight."""

    user: User
    resource_id: UUID


@dataclass(frozen=True, slots=True)
class CreateResourceVersionCommand:
    """Publish a file as the next version."""

    user: User
    resource_id: UUID
    file_url: str


@dataclass(frozen=True, slots=True)
class AccessResourceCommand:
    """Open a resource."""

    user: User
    resource_id: UUID


@dataclass(frozen=True, slots=True)
class CompleteResourceCommand:
    """Be done with a resource."""

    user: User
    resource_id: UUID


@dataclass(frozen=True, slots=True)
class VoteOnResourceCommand:
    """Vote on a resource; None takes the vote back."""

    user: User
    resource_id: UUID
    vote_value: VoteValue | None
