"""May this user do that to a resource? `docs/resources.md` has the table."""

from resources.models import Resource
from resources.models.access import Viewer
from resources.services.access import has_access
from users.models import User
from users.types import Role


def can_create_resource(user: User) -> bool:
    """Contributors and above publish."""
    return user.has_role(Role.CONTRIBUTOR)


def can_change_resource(user: User, resource: Resource) -> bool:
    """The author changes and deletes it, as long as they may publish."""
    return resource.author_id == user.pk and can_create_resource(user)


def can_publish_version(user: User, resource: Resource) -> bool:
    """Who may change a resource may add a version."""
    return can_change_resource(user, resource)


def can_access_resource(user: Viewer, resource: Resource) -> bool:
    """Whoever the rule of access lets in opens and completes it, and may vote and comment."""
    return has_access(user, resource)
