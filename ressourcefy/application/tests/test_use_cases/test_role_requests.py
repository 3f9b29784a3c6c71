"""Asking for a role and deciding about it: who may, what follows, and no way up."""

from collections.abc import Callable
from functools import partial

from django.core import mail
from django.db import IntegrityError, transaction
from django.test import TestCase, TransactionTestCase, override_settings
from django.utils import timezone

from analytics.models import UserEvent
from application.dto.commands import (
    RequestRoleCommand,
    ReviewRoleRequestCommand,
    SetRoleCommand,
)
from application.dto.events import EventType
from application.dto.results import RequestedRole, ReviewedRoleRequest
from application.tests.test_use_cases.account_helpers import events_of, is_good, sign_in
from application.use_cases.request_role import RequestRole
from application.use_cases.review_role_request import ReviewRoleRequest
from application.use_cases.set_role import SetRole
from audit.models import AuditLog
from core.exceptions import AccessDenied, InvalidInput, TooManyRequests
from core.models import OutboxEvent
from core.models.base import new_id
from core.outbox import process_outbox
from core.tests.races import at_once
from users.exceptions import (
    IntroductionMissing,
    RoleHeldAlready,
    RoleNotOnRequest,
    RoleRequestDecided,
    RoleRequestNotFound,
    RoleRequestOutdated,
    RoleRequestPending,
)
from users.models import Profile, RoleRequest, User
from users.tests.factories import make_user
from users.types import Role, RoleRequestStatus

STAFF = (Role.ADMIN, Role.SUPERADMIN)


def ask(user: User, role: str, reason: str = "") -> RequestedRole:
    command = RequestRoleCommand(user=user, requested_role=role, reason=reason)
    return RequestRole().execute(command)


def make_request(user: User, role: Role = Role.CONTRIBUTOR) -> RoleRequest:
    return RoleRequest.objects.create(user=user, requested_role=role, held_role=user.role)


def review(
    actor: User, request: RoleRequest, *, is_approved: bool, reason: str
) -> ReviewedRoleRequest:
    return ReviewRoleRequest().execute(
        ReviewRoleRequestCommand(
            user=actor, request_id=request.pk, is_approved=is_approved, reason=reason
        )
    )


def approve(actor: User, request: RoleRequest, reason: str = "") -> ReviewedRoleRequest:
    return review(actor, request, is_approved=True, reason=reason)


def reject(actor: User, request: RoleRequest, reason: str = "Not yet.") -> ReviewedRoleRequest:
    return review(actor, request, is_approved=False, reason=reason)


def role_of(user: User) -> str:
    return User.all_objects.values_list("role", flat=True).get(pk=user.pk)


