"""Accounts for tests."""

from functools import cache
from itertools import count
from typing import Any
from uuid import uuid4

from django.contrib.auth.hashers import make_password

from core.models import Tag
from users.models import Profile, User
from users.types import OnboardingStep, Role

PASSWORD = "correct horse battery staple"

_numbers = count(1)


@cache
def _hashed_password() -> str:
    return make_password(PASSWORD)


def make_user(
    *, username: str | None = None, email: str | None = None, role: Role = Role.USER, **fields: Any
) -> User:
    """An account that can do all that its role may; its password is PASSWORD."""
    name = username or f"user{next(_numbers)}_{uuid4().hex[:8]}"
    user = User(
        email=email or f"{name}@example.org".lower(),
        **{
            "password": _hashed_password(),
            "is_activated": True,
            "onboarding_step": OnboardingStep.COMPLETED,
            **fields,
        },
    )
    user.assign_role(role)
    user.save(force_insert=True)
    Profile.objects.create(user=user, username=name, bio="Reads a lot.")
    return user


def make_contributor(**fields: Any) -> User:
    """An account that may publish."""
    return make_user(role=Role.CONTRIBUTOR, **fields)


def make_tag(name: str | None = None) -> Tag:
    """A live tag."""
    return Tag.objects.create(name=name or f"Subject {next(_numbers)} {uuid4().hex[:8]}")
