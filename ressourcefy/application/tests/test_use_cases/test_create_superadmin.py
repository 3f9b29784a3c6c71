"""The first superadmin, by the use case, by its command, and by Django's own command."""

import os
from io import StringIO
from unittest.mock import patch

from django.core.management import CommandError, call_command
from django.test import TestCase

from application.dto.events import EventType
from application.tests.test_use_cases.account_helpers import (
    authenticate,
    events_of,
    is_good,
    sign_in,
)
from audit.models import AuditLog
from users.models import User
from users.tests.factories import PASSWORD, make_user
from users.types import AuthProvider, OnboardingStep, Role

ENVIRONMENT = {
    "SUPERADMIN_EMAIL": "Root@example.org",
    "SUPERADMIN_PASSWORD": PASSWORD,
    "SUPERADMIN_USERNAME": "root",
}


def create_superadmin(**environment: str) -> str:
    """Run the command in this environment; what it prints."""
    output = StringIO()
    with patch.dict(os.environ, {**ENVIRONMENT, **environment}):
        call_command("create_superadmin", stdout=output)
    return output.getvalue()


class CreateSuperadminTests(TestCase):
    def test_makes_a_complete_superadmin(self) -> None:
        output = create_superadmin()

        account = authenticate("root@example.org").account
        self.assertIn("is ready", output)
        self.assertEqual((account.username, account.role), ("root", Role.SUPERADMIN))
        self.assertEqual(account.onboarding_step, OnboardingStep.COMPLETED)
        self.assertEqual(AuditLog.objects.filter(action="CREATE", entity_name="User").count(), 1)

    def test_changes_nothing_when_it_is_repeated(self) -> None:
        create_superadmin()

        output = create_superadmin(SUPERADMIN_PASSWORD="quite another password")

        self.assertIn("nothing was changed", output)
        self.assertEqual(User.objects.count(), 1)
        self.assertEqual(authenticate("root@example.org").account.username, "root")

    def test_promotes_an_account_of_that_address_and_ends_its_old_password(self) -> None:
        user = make_user(
            email="root@example.org",
            username="pretender",
            is_activated=False,
            onboarding_step=OnboardingStep.NOT_STARTED,
        )

        create_superadmin(SUPERADMIN_PASSWORD="quite another password")

        account = authenticate("root@example.org", "quite another password").account
        self.assertEqual((account.id, account.role), (user.id, Role.SUPERADMIN))
        self.assertEqual(account.username, "pretender")
        self.assertTrue(account.activated)
        self.assertIn(EventType.USER_ROLE_CHANGED, events_of(user))

    def test_ends_the_sessions_of_an_account_that_it_promotes(self) -> None:
        session = sign_in(make_user(email="root@example.org")).session

        create_superadmin()

        self.assertFalse(is_good(session))

    def test_refuses_the_address_of_an_account_that_cannot_sign_in_here(self) -> None:
        for state in ({"is_active": False}, {"auth_provider": AuthProvider.GOOGLE}):
            user = make_user(**state)
            with self.subTest(state=state), self.assertRaisesRegex(CommandError, "_EMAIL"):
                create_superadmin(SUPERADMIN_EMAIL=user.email)

    def test_refuses_the_address_of_a_deleted_account(self) -> None:
        make_user(email="root@example.org").delete()

        with self.assertRaisesRegex(CommandError, "SUPERADMIN_EMAIL"):
            create_superadmin()

    def test_names_what_is_missing_and_has_no_default(self) -> None:
        for name in ENVIRONMENT:
            with self.subTest(name=name), self.assertRaisesRegex(CommandError, f"Set {name}\\."):
                create_superadmin(**{name: ""})

    def test_names_what_breaks_a_rule_without_its_value(self) -> None:
        with self.assertRaises(CommandError) as refusal:
            create_superadmin(
                SUPERADMIN_EMAIL="no address",
                SUPERADMIN_PASSWORD="password",
                SUPERADMIN_USERNAME="a b",
            )

        for name in ENVIRONMENT:
            self.assertIn(name, str(refusal.exception))
        self.assertNotIn("no address", str(refusal.exception))

    def test_refuses_a_name_that_is_taken(self) -> None:
        make_user(username="ROOT", email="somebody@example.org")

        with self.assertRaisesRegex(CommandError, "SUPERADMIN_USERNAME"):
            create_superadmin()

    def test_has_a_sibling_in_djangos_own_command(self) -> None:
        with patch.dict(os.environ, {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}):
            call_command(
                "createsuperuser", "--noinput", "--email", "Root@example.org", stdout=StringIO()
            )

        account = authenticate("root@example.org").account
        self.assertEqual(account.role, Role.SUPERADMIN)
        self.assertEqual(account.onboarding_step, OnboardingStep.COMPLETED)
