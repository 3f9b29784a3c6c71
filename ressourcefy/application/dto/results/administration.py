"""What commands of administrators end with."""

from dataclasses import dataclass
from uuid import UUID

from users.types import Role, RoleRequestStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStanding:
    """`changed` is False if everything was as wanted before."""

    user_id: UUID
    is_active: bool
    is_deleted: bool
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentStanding:
    """A resource, comment or tag that was deleted or restored."""

    object_id: UUID
    is_deleted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTag:
    tag_id: UUID
    name: str
    slug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedForAuthor:
    resource_id: UUID
    title: str
    author_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedResource:
    """`updated_fields` names what differs now."""

    resource_id: UUID
    title: str
    updated_fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedTags:
    """How many resources and interests the source had."""

    source_tag_id: UUID
    target_tag_id: UUID
    resources: int
    interests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedRoleRequest:
    """A request that was approved or rejected."""

    request_id: UUID
    user_id: UUID
    requested_role: Role
    status: RoleRequestStatus
