"""Commands of administrators. `user` is whoever authentication found."""

from dataclasses import dataclass
from uuid import UUID

from resources.services.update_resource import ResourceChanges
from resources.types import Visibility
from users.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteUserCommand:
    user: User
    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreUserCommand:
    user: User
    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveResourceCommand:
    user: User
    resource_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreResourceCommand:
    user: User
    resource_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishForAuthorCommand:
    """Publish in the name of another account."""

    user: User
    author_id: UUID
    title: str
    description: str
    visibility: Visibility = Visibility.PUBLIC
    price_cents: int | None = None
    tag_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EditResourceCommand:
    """Change what `changes` names."""

    user: User
    resource_id: UUID
    changes: ResourceChanges


@dataclass(frozen=True, slots=True, kw_only=True)
class AddResourceVersionCommand:
    user: User
    resource_id: UUID
    file_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveCommentCommand:
    user: User
    comment_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreCommentCommand:
    user: User
    comment_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTagCommand:
    user: User
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameTagCommand:
    user: User
    tag_id: UUID
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteTagCommand:
    user: User
    tag_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreTagCommand:
    user: User
    tag_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeTagsCommand:
    """File under the target whatever is filed under the source."""

    user: User
    source_tag_id: UUID
    target_tag_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInAdministratorCommand:
    email: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRoleRequestCommand:
    """Give the role that was asked for, or refuse it."""

    user: User
    request_id: UUID
    is_approved: bool
    reason: str = ""