class RequestRoleTests(TestCase):
    def test_each_role_asks_for_what_the_table_says(self) -> None:
        allowed = {
            (Role.USER, Role.CONTRIBUTOR),
            (Role.USER, Role.MODERATOR),
            (Role.CONTRIBUTOR, Role.MODERATOR),
            (Role.MODERATOR, Role.CONTRIBUTOR),
        }
        for role in Role:
            for wish in Role:
                with self.subTest(role=role, wish=wish):
                    user = make_user(role=role)
                    if (role, wish) in allowed:
                        self.assertEqual(ask(user, wish).status, RoleRequestStatus.PENDING)
                        continue
                    with self.assertRaises(RoleHeldAlready if role == wish else RoleNotOnRequest):
                        ask(user, wish)
                    self.assertFalse(user.role_requests.exists())

    def test_refuses_what_is_no_role(self) -> None:
        for wish in ("", "moderator", "OWNER", "CONTRIBUTOR "):
            with self.subTest(wish=wish), self.assertRaises(RoleNotOnRequest):
                ask(make_user(), wish)

    def test_changes_no_role_and_no_session(self) -> None:
        user = make_user()
        session = sign_in(user).session

        ask(user, Role.MODERATOR)

        self.assertEqual(role_of(user), Role.USER)
        self.assertTrue(is_good(session))

    def test_keeps_the_reason_and_what_the_person_was(self) -> None:
        user = make_user(role=Role.CONTRIBUTOR)

        asked = ask(user, Role.MODERATOR, "  I have time.\n")

        row = RoleRequest.objects.get()
        self.assertEqual((asked.request_id, asked.requested_role), (row.pk, Role.MODERATOR))
        self.assertEqual((row.reason, row.held_role), ("I have time.", Role.CONTRIBUTOR))

    def test_tells_and_records_without_the_reason(self) -> None:
        user = make_user()

        asked = ask(user, Role.CONTRIBUTOR, "canary")

        event, entry = OutboxEvent.objects.get(), AuditLog.objects.get()
        self.assertEqual(event.event_type, EventType.USER_ROLE_REQUESTED)
        self.assertEqual(
            event.payload, {"user_id": str(user.pk), "role_request_id": str(asked.request_id)}
        )
        self.assertEqual((entry.action, entry.actor), ("CREATE", user))
        self.assertEqual(entry.after_state, {"held_role": "USER", "requested_role": "CONTRIBUTOR"})

    def test_needs_a_biography_or_a_picture(self) -> None:
        user = make_user()
        profile = Profile.objects.filter(user=user)
        profile.update(bio="")
        with self.assertRaises(IntroductionMissing):
            ask(user, Role.CONTRIBUTOR)

        profile.update(avatar_url="https://example.org/me.png")
        ask(user, Role.CONTRIBUTOR)
        profile.delete()
        with self.assertRaises(IntroductionMissing):
            ask(user, Role.MODERATOR)

    def test_one_request_for_a_role_at_a_time(self) -> None:
        user = make_user()
        ask(user, Role.CONTRIBUTOR)
        with self.assertRaises(RoleRequestPending):
            ask(user, Role.CONTRIBUTOR)
        ask(user, Role.MODERATOR)
        request = user.role_requests.get(requested_role=Role.CONTRIBUTOR)
        reject(make_user(role=Role.ADMIN), request)

        ask(user, Role.CONTRIBUTOR)

        self.assertEqual(user.role_requests.count(), 3)

    def test_refuses_a_reason_that_is_too_long(self) -> None:
        user = make_user()
        with self.assertRaises(InvalidInput):
            ask(user, Role.CONTRIBUTOR, "x" * 1_001)

        ask(user, Role.CONTRIBUTOR, "x" * 1_000)

    @override_settings(RATE_LIMIT_FACTOR=1)
    def test_ends_after_five_a_day(self) -> None:
        user, admin = make_user(), make_user(role=Role.ADMIN)
        for _ in range(5):
            asked = ask(user, Role.CONTRIBUTOR)
            reject(admin, RoleRequest.objects.get(pk=asked.request_id))

        with self.assertRaises(TooManyRequests):
            ask(user, Role.CONTRIBUTOR)

    def test_the_table_holds_who_may_be_asked_for_and_one_at_a_time(self) -> None:
        user = make_user()
        make_request(user)
        for fields in (
            {"requested_role": Role.ADMIN},
            {"requested_role": Role.SUPERADMIN},
            {"requested_role": Role.CONTRIBUTOR},
            {"requested_role": Role.MODERATOR, "decided_at": timezone.now()},
        ):
            with (
                self.subTest(fields=fields),
                self.assertRaises(IntegrityError),
                transaction.atomic(),
            ):
                RoleRequest.objects.create(user=user, **fields)


