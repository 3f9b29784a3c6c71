"""Changing the public side of an account."""

from dataclasses import dataclass

from core.exceptions import InvalidInput
from users.models import Profile, User
from users.services.usernames import unique_username
from users.validators import normal_username, username_problems


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChanges:
    """What is to change; None leaves a field as it is, an empty text clears it."""

    username: str | None = None
    bio: str | None = None
    avatar_url: str | None = None


def change_profile(user: User, changes: ProfileChanges) -> tuple[Profile, list[str]]:
    """The profile of `user` after the changes, and the names of the fields that are different now.

    The caller holds the lock on the account. Raises InvalidInput for a user name that is none, and
    UsernameTaken; one's own name in any case is not taken.
    """
    profile = Profile.objects.get(user=user)
    values: dict[str, str | None] = {}
    if changes.username is not None:
        values["username"] = _checked_username(changes.username)
    if changes.bio is not None:
        values["bio"] = changes.bio
    if changes.avatar_url is not None:
        values["avatar_url"] = changes.avatar_url or None
    changed = [field for field, value in values.items() if getattr(profile, field) != value]
    for field in changed:
        setattr(profile, field, values[field])
    if changed:
        with unique_username():
            profile.save(update_fields=[*changed, "updated_at"])
    return profile, changed


def _checked_username(username: str) -> str:
    name = normal_username(username)
    if problems := username_problems(name):
        raise InvalidInput(details={"username": problems})
    return name
