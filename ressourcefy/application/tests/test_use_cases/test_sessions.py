"""Refreshing sessions and ending them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from application.dto.commands import (
    EndSessionCommand,
    SessionRef,
    SignOutCommand,
    SignOutEverywhereCommand,
)
from application.dto.events import EventType
from application.dto.results import SessionPass
from application.tests.test_use_cases.account_helpers import events_of, is_good, refresh, sign_in
from application.use_cases.auth.end_session import EndSession
from application.use_cases.auth.sign_out import SignOut
from application.use_cases.auth.sign_out_everywhere import SignOutEverywhere
from audit.models import AuditLog
from core.models.base import new_id
from core.tests.races import at_once
from users.exceptions import SessionEnded, SessionNotFound
from users.models import User, UserSession
from users.services.sessions import REUSE_GRACE
from users.tests.factories import make_user


def sign_out(*sessions: SessionPass) -> None:
    named = frozenset(SessionRef(session.user_id, session.session_id) for session in sessions)
    SignOut().execute(SignOutCommand(sessions=named))


def shift_rotation(by: timedelta) -> None:
    """Move the last rotation of the only session into the past."""
    UserSession.objects.update(rotated_at=timezone.now() - by)


class RefreshSessionTests(TestCase):
    def setUp(self) -> None:
        self.user = make_user()
        self.session = sign_in(self.user).session

    def test_replaces_the_refresh_token(self) -> None:
        renewed = refresh(self.session)

        self.assertNotEqual(renewed.refresh_id, self.session.refresh_id)
        self.assertEqual(renewed.session_id, self.session.session_id)
        self.assertTrue(is_good(renewed))
        self.assertTrue(is_good(refresh(renewed)))

    def test_refuses_a_token_that_was_replaced_a_moment_ago_and_keeps_the_session(self) -> None:
        renewed = refresh(self.session)

        with self.assertRaises(SessionEnded):
            refresh(self.session)

        self.assertTrue(is_good(refresh(renewed)))

    def test_ends_the_session_when_a_used_token_comes_back_later(self) -> None:
        renewed = refresh(self.session)
        shift_rotation(REUSE_GRACE + timedelta(seconds=1))

        with self.assertRaises(SessionEnded):
            refresh(self.session)

        self.assertFalse(is_good(renewed))
        with self.assertRaises(SessionEnded):
            refresh(renewed)
        self.assertTrue(
            AuditLog.objects.filter(after_state__rotation="ENDED_BY_REUSE")
            .exclude(after_state__revoked_at=None)
            .exists()
        )

    def test_says_in_the_log_and_by_mail_that_a_used_token_came_back(self) -> None:
        renewed = refresh(self.session)
        shift_rotation(REUSE_GRACE + timedelta(seconds=1))

        with self.assertLogs("application", "WARNING") as logs, self.assertRaises(SessionEnded):
            refresh(self.session)
        # Once: the session is over now, and what else comes of it changes nothing.
        for session in (self.session, renewed):
            with self.assertRaises(SessionEnded):
                refresh(session)

        [record] = logs.records
        self.assertEqual(record.__dict__["session_id"], str(self.session.session_id))
        self.assertEqual(events_of(self.user).count(EventType.USER_SESSION_ENDED_BY_REUSE), 1)

    def test_ends_the_session_when_an_older_used_token_comes_back(self) -> None:
        newest = refresh(refresh(self.session))

        with self.assertRaises(SessionEnded):
            refresh(self.session)

        self.assertFalse(is_good(newest))

    def test_ends_the_session_for_a_token_id_that_was_never_ours(self) -> None:
        with self.assertRaises(SessionEnded):
            refresh(replace(self.session, refresh_id=new_id()))

        self.assertFalse(is_good(self.session))

    def test_refuses_a_session_of_somebody_else(self) -> None:
        with self.assertRaises(SessionEnded):
            refresh(replace(self.session, user_id=make_user().id))

        self.assertTrue(is_good(self.session))

    def test_refuses_what_has_ended(self) -> None:
        ends: dict[str, Callable[[], object]] = {
            "revoked": lambda: sign_out(self.session),
            "past its last day": lambda: UserSession.objects.update(expires_at=timezone.now()),
            "older version": lambda: User.objects.update(token_version=7),
            "deactivated": lambda: User.objects.update(is_active=False),
            "deleted": lambda: User.objects.get(pk=self.user.pk).delete(),
        }
        for reason, end in ends.items():
            with self.subTest(reason=reason):
                User.all_objects.update(token_version=0, is_active=True, deleted_at=None)
                UserSession.objects.all().delete()
                self.session = sign_in(self.user).session
                self.assertTrue(is_good(self.session))

                end()

                self.assertFalse(is_good(self.session))
                with self.assertRaises(SessionEnded):
                    refresh(self.session)


class RefreshRaceTests(TransactionTestCase):
    def test_rotates_once_for_twenty_uses_of_a_token(self) -> None:
        session = sign_in(make_user()).session

        results = at_once([partial(refresh, session) for _ in range(20)])

        renewed = [result for result in results if isinstance(result, SessionPass)]
        self.assertEqual(len(renewed), 1)
        self.assertEqual(sum(isinstance(result, SessionEnded) for result in results), 19)
        self.assertTrue(is_good(renewed[0]))
        self.assertTrue(is_good(refresh(renewed[0])))


class SignOutTests(TestCase):
    def test_ends_the_named_sessions_and_no_other(self) -> None:
        user = make_user()
        first, second, third = (sign_in(user).session for _ in range(3))

        sign_out(first, second)

        self.assertEqual([is_good(one) for one in (first, second, third)], [False, False, True])

    def test_is_content_with_sessions_that_ended_or_never_were(self) -> None:
        session = sign_in(make_user()).session
        sign_out(session)
        entries = AuditLog.objects.count()

        sign_out(session, replace(session, session_id=new_id()))

        self.assertEqual(AuditLog.objects.count(), entries)

    def test_cannot_end_a_session_of_somebody_else(self) -> None:
        session = sign_in(make_user()).session

        sign_out(replace(session, user_id=make_user().id))

        self.assertTrue(is_good(session))


class EndSessionTests(TestCase):
    def test_ends_the_session_and_no_other(self) -> None:
        user = make_user()
        first, second = (sign_in(user).session for _ in range(2))

        EndSession().execute(EndSessionCommand(user=user, session_id=first.session_id))

        self.assertEqual([is_good(one) for one in (first, second)], [False, True])
        with self.assertRaises(SessionEnded):
            refresh(first)
        entry = AuditLog.objects.latest("created_at")
        self.assertEqual((entry.actor, entry.object_id), (user, str(first.session_id)))
        self.assertEqual(set(entry.after_state or {}), {"revoked_at"})

    def test_does_not_find_what_is_over_or_somebody_elses(self) -> None:
        user, other = make_user(), make_user()
        over, others = sign_in(user).session, sign_in(other).session
        sign_out(over)

        for session_id in (over.session_id, others.session_id, new_id()):
            with self.subTest(session_id=session_id), self.assertRaises(SessionNotFound):
                EndSession().execute(EndSessionCommand(user=user, session_id=session_id))

        self.assertTrue(is_good(others))


class SignOutEverywhereTests(TestCase):
    def test_ends_all_sessions_of_the_account_and_of_no_other(self) -> None:
        user = make_user()
        own, others = [sign_in(user).session for _ in range(2)], sign_in(make_user()).session

        SignOutEverywhere().execute(SignOutEverywhereCommand(user=user))

        self.assertEqual([is_good(session) for session in own], [False, False])
        self.assertTrue(is_good(others))
        self.assertFalse(UserSession.objects.filter(user=user, revoked_at=None).exists())
        self.assertEqual(AuditLog.objects.latest("created_at").entity_name, "User")
