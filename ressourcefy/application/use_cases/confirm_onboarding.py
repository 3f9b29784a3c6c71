"""Acknowledge that onboarding is finished."""

from application.dto.commands import ConfirmOnboardingCommand
from application.dto.results import OnboardingProgress
from users.services.onboarding import require_step
from users.types import OnboardingStep


class ConfirmOnboarding:
    """Changes nothing. Raises InvalidOnboardingStep before the end."""

    def execute(self, command: ConfirmOnboardingCommand) -> OnboardingProgress:
        require_step(command.user, OnboardingStep.COMPLETED)
        return OnboardingProgress(onboarding_step=OnboardingStep.COMPLETED)
