"""Signing in."""

from collections.abc import Callable
from functools import partial
from unittest.mock import patch

from django.contrib.auth import hashers
from django.db import connection
from django.test import TestCase, TransactionTestCase

from application.dto.commands import SignOutEverywhereCommand
from application.dto.events import EventType
from application.dto.results import AuthenticatedUser
from application.exceptions import InvalidCredentials
from application.tests.test_use_cases.account_helpers import (
    authenticate,
    events_of,
    is_good,
    sign_in,
)
from application.use_cases.auth.sign_out_everywhere import SignOutEverywhere
from audit.models import AuditLog
from core.hashers import Argon2Hasher
from core.request_context import RequestContext, request_context
from core.tests.statements import recorded_statements
from users.exceptions import AccountNotActivated
from users.models import User, UserSession
from users.tests.factories import PASSWORD, make_user
from users.types import AuthProvider, Role


class AuthenticateUserTests(TestCase):
    def test_opens_a_session_for_the_client_of_the_request(self) -> None:
        user = make_user()

        with request_context(RequestContext(ip_address="203.0.113.7", user_agent="Browser/1")):
            signed_in = sign_in(user)

        session = UserSession.objects.get()
        self.assertEqual((session.ip_address, session.user_agent), ("203.0.113.7", "Browser/1"))
        self.assertEqual(session.device, "Browser")
        self.assertEqual(signed_in.session.session_id, session.id)
        self.assertTrue(is_good(signed_in.session))

    def test_describes_the_account(self) -> None:
        user = make_user(username="ana")

        account = sign_in(user).account

        self.assertEqual((account.id, account.username, account.role), (user.id, "ana", user.role))
        self.assertIsNone(account.avatar_url)

    def test_emits_and_audits(self) -> None:
        user = make_user()

        sign_in(user)

        self.assertEqual(events_of(user), [EventType.USER_SIGNED_IN])
        self.assertEqual(AuditLog.objects.get().actor, user)

    def test_compares_the_address_without_regard_to_case_and_the_password_exactly(self) -> None:
        user = make_user(email="ana@example.org")

        self.assertEqual(authenticate(" ANA@Example.org").account.id, user.id)
        for password in (PASSWORD.upper(), f" {PASSWORD}", f"{PASSWORD} ", ""):
            with self.subTest(password=password), self.assertRaises(InvalidCredentials):
                authenticate("ana@example.org", password)

    def test_gives_one_answer_to_all_who_may_not_sign_in_here(self) -> None:
        deleted = make_user()
        deleted.delete()
        strangers = [
            "nobody@example.org",
            deleted.email,
            make_user(is_active=False).email,
            make_user(auth_provider=AuthProvider.GOOGLE).email,
            make_user(is_activated=False, is_active=False).email,
        ]

        for email in strangers:
            with self.subTest(email=email), self.assertRaises(InvalidCredentials):
                authenticate(email)

    def test_mentions_activation_only_to_someone_who_knows_the_password(self) -> None:
        user = make_user(is_activated=False)

        with self.assertRaises(AccountNotActivated):
            sign_in(user)
        with self.assertRaises(InvalidCredentials):
            sign_in(user, "a wrong one")

        self.assertFalse(UserSession.objects.exists())

    def test_counts_looks_gives_back_and_takes_two_queries(self) -> None:
        user = make_user()
        sign_in(user)

        with recorded_statements() as sent:
            sign_in(user)

        # The attempt is counted first and given back when the password was right.
        self.assertEqual(
            [statement.split()[0] for statement in sent], ["WITH", "SELECT", "UPDATE", "WITH"]
        )


class SignInLockTests(TransactionTestCase):
    def test_holds_no_transaction_while_the_password_is_hashed(self) -> None:
        user = make_user()
        in_transaction = []

        class Watching(Argon2Hasher):
            """Hashes as the product does, and looks around meanwhile."""

            def verify(self, password: str, encoded: str) -> bool:
                in_transaction.append(connection.in_atomic_block)
                return super().verify(password, encoded)

        with patch.object(hashers, "get_hashers_by_algorithm", lambda: {"argon2": Watching()}):
            sign_in(user)

        self.assertEqual(in_transaction, [False])

    def sign_in_while(self, happens: Callable[[], object], user: User) -> AuthenticatedUser:
        """Sign in; by the time the password is found right, something has happened."""

        class Overtaken(Argon2Hasher):
            """Slow enough to be overtaken, as hashing is."""

            def verify(self, password: str, encoded: str) -> bool:
                happens()
                return super().verify(password, encoded)

        with patch.object(hashers, "get_hashers_by_algorithm", lambda: {"argon2": Overtaken()}):
            return sign_in(user)

    def test_opens_no_session_for_what_is_over_meanwhile(self) -> None:
        account = User.objects.filter
        ends: dict[str, Callable[[User], object]] = {
            "another password": lambda user: account(pk=user.pk).update(password="argon2$other"),
            "deactivated": lambda user: account(pk=user.pk).update(is_active=False),
            "deleted": lambda user: user.delete(),
        }
        for reason, end in ends.items():
            with self.subTest(reason=reason):
                user = make_user()

                with self.assertRaises(InvalidCredentials):
                    self.sign_in_while(partial(end, user), user)

                self.assertFalse(UserSession.objects.exists())

    def test_opens_a_good_session_although_all_others_are_ended_meanwhile(self) -> None:
        user = make_user()
        earlier = sign_in(user).session
        everywhere = SignOutEverywhereCommand(user=user)

        signed_in = self.sign_in_while(lambda: SignOutEverywhere().execute(everywhere), user)

        self.assertFalse(is_good(earlier))
        self.assertTrue(is_good(signed_in.session))

    def test_describes_the_account_as_it_is_when_the_session_opens(self) -> None:
        user = make_user()

        def promote() -> None:
            user.assign_role(Role.CONTRIBUTOR)
            user.save()

        signed_in = self.sign_in_while(promote, user)

        self.assertEqual(signed_in.account.role, Role.CONTRIBUTOR)
