"""The last step of onboarding: what one is interested in."""

from django.db import transaction

from application.dto.commands import ChooseInterestsCommand
from application.dto.events import AggregateType, EventType
from application.dto.results import OnboardingProgress
from core.outbox import emit_event
from core.services.audit import audit_change
from users.services.accounts import lock_user
from users.services.onboarding import leave_step, replace_interests
from users.types import OnboardingStep


class ChooseInterests:
    """Raises InvalidOnboardingStep or UnknownInterest. Replaces interests from before."""

    @transaction.atomic
    def execute(self, command: ChooseInterestsCommand) -> OnboardingProgress:
        user = lock_user(command.user.id)
        step = leave_step(user, OnboardingStep.INTERESTS)
        replace_interests(user, command.tag_ids)
        emit_event(
            AggregateType.USER,
            user.id,
            EventType.USER_ONBOARDING_COMPLETED,
            {"user_id": str(user.id)},
        )
        audit_change(
            entity=user,
            action="UPDATE",
            actor=user,
            before={"onboarding_step": OnboardingStep.INTERESTS},
            after={"onboarding_step": step, "interests": len(command.tag_ids)},
        )
        return OnboardingProgress(onboarding_step=step)
