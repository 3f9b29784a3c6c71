"""Onboarding: every call at every step, and the race of two tabs."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.test import TestCase, TransactionTestCase
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from application.dto.commands import (
    ChooseInterestsCommand,
    CompleteOnboardingProfileCommand,
    ConfirmOnboardingCommand,
    StartOnboardingCommand,
)
from application.dto.events import EventType
from application.dto.results import OnboardingProgress
from application.tests.test_use_cases.account_helpers import events_of
from application.use_cases.choose_interests import ChooseInterests
from application.use_cases.complete_onboarding_profile import CompleteOnboardingProfile
from application.use_cases.confirm_onboarding import ConfirmOnboarding
from application.use_cases.start_onboarding import StartOnboarding
from audit.models import AuditLog
from core.exceptions import InvalidInput
from core.models.base import new_id
from core.tests.races import at_once
from users.exceptions import InvalidOnboardingStep, UnknownInterest, UsernameTaken
from users.models import Profile, User, UserInterest
from users.tests.factories import make_tag, make_user
from users.types import OnboardingStep


def start(user: User) -> OnboardingProgress:
    return StartOnboarding().execute(StartOnboardingCommand(user=user))


def complete_profile(user: User, username: str | None = None, bio: str = "") -> OnboardingProgress:
    return CompleteOnboardingProfile().execute(
        CompleteOnboardingProfileCommand(
            user=user, username=username or user.profile.username, bio=bio, avatar_url=""
        )
    )


def choose(user: User, *tag_ids: UUID) -> OnboardingProgress:
    return ChooseInterests().execute(
        ChooseInterestsCommand(user=user, tag_ids=frozenset(tag_ids or (make_tag().id,)))
    )


def confirm(user: User) -> OnboardingProgress:
    return ConfirmOnboarding().execute(ConfirmOnboardingCommand(user=user))


#: What each call needs, and where it leads.
CALLS: dict[str, tuple[Callable[[User], OnboardingProgress], OnboardingStep, OnboardingStep]] = {
    "start": (start, OnboardingStep.NOT_STARTED, OnboardingStep.PROFILE),
    "profile": (complete_profile, OnboardingStep.PROFILE, OnboardingStep.INTERESTS),
    "interests": (choose, OnboardingStep.INTERESTS, OnboardingStep.COMPLETED),
    "complete": (confirm, OnboardingStep.COMPLETED, OnboardingStep.COMPLETED),
}


class OnboardingTests(TestCase):
    def test_takes_each_step_from_its_own_place_only(self) -> None:
        for name, (call, needed, following) in CALLS.items():
            for step in OnboardingStep:
                with self.subTest(call=name, step=step):
                    user = make_user(onboarding_step=step)

                    if step == needed:
                        self.assertEqual(call(user).onboarding_step, following)
                    else:
                        with self.assertRaises(InvalidOnboardingStep):
                            call(user)

                    user.refresh_from_db()
                    self.assertEqual(user.onboarding_step, following if step == needed else step)

    def test_takes_ones_own_name_and_blank_texts(self) -> None:
        user = make_user(username="ana", onboarding_step=OnboardingStep.PROFILE)

        complete_profile(user, username="ana", bio="")

        profile = Profile.objects.get(user=user)
        self.assertEqual((profile.username, profile.bio, profile.avatar_url), ("ana", "", None))

    def test_stays_where_it_is_if_the_name_is_taken_or_none(self) -> None:
        user = make_user(onboarding_step=OnboardingStep.PROFILE)
        make_user(username="taken")

        for name, refusal in (("TAKEN", UsernameTaken), ("a b c", InvalidInput)):
            with self.subTest(name=name), self.assertRaises(refusal):
                complete_profile(user, username=name)

        user.refresh_from_db()
        self.assertEqual(user.onboarding_step, OnboardingStep.PROFILE)

    def test_replaces_interests_from_before_for_good(self) -> None:
        user = make_user(onboarding_step=OnboardingStep.INTERESTS)
        old, new = make_tag(), make_tag()
        UserInterest.objects.create(user=user, tag=old)

        choose(user, new.id)

        self.assertEqual([interest.tag for interest in UserInterest.objects.all()], [new])

    def test_refuses_tags_that_do_not_exist_or_were_deleted(self) -> None:
        user = make_user(onboarding_step=OnboardingStep.INTERESTS)
        deleted, live = make_tag(), make_tag()
        deleted.delete()

        for tag_id in (deleted.id, new_id()):
            with self.subTest(tag_id=tag_id), self.assertRaises(UnknownInterest):
                choose(user, live.id, tag_id)

        user.refresh_from_db()
        self.assertEqual(user.onboarding_step, OnboardingStep.INTERESTS)
        self.assertFalse(UserInterest.objects.exists())

    def test_emits_its_end_once_and_audits_every_step(self) -> None:
        user = make_user(onboarding_step=OnboardingStep.NOT_STARTED)

        start(user)
        complete_profile(user)
        choose(user)

        self.assertEqual(events_of(user), [EventType.USER_ONBOARDING_COMPLETED])
        self.assertEqual(
            list(
                AuditLog.objects.order_by("id").values_list(
                    "after_state__onboarding_step", flat=True
                )
            ),
            [OnboardingStep.PROFILE, OnboardingStep.INTERESTS, OnboardingStep.COMPLETED],
        )


class OnboardingMachine(RuleBasedStateMachine):
    """Any sequence of calls, against the four lines of the table above."""

    @initialize()
    def begin(self) -> None:
        self.user = make_user(onboarding_step=OnboardingStep.NOT_STARTED)
        self.expected = OnboardingStep.NOT_STARTED
        self.visited = [self.expected]

    @rule(name=st.sampled_from(sorted(CALLS)))
    def call(self, name: str) -> None:
        call, needed, following = CALLS[name]
        try:
            call(User.objects.select_related("profile").get(pk=self.user.pk))
        except InvalidOnboardingStep:
            assert needed != self.expected
        else:
            assert needed == self.expected
            self.expected = following

    @invariant()
    def the_stored_step_is_the_expected_one(self) -> None:
        if hasattr(self, "user"):
            self.user.refresh_from_db()
            assert self.user.get_onboarding_step() == self.expected

    @invariant()
    def the_end_is_told_exactly_when_it_is_reached(self) -> None:
        if hasattr(self, "user"):
            finished = self.expected == OnboardingStep.COMPLETED
            assert events_of(self.user) == [EventType.USER_ONBOARDING_COMPLETED] * finished


class OnboardingMachineTests(TestCase):
    def test_holds_for_any_sequence_of_calls(self) -> None:
        run_state_machine_as_test(
            OnboardingMachine,
            settings=settings(max_examples=20, stateful_step_count=12, deadline=None),
        )


class OnboardingRaceTests(TransactionTestCase):
    def test_lets_one_of_two_tabs_succeed(self) -> None:
        for name, (call, needed, _following) in list(CALLS.items())[:3]:
            with self.subTest(call=name):
                user = make_user(onboarding_step=needed)

                results = at_once([partial(call, user) for _ in range(8)])

                kinds = [type(result) for result in results]
                self.assertEqual(kinds.count(OnboardingProgress), 1, kinds)
                self.assertEqual(kinds.count(InvalidOnboardingStep), 7, kinds)
