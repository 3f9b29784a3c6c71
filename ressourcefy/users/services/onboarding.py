"""Onboarding: three steps, taken once and in order."""

from collections.abc import Collection
from uuid import UUID

from core.models import Tag
from core.services.tags import hold_tags
from users.exceptions import InvalidOnboardingStep, UnknownInterest
from users.models import User, UserInterest
from users.types import OnboardingStep

_NEXT = {
    OnboardingStep.NOT_STARTED: OnboardingStep.PROFILE,
    OnboardingStep.PROFILE: OnboardingStep.INTERESTS,
    OnboardingStep.INTERESTS: OnboardingStep.COMPLETED,
}


def require_step(user: User, step: OnboardingStep) -> None:
    """Raise InvalidOnboardingStep unless the account is at `step`."""
    if user.get_onboarding_step() != step:
        raise InvalidOnboardingStep


def leave_step(user: User, step: OnboardingStep) -> OnboardingStep:
    """Move the account from `step` to the next one, which is returned.

    Raises InvalidOnboardingStep if it is at another one. The caller holds the row's lock.
    """
    require_step(user, step)
    user.onboarding_step = _NEXT[step]
    user.save(update_fields=["onboarding_step", "updated_at"])
    return _NEXT[step]


def replace_interests(user: User, tag_ids: Collection[UUID]) -> None:
    """Make these tags the account's interests; the ones before are removed for good.

    Raises UnknownInterest for a tag that does not exist or was deleted. The caller holds the row's
    lock.
    """
    wanted = set(tag_ids)
    if len(hold_tags(wanted)) != len(wanted):
        raise UnknownInterest
    UserInterest.objects.filter(user=user).delete()
    UserInterest.objects.bulk_create(
        UserInterest(user=user, tag_id=tag_id) for tag_id in sorted(wanted)
    )


def refile_interests(source: Tag, target: Tag) -> int:
    """Make an interest in `source` one in `target`, once for each person; how many there were.

    The caller holds the locks of `core.services.tags.lock_tags_to_merge`.
    """
    interests = UserInterest.objects.filter(tag=source)
    already = UserInterest.objects.filter(tag=target).values("user_id")
    moved = interests.exclude(user_id__in=already).update(tag=target)
    removed, _by_table = interests.delete()
    return moved + removed
