"""May this user do that to a comment?"""

from application.policies.resource_policy import can_access_resource
from interactions.models import Comment
from resources.models import Resource
from users.models import User
from users.types import Role


def can_comment(user: User, resource: Resource) -> bool:
    """Whoever may open a resource may comment on it."""
    return can_access_resource(user, resource)


def can_edit_comment(user: User, comment: Comment) -> bool:
    """Its author, as long as they see it themselves as readers do."""
    return (
        comment.author_id == user.pk
        and comment.is_shown
        and can_access_resource(user, comment.resource)
    )


def can_delete_comment(user: User, comment: Comment) -> bool:
    """Its author, whatever became of the comment or of the right to its resource."""
    return comment.author_id == user.pk


def can_moderate(user: User) -> bool:
    """Moderators and above whose account is in order."""
    return (
        user.is_active
        and user.is_activated
        and not user.is_deleted
        and user.has_role(Role.MODERATOR)
    )


def can_moderate_comment(user: User, comment: Comment) -> bool:
    """Moderators decide where they may read, and never on their own words."""
    return (
        can_moderate(user)
        and comment.author_id != user.pk
        and can_access_resource(user, comment.resource)
    )
