"""Change one's own public side."""

from django.db import transaction

from application.dto.commands import UpdateProfileCommand
from application.dto.results import UpdatedProfile
from application.exceptions import NoPublicProfile, ProfileIncomplete
from application.policies.account_policy import has_public_profile, needs_introduction
from core.services.audit import audit_change
from users.services.accounts import lock_user
from users.services.profiles import ProfileChanges, change_profile


class UpdateProfile:
    """Raises UsernameTaken, InvalidInput, NoPublicProfile for staff, or ProfileIncomplete."""

    @transaction.atomic
    def execute(self, command: UpdateProfileCommand) -> UpdatedProfile:
        user = lock_user(command.user.id)
        if not has_public_profile(user):
            raise NoPublicProfile
        profile, changed = change_profile(
            user,
            ProfileChanges(
                username=command.username, bio=command.bio, avatar_url=command.avatar_url
            ),
        )
        if needs_introduction(user) and not (profile.bio or profile.avatar_url):
            raise ProfileIncomplete
        if changed:
            audit_change(entity=profile, action="UPDATE", actor=user, after={"changed": changed})
        return UpdatedProfile(
            username=profile.username,
            bio=profile.bio or None,
            avatar_url=profile.avatar_url or None,
        )
