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


def can_administrate(user: User) -> bool:
    """Administrators and superadmins whose account is in order."""
    return (
        user.is_active and user.is_activated and not user.is_deleted and user.has_role(Role.ADMIN)
    )


def can_manage_account(user: User, account: User) -> bool:
    """Shut `account` out or let it in: those below one's own role, and never oneself.

    Superadmins manage one another as well, so that one who goes wrong can be stopped.
    """
    if not can_administrate(user) or user.pk == account.pk:
        return False
    return user.role == Role.SUPERADMIN or not account.has_role(Role(user.role))


def can_reset_password(user: User, account: User) -> bool:
    """Have a new password mailed to the owner; superadmins' only by superadmins."""
    return can_administrate(user) and (
        user.role == Role.SUPERADMIN or account.role != Role.SUPERADMIN
    )


def can_impersonate(user: User) -> bool:
    """Superadmins whose account is in order."""
    return can_administrate(user) and user.role == Role.SUPERADMIN


def can_remove_content(user: User) -> bool:
    """Take other people's resources and comments out of sight, and back."""
    return can_administrate(user)


def can_edit_content(user: User) -> bool:
    """Publish in another's name, and change other people's resources."""
    return can_administrate(user)


def can_keep_books(user: User) -> bool:
    """Give money back, end subscriptions, and give premium without payment."""
    return can_administrate(user)


def can_keep_tags(user: User) -> bool:
    """Make, rename, merge, delete and restore subjects."""
    return can_administrate(user)
