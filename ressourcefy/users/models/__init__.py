"""Accounts: users, profiles, interests, sessions, role requests and notification choices."""

from users.models.choices import NotificationPreferences, RoleRequest, UserInterest
from users.models.export import DataExport
from users.models.session import UserSession
from users.models.user import Profile, User, UserManager, normal_email

__all__ = [
    "DataExport",
    "NotificationPreferences",
    "Profile",
    "RoleRequest",
    "User",
    "UserInterest",
    "UserManager",
    "UserSession",
    "normal_email",
]
