"""What an address that nobody has costs, compared with one that somebody has.

Equal statements and equal hashes, so that neither answer nor time tells the two apart.
"""

from collections import Counter
from collections.abc import Callable
from unittest.mock import patch

from django.contrib.auth import hashers
from django.test import TestCase

from application.dto.commands import RequestPasswordResetCommand, ResendActivationCommand
from application.exceptions import InvalidCredentials
from application.services.activation_mails import MAILS_A_DAY
from application.tests.test_use_cases.account_helpers import authenticate
from application.use_cases.auth.request_password_reset import RequestPasswordReset
from application.use_cases.auth.resend_activation import ResendActivation
from core.hashers import Argon2Hasher
from core.tests.statements import recorded_statements
from users.tests.factories import make_user
from users.types import AuthProvider

NOBODY = "nobody@example.org"


def statements(act: Callable[[str], object], email: str) -> Counter[str]:
    """What the database is asked to do, by verb and table."""
    with recorded_statements() as sent:
        act(email)
    shapes = (statement.split('"') for statement in sent)
    return Counter(f"{shape[0].split()[0]} {shape[1]}" for shape in shapes)


def resend(email: str) -> None:
    ResendActivation().execute(ResendActivationCommand(email=email))


def request_reset(email: str) -> None:
    RequestPasswordReset().execute(RequestPasswordResetCommand(email=email))


class EnumerationTests(TestCase):
    def setUp(self) -> None:
        self.waiting = make_user(is_activated=False)
        self.active = make_user()
        self.others = [
            make_user(is_active=False),
            make_user(auth_provider=AuthProvider.GOOGLE),
        ]
        # Content types and the like are asked for once in a process.
        resend(NOBODY)

    def test_resending_runs_the_same_statements_for_every_address(self) -> None:
        expected = statements(resend, self.waiting.email)

        self.assertEqual(expected["INSERT core_outboxevent"], 1)
        for email in (NOBODY, self.active.email, *(user.email for user in self.others)):
            with self.subTest(email=email):
                self.assertEqual(statements(resend, email), expected)

    def test_resending_runs_the_same_statements_when_the_mails_are_used_up(self) -> None:
        expected = statements(resend, self.waiting.email)
        for _ in range(MAILS_A_DAY):
            resend(self.waiting.email)

        self.assertEqual(statements(resend, self.waiting.email), expected)

    def test_asking_for_a_reset_runs_the_same_statements_for_every_address(self) -> None:
        expected = statements(request_reset, self.active.email)

        self.assertEqual(expected["INSERT core_outboxevent"], 1)
        for email in (NOBODY, *(user.email for user in self.others)):
            with self.subTest(email=email):
                self.assertEqual(statements(request_reset, email), expected)

    def test_signing_in_computes_one_hash_and_counts_and_looks_once_for_every_address(self) -> None:
        hashed = []

        class Counting(Argon2Hasher):
            """Hashes as the product does, and counts."""

            def encode(self, password: str, salt: str) -> str:
                hashed.append("encode")
                return super().encode(password, salt)

            def verify(self, password: str, encoded: str) -> bool:
                hashed.append("verify")
                return super().verify(password, encoded)

        def fail(email: str) -> None:
            with self.assertRaises(InvalidCredentials):
                authenticate(email, "a wrong password")

        for email in (
            self.active.email,
            self.waiting.email,
            NOBODY,
            *(user.email for user in self.others),
        ):
            hashed.clear()
            counting = Counting()
            with (
                self.subTest(email=email),
                patch.object(hashers, "get_hashers", lambda found=counting: [found]),
                patch.object(
                    hashers, "get_hashers_by_algorithm", lambda found=counting: {"argon2": found}
                ),
            ):
                self.assertEqual(
                    statements(fail, email),
                    Counter({"WITH core_ratecounter": 1, "SELECT users_user": 1}),
                )
                self.assertEqual(len(hashed), 1)
