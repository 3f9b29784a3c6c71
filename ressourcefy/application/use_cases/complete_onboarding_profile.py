"""The second step of onboarding: who one is."""

from django.db import transaction

from application.dto.commands import CompleteOnboardingProfileCommand
from application.dto.results import OnboardingProgress
from core.services.audit import audit_change
from users.services.accounts import lock_user
from users.services.onboarding import leave_step
from users.services.profiles import ProfileChanges, change_profile
from users.types import OnboardingStep


class CompleteOnboardingProfile:
    """Raises InvalidOnboardingStep, UsernameTaken, or InvalidInput. Blank texts are welcome."""

    @transaction.atomic
    def execute(self, command: CompleteOnboardingProfileCommand) -> OnboardingProgress:
        user = lock_user(command.user.id)
        step = leave_step(user, OnboardingStep.PROFILE)
        _profile, changed = change_profile(
            user,
            ProfileChanges(
                username=command.username, bio=command.bio, avatar_url=command.avatar_url
            ),
        )
        audit_change(
            entity=user,
            action="UPDATE",
            actor=user,
            before={"onboarding_step": OnboardingStep.PROFILE},
            after={"onboarding_step": step, "changed": changed},
        )
        return OnboardingProgress(onboarding_step=step)
