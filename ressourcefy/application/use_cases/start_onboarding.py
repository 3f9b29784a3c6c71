"""Begin to set up a new account."""

from django.db import transaction

from application.dto.commands import StartOnboardingCommand
from application.dto.results import OnboardingProgress
from core.services.audit import audit_change
from users.services.accounts import lock_user
from users.services.onboarding import leave_step
from users.types import OnboardingStep


class StartOnboarding:
    """Raises InvalidOnboardingStep once the first step is taken."""

    @transaction.atomic
    def execute(self, command: StartOnboardingCommand) -> OnboardingProgress:
        user = lock_user(command.user.id)
        step = leave_step(user, OnboardingStep.NOT_STARTED)
        audit_change(
            entity=user,
            action="UPDATE",
            actor=user,
            before={"onboarding_step": OnboardingStep.NOT_STARTED},
            after={"onboarding_step": step},
        )
        return OnboardingProgress(onboarding_step=step)
