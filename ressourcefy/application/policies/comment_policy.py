"""May this user do that to a comment?"""

from application.policies.resource_policy import can_access_resource
from interactions.models import Comment
from resources.models import Resource
from users.models import User


def can_comment(user: User, resource: Resource) -> bool:
    """Whoever may open a resource may comment on it."""
    return can_access_resource(user, resource)


def can_vote_on_comment(user: User, comment: Comment) -> bool:
    """Readers of the resource vote on comments that are neither deleted nor hidden."""
    return comment.is_shown and can_access_resource(user, comment.resource)
