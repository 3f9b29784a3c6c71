"""Accounts: users, profiles, interests, sessions, role requests and notification choices."""

from users.models.choices import NotificationPreferences, RoleRequest, UserInterest
from users.models.session import UserSession
from users.models.user import Profile, User, UserManager, normal_email

__all__ = [
    "NotificationPreferences",
    "Profile",
    "RoleRequest",
    "User",
    "UserInterest",
    "UserManager",
    "UserSession",
    "normal_email",
]
