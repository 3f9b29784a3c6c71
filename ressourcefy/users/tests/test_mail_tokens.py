"""The accounts that mailed tokens open, and what makes a token worthless."""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from django.test import TestCase
from django.utils import timezone

from core.tokens import Purpose, TokenExpired, TokenInvalid, lifetime, read
from users.models import User
from users.services.mail_tokens import (
    activation_token_for,
    next_activation_generation,
    next_reset_generation,
    reset_token_for,
    user_for_activation,
    user_for_password_reset,
)
from users.tests.factories import make_user
from users.types import AuthProvider


class Kind(NamedTuple):
    """The two halves of a token's life."""

    token_for: Callable[[User], str]
    user_for: Callable[[str], User]


ACTIVATION = Kind(activation_token_for, user_for_activation)
PASSWORD_RESET = Kind(reset_token_for, user_for_password_reset)


class MailTokenTests(TestCase):
    def assert_worthless_after(self, kind: Kind, change: Callable[[User], object]) -> None:
        user = make_user(is_activated=False)
        token = kind.token_for(user)
        self.assertEqual(kind.user_for(token), user)

        change(user)

        with self.assertRaises(TokenInvalid):
            kind.user_for(token)

    def test_opens_the_account_that_it_was_made_for(self) -> None:
        user, _other = make_user(is_activated=False), make_user(is_activated=False)

        for kind in (ACTIVATION, PASSWORD_RESET):
            with self.subTest(kind=kind):
                self.assertEqual(kind.user_for(kind.token_for(user)), user)

    def test_locks_the_account_in_one_query(self) -> None:
        token = activation_token_for(make_user(is_activated=False))

        with self.assertNumQueries(1) as queries:
            user_for_activation(token)

        self.assertIn("FOR NO KEY UPDATE", queries.captured_queries[0]["sql"])

    def test_is_as_good_as_any_other_of_its_generation(self) -> None:
        user = make_user(is_activated=False)
        moments = [timezone.now() - timedelta(minutes=minutes) for minutes in (0, 5)]

        tokens = [reset_token_for(user, issued_at=moment) for moment in moments]

        self.assertEqual([user_for_password_reset(token) for token in tokens], [user, user])

    def test_is_worthless_once_a_newer_one_is_asked_for(self) -> None:
        self.assert_worthless_after(ACTIVATION, next_activation_generation)
        self.assert_worthless_after(PASSWORD_RESET, next_reset_generation)

    def test_is_worthless_once_the_account_is_deactivated_deleted_or_moved(self) -> None:
        changes: list[dict[str, object]] = [
            {"is_active": False},
            {"deleted_at": timezone.now()},
            {"email": "elsewhere@example.org"},
            {"auth_provider": AuthProvider.GOOGLE},
        ]
        for number, change in enumerate(changes):
            for kind in (ACTIVATION, PASSWORD_RESET):
                with self.subTest(change=list(change), kind=kind):
                    values = dict(change)
                    if "email" in values:
                        values["email"] = f"{number}{kind.user_for.__name__}@example.org"

                    def apply(user: User, values: dict[str, object] = values) -> None:
                        User.objects.filter(pk=user.pk).update(**values)

                    self.assert_worthless_after(kind, apply)

    def test_changes_a_password_once(self) -> None:
        def change_password(user: User) -> None:
            user.set_password("another long password")
            user.save(update_fields=["password"])

        self.assert_worthless_after(PASSWORD_RESET, change_password)

    def test_changes_no_password_after_all_sessions_were_ended(self) -> None:
        def end_sessions(user: User) -> None:
            User.objects.filter(pk=user.pk).update(token_version=user.token_version + 1)

        self.assert_worthless_after(PASSWORD_RESET, end_sessions)

    def test_still_names_the_account_after_activation(self) -> None:
        user = make_user(is_activated=False)
        token = activation_token_for(user)
        User.objects.filter(pk=user.pk).update(is_activated=True)

        self.assertTrue(user_for_activation(token).is_activated)

    def test_of_one_kind_is_none_of_the_other(self) -> None:
        user = make_user(is_activated=False)

        with self.assertRaises(TokenInvalid):
            user_for_password_reset(activation_token_for(user))
        with self.assertRaises(TokenInvalid):
            user_for_activation(reset_token_for(user))

    def test_past_its_life_says_so(self) -> None:
        user = make_user(is_activated=False)
        past = timezone.now() - lifetime(Purpose.ACTIVATION) - timedelta(minutes=1)

        with self.assertRaises(TokenExpired):
            user_for_activation(activation_token_for(user, issued_at=past))

    def test_lives_for_a_day_to_activate_and_an_hour_to_reset(self) -> None:
        user, minute = make_user(is_activated=False), timedelta(minutes=1)
        for issue, use, hours in (
            (activation_token_for, user_for_activation, 24),
            (reset_token_for, user_for_password_reset, 1),
        ):
            over = timezone.now() - timedelta(hours=hours)
            with self.subTest(hours=hours):
                self.assertEqual(use(issue(user, issued_at=over + minute)), user)
                with self.assertRaises(TokenExpired):
                    use(issue(user, issued_at=over - minute))

    def test_holds_a_digest_of_the_state_and_not_the_state(self) -> None:
        user = make_user(is_activated=False)

        claims = read(Purpose.PASSWORD_RESET, reset_token_for(user))

        self.assertRegex(claims.fingerprint, r"^[0-9a-f]{32}$")
        self.assertNotIn(claims.fingerprint, user.password)


class GenerationTests(TestCase):
    def test_rises_by_one_and_apart_for_each_kind(self) -> None:
        user = make_user()

        self.assertEqual([next_activation_generation(user) for _ in range(2)], [1, 2])
        self.assertEqual(next_reset_generation(user), 1)

        user.refresh_from_db()
        self.assertEqual((user.activation_generation, user.reset_generation), (2, 1))
