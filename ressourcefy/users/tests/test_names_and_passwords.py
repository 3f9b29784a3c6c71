"""The rules of user names, addresses and passwords."""

import unicodedata

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection
from django.test import SimpleTestCase, TestCase
from hypothesis import given, settings
from hypothesis import strategies as st

from users.exceptions import UsernameTaken
from users.models import Profile, User, normal_email
from users.services.passwords import is_password_of, password_problems
from users.services.usernames import unique_username
from users.tests.factories import PASSWORD, make_user
from users.validators import (
    PASSWORD_MAX_LENGTH,
    USERNAME_MAX_LENGTH,
    USERNAME_MIN_LENGTH,
    MaximumLengthValidator,
    normal_username,
    username_problems,
    validate_username,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


class UsernameRulesTests(SimpleTestCase):
    def test_take_names_in_every_script(self) -> None:
        for name in ("ana", "Ana_99", "björn", "Ольга", "أحمد", "美咲です", "a.b-c+d", "x" * 30):
            with self.subTest(name=name):
                self.assertEqual(username_problems(normal_username(name)), [])

    def test_refuse_what_cannot_be_seen_or_turns_text_around(self) -> None:
        invisible = (
            *("\u200b", "\u200d", "\u202e", "\u2066", "\u00ad", "\ufeff", "\u3164", "\u115f"),
            *(
                "\u2800",
                "\ufe0f",
                "\u034f",
                "\x00",
                "\x1b",
                "\n",
                "\t",
                "\u00a0",
                "\u2028",
                "\ue000",
            ),
            *("\ud800", "\U000e0041", "\U000e0100"),
        )
        for character in invisible:
            with self.subTest(character=f"U+{ord(character):04X}"):
                self.assertNotEqual(username_problems(f"an{character}a"), [])

    def test_refuse_lengths_outside_the_bounds(self) -> None:
        for name in ("", "ab", "x" * 31):
            with self.subTest(name=name):
                self.assertEqual(len(username_problems(name)), 1)

    @given(TEXT)
    def test_hold_for_every_name_that_passes(self, text: str) -> None:
        name = normal_username(text)
        if username_problems(name):
            return

        self.assertTrue(USERNAME_MIN_LENGTH <= len(name) <= USERNAME_MAX_LENGTH)
        self.assertEqual(normal_username(name), name)
        self.assertFalse(any(unicodedata.category(character)[0] in "CZ" for character in name))
        validate_username(name)


class UniqueUsernameTests(TestCase):
    def test_holds_without_regard_to_case_and_composition(self) -> None:
        make_user(username=normal_username("Zoe\u0308"))

        with self.assertRaises(UsernameTaken), unique_username():
            make_user(username=normal_username("ZOË"), email="other@example.org")

    def test_passes_on_other_errors_of_the_database(self) -> None:
        user = make_user()

        with self.assertRaises(IntegrityError), unique_username():
            Profile.objects.create(user=user, username="second")

    def test_passes_on_other_troubles_of_the_database(self) -> None:
        with self.assertRaises(OperationalError), unique_username(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 10; SELECT pg_sleep(5)")


class EmailTests(SimpleTestCase):
    def test_has_one_form_for_each_address(self) -> None:
        for written, stored in (
            (" Ana@Example.ORG ", "ana@example.org"),
            ("ana@Bücher.example", "ana@xn--bcher-kva.example"),
            ("ana@" + "ü" * 70, "ana@" + "ü" * 70),
            ("no address", "no address"),
        ):
            with self.subTest(written=written):
                self.assertEqual(normal_email(written), stored)

    @given(TEXT)
    def test_is_a_fixed_point(self, text: str) -> None:
        self.assertEqual(normal_email(normal_email(text)), normal_email(text))


class PasswordRulesTests(SimpleTestCase):
    def problems(self, password: str) -> list[str]:
        return password_problems(password, email="maria@example.org", username="zwölfnächte")

    def test_take_any_characters_between_the_bounds(self) -> None:
        for password in (
            " " * 8,
            "пароль-и-ключ",
            "🔑" * 8,
            "x y z " * 21,
            "k" * PASSWORD_MAX_LENGTH,
        ):
            with self.subTest(password=password):
                self.assertEqual(self.problems(password), [])

    def test_refuse_what_is_short_long_common_or_about_the_owner(self) -> None:
        for password in (
            *("seven77", "x" * (PASSWORD_MAX_LENGTH + 1), "password1", "Maria@Example.org"),
            "ZwölfNächte",
        ):
            with self.subTest(password=password):
                self.assertNotEqual(self.problems(password), [])

    def test_explain_the_upper_bound(self) -> None:
        self.assertIn("3", MaximumLengthValidator(3).get_help_text())
        with self.assertRaises(ValidationError):
            MaximumLengthValidator(3).validate("four")


class PasswordComparisonTests(SimpleTestCase):
    def test_is_right_for_nobody_and_for_accounts_without_a_password(self) -> None:
        without = User(password=make_password(None))

        self.assertFalse(is_password_of(None, PASSWORD))
        self.assertFalse(is_password_of(without, PASSWORD))

    @settings(max_examples=20, deadline=None)
    @given(TEXT.filter(bool), TEXT)
    def test_is_exact(self, password: str, other: str) -> None:
        user = User(password=make_password(password))

        self.assertTrue(is_password_of(user, password))
        self.assertEqual(is_password_of(user, other), password == other)
        self.assertFalse(is_password_of(user, password + " "))
        self.assertFalse(is_password_of(user, " " + password))
