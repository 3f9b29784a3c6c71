"""What people may do with accounts, their own and others'."""

from users.models import User
from users.types import Role


def can_set_roles(user: User) -> bool:
    """Superadmins only."""
    return user.is_active and user.role == Role.SUPERADMIN


def has_public_profile(user: User) -> bool:
    """Administrators have a name, and no profile that they could edit."""
    return not user.has_role(Role.ADMIN)


def needs_introduction(user: User) -> bool:
    """Whether the profile has to keep a biography or a picture; others are known by their work."""
    return user.role == Role.USER
