"""The vocabulary of accounts."""

from enum import StrEnum
from typing import NewType
from uuid import UUID

from django.db import models

UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)


class Role(models.TextChoices):
    """What an account may do beyond its own things; each role includes the ones before it."""

    USER = "USER"
    CONTRIBUTOR = "CONTRIBUTOR"
    MODERATOR = "MODERATOR"
    ADMIN = "ADMIN"
    SUPERADMIN = "SUPERADMIN"

    @property
    def rank(self) -> int:
        """Position in the hierarchy, USER being 0."""
        return _RANKS[self]

    def includes(self, other: "Role") -> bool:
        """Whether this role may do all that `other` may."""
        return self.rank >= other.rank


_RANKS = {role: rank for rank, role in enumerate(Role)}


class OnboardingStep(models.TextChoices):
    """Where a new account stands on its way to being usable; forward only."""

    NOT_STARTED = "not_started"
    PROFILE = "profile"
    INTERESTS = "interests"
    COMPLETED = "completed"


class AuthProvider(models.TextChoices):
    """Who vouches for the account at sign-in."""

    LOCAL = "local"
    GOOGLE = "google"


class Notification(StrEnum):
    """Mails that one can do without; each is a field of the preferences."""

    ON_REPLY = "on_reply"
    ON_COMMENT = "on_comment"
    ON_ROLE_DECISION = "on_role_decision"


class ExportStatus(models.TextChoices):
    """The life of a file with somebody's data; afterwards there is none."""

    PENDING = "pending"
    READY = "ready"


class RoleRequestStatus(models.TextChoices):
    """The life of a request for a role."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