class ReviewRoleRequestTests(TestCase):
    def setUp(self) -> None:
        self.admin, self.user = make_user(role=Role.ADMIN), make_user()

    def test_an_approval_gives_the_role_and_ends_the_sessions(self) -> None:
        for reviewer in STAFF:
            with self.subTest(reviewer=reviewer):
                actor, user = make_user(role=reviewer), make_user()
                session, request = sign_in(user).session, make_request(user, Role.MODERATOR)

                reviewed = approve(actor, request)

                self.assertEqual(
                    (reviewed.user_id, reviewed.requested_role, reviewed.status),
                    (user.pk, Role.MODERATOR, RoleRequestStatus.APPROVED),
                )
                self.assertEqual(role_of(user), Role.MODERATOR)
                self.assertFalse(is_good(session))

    def test_a_rejection_changes_the_request_alone(self) -> None:
        session, request = sign_in(self.user).session, make_request(self.user)

        reject(self.admin, request, " Write something first. ")

        request.refresh_from_db()
        self.assertEqual(request.status, RoleRequestStatus.REJECTED)
        self.assertEqual(request.decision_reason, "Write something first.")
        self.assertEqual(request.decided_by, self.admin)
        self.assertIsNotNone(request.decided_at)
        self.assertEqual(role_of(self.user), Role.USER)
        self.assertTrue(is_good(session))

    def test_a_rejection_needs_a_reason_and_an_approval_may_have_one(self) -> None:
        request = make_request(self.user)
        for reason in ("", " ", "x" * 501):
            with self.assertRaises(InvalidInput):
                reject(self.admin, request, reason)
        with self.assertRaises(InvalidInput):
            approve(self.admin, request, "x" * 501)
        self.assertEqual(role_of(self.user), Role.USER)

        approve(self.admin, request, "Welcome.")

        request.refresh_from_db()
        self.assertEqual(request.decision_reason, "Welcome.")

    def test_tells_and_records_as_giving_a_role_does(self) -> None:
        request = make_request(self.user)

        approve(self.admin, request, "canary")

        self.assertEqual(
            events_of(self.user),
            [EventType.USER_ROLE_CHANGED, EventType.USER_ROLE_REQUEST_DECIDED],
        )
        decided = OutboxEvent.objects.get(event_type=EventType.USER_ROLE_REQUEST_DECIDED)
        self.assertEqual(
            decided.payload, {"user_id": str(self.user.pk), "role_request_id": str(request.pk)}
        )
        entries = AuditLog.objects.filter(actor=self.admin).order_by("created_at", "id")
        self.assertEqual(
            [(entry.object_id, entry.before_state, entry.after_state) for entry in entries],
            [
                (str(self.user.pk), {"role": "USER"}, {"role": "CONTRIBUTOR"}),
                (str(request.pk), {"status": "pending"}, {"status": "approved"}),
            ],
        )

    def test_a_rejection_tells_of_the_decision_alone(self) -> None:
        reject(self.admin, make_request(self.user))

        self.assertEqual(events_of(self.user), [EventType.USER_ROLE_REQUEST_DECIDED])

    def test_the_decision_is_mailed_and_tracked_once(self) -> None:
        for decide, words in ((approve, "contributor"), (reject, "not approved")):
            mail.outbox.clear()
            user = make_user()
            decide(self.admin, make_request(user))

            process_outbox(limit=50)
            process_outbox(limit=50)

            (letter,) = mail.outbox
            self.assertEqual(letter.to, [user.email])
            self.assertIn(words, str(letter.body))
            tracked = UserEvent.objects.filter(user=user, event_type="user.role_request_decided")
            self.assertEqual(tracked.count(), 1)

    def test_is_for_administrators(self) -> None:
        request = make_request(self.user)
        for role in (Role.USER, Role.CONTRIBUTOR, Role.MODERATOR):
            for decide in (approve, reject):
                user = make_user(role=role)
                with self.subTest(role=role), self.assertRaises(AccessDenied):
                    decide(user, request)

        self.assertEqual(role_of(self.user), Role.USER)

    def test_nobody_decides_ones_own(self) -> None:
        for role in STAFF:
            risen = make_user(role=role)
            request = RoleRequest.objects.create(user=risen, requested_role=Role.MODERATOR)
            for decide in (approve, reject):
                with self.subTest(role=role), self.assertRaises(AccessDenied):
                    decide(risen, request)

    def test_admins_decide_about_nobody_who_is_one_by_now(self) -> None:
        risen = make_user(role=Role.ADMIN)
        request = RoleRequest.objects.create(user=risen, requested_role=Role.MODERATOR)

        for decide in (approve, reject):
            with self.assertRaises(AccessDenied):
                decide(self.admin, request)

        reject(make_user(role=Role.SUPERADMIN), request)
        self.assertEqual(role_of(risen), Role.ADMIN)

    def test_an_old_wish_takes_no_role_away_that_was_given_since(self) -> None:
        superadmin = make_user(role=Role.SUPERADMIN)
        first, second = make_request(self.user), make_request(self.user, Role.MODERATOR)
        approve(self.admin, second)
        with self.assertRaises(RoleRequestOutdated):
            approve(self.admin, first)
        self.assertEqual(role_of(self.user), Role.MODERATOR)

        SetRole().execute(
            SetRoleCommand(user=superadmin, user_id=self.user.pk, role=Role.SUPERADMIN)
        )
        with self.assertRaises(RoleRequestOutdated):
            approve(superadmin, first)
        reject(superadmin, first)
        self.assertEqual(role_of(self.user), Role.SUPERADMIN)

    def test_of_a_deleted_account_can_only_be_rejected(self) -> None:
        request = make_request(self.user)
        self.user.delete()

        with self.assertRaises(RoleRequestOutdated):
            approve(self.admin, request)

        self.assertEqual(reject(self.admin, request).status, RoleRequestStatus.REJECTED)

    def test_is_decided_once(self) -> None:
        for first in (approve, reject):
            request = make_request(make_user())
            first(self.admin, request)
            for again in (approve, reject):
                with self.assertRaises(RoleRequestDecided):
                    again(self.admin, request)

    def test_finds_no_request_that_does_not_exist(self) -> None:
        with self.assertRaises(RoleRequestNotFound):
            approve(self.admin, RoleRequest(pk=new_id()))

    def test_refuses_an_administrator_whose_role_was_taken_meanwhile(self) -> None:
        stale, request = User.objects.get(pk=self.admin.pk), make_request(self.user)
        User.objects.filter(pk=self.admin.pk).update(role=Role.USER, is_staff=False)

        with self.assertRaises(AccessDenied):
            approve(stale, request)


