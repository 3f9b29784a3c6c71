"""Who may buy what."""

from resources.models import Resource
from users.models import User
from users.types import Role


def can_buy(user: User, resource: Resource) -> bool:
    """Anyone who may not open it by what they are: its author and administrators may."""
    return resource.author_id != user.pk and not user.has_role(Role.ADMIN)