class RoleRequestRaceTests(TransactionTestCase):
    """8 at once: the same wish, the same decision, and decisions against a role given."""

    def test_of_one_wish_asked_for_at_once_one_is_written(self) -> None:
        user = make_user()

        results = at_once([partial(ask, user, Role.CONTRIBUTOR)] * 8)

        self.assertEqual(sum(isinstance(r, RoleRequestPending) for r in results), 7, results)
        self.assertEqual(RoleRequest.objects.count(), 1)

    def test_of_many_decisions_at_once_one_counts(self) -> None:
        request = make_request(make_user())
        actors = [make_user(role=Role.ADMIN) for _ in range(8)]
        decisions: list[Callable[[User, RoleRequest], ReviewedRoleRequest]] = [approve, reject] * 4

        results = at_once(
            [
                partial(decide, actor, request)
                for decide, actor in zip(decisions, actors, strict=True)
            ]
        )

        (done,) = (result for result in results if isinstance(result, ReviewedRoleRequest))
        self.assertEqual(sum(isinstance(r, RoleRequestDecided) for r in results), 7, results)
        request.refresh_from_db()
        self.assertEqual(request.status, done.status)
        approved = done.status == RoleRequestStatus.APPROVED
        self.assertEqual(role_of(request.user), Role.CONTRIBUTOR if approved else Role.USER)
        decided = OutboxEvent.objects.filter(event_type=EventType.USER_ROLE_REQUEST_DECIDED)
        self.assertEqual(decided.count(), 1)

    def test_a_role_given_at_the_same_moment_is_not_taken_back(self) -> None:
        superadmin, admin = make_user(role=Role.SUPERADMIN), make_user(role=Role.ADMIN)
        for _ in range(5):
            user = make_user()
            request = make_request(user)
            promotion = SetRoleCommand(user=superadmin, user_id=user.pk, role=Role.ADMIN)

            calls: list[Callable[[], object]] = [
                partial(approve, admin, request),
                partial(SetRole().execute, promotion),
            ]
            at_once(calls)

            self.assertEqual(role_of(user), Role.ADMIN)
