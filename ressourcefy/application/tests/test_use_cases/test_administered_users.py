"""Making accounts, confirming addresses and mailing passwords: rules that HTTP does not show."""

from functools import partial
from typing import Any

from django.test import TestCase, TransactionTestCase

from application.dto.commands import (
    CreateUserCommand,
    ResetUserPasswordCommand,
    UpdateUserCommand,
)
from application.dto.events import EventType
from application.dto.results import UpdatedUser
from application.exceptions import NotYoursToManage
from application.tests.test_use_cases.account_helpers import events_of
from application.use_cases.create_user import CreateUser
from application.use_cases.reset_user_password import ResetUserPassword
from application.use_cases.update_user import UpdateUser
from audit.models import AuditLog
from core.exceptions import AccessDenied
from core.tests.races import at_once
from core.tokens import TokenInvalid
from users.exceptions import EmailAlreadyUsed, UsernameTaken
from users.models import Profile, User
from users.services.accounts import AccountRecord
from users.services.mail_tokens import activation_token_for, user_for_activation
from users.tests.factories import make_user
from users.types import Role


def set_activated(actor: User, user: User, is_activated: bool) -> UpdatedUser:
    return UpdateUser().execute(
        UpdateUserCommand(user=actor, user_id=user.id, is_activated=is_activated)
    )


def create(actor: User, email: str, **fields: Any) -> AccountRecord:
    return CreateUser().execute(CreateUserCommand(user=actor, email=email, **fields))


def stale(user: User) -> User:
    """The account as it was loaded before somebody took its role."""
    before = User.objects.get(pk=user.pk)
    User.objects.filter(pk=user.pk).update(role=Role.USER, is_staff=False, is_superuser=False)
    return before


class ActivationByAdministratorsTests(TestCase):
    def setUp(self) -> None:
        self.admin = make_user(role=Role.ADMIN)
        self.user = make_user(is_activated=False)

    def test_has_what_follows_from_the_owners_own(self) -> None:
        self.assertTrue(set_activated(self.admin, self.user, True).changed)

        self.assertEqual(events_of(self.user), [EventType.USER_ACTIVATED])
        self.assertFalse(set_activated(self.admin, self.user, True).changed)

    def test_makes_links_mailed_before_worthless(self) -> None:
        token = activation_token_for(self.user)

        set_activated(self.admin, self.user, True)
        set_activated(self.admin, self.user, False)

        with self.assertRaises(TokenInvalid):
            user_for_activation(token)

    def test_is_refused_for_those_above(self) -> None:
        for role in (Role.ADMIN, Role.SUPERADMIN):
            with self.assertRaises(NotYoursToManage):
                set_activated(self.admin, make_user(role=role), False)


class StaleAdministratorTests(TestCase):
    def test_does_nothing_any_more(self) -> None:
        user = make_user()
        for act in (
            lambda actor: create(actor, "new@example.org"),
            lambda actor: set_activated(actor, user, False),
            lambda actor: ResetUserPassword().execute(
                ResetUserPasswordCommand(user=actor, user_id=user.id)
            ),
        ):
            with self.assertRaises(AccessDenied):
                act(stale(make_user(role=Role.ADMIN)))
        self.assertFalse(AuditLog.objects.exists())

    def test_who_was_superadmin_gives_no_role(self) -> None:
        before = stale(make_user(role=Role.SUPERADMIN))
        User.objects.filter(pk=before.pk).update(role=Role.ADMIN, is_staff=True)

        with self.assertRaises(AccessDenied):
            create(before, "new@example.org", role="ADMIN")


class CreationRaceTests(TransactionTestCase):
    def test_one_address_gives_one_account(self) -> None:
        admin = make_user(role=Role.ADMIN)

        results = at_once([partial(create, admin, "new@example.org") for _ in range(6)])

        self.assertEqual(sum(isinstance(r, AccountRecord) for r in results), 1, results)
        self.assertEqual(sum(isinstance(r, EmailAlreadyUsed) for r in results), 5, results)
        self.assertEqual(Profile.objects.count(), User.objects.count())

    def test_one_name_gives_one_account_and_no_half_ones(self) -> None:
        admin = make_user(role=Role.ADMIN)

        results = at_once(
            [partial(create, admin, f"n{n}@example.org", username="Same") for n in range(4)]
        )

        self.assertEqual(sum(isinstance(r, UsernameTaken) for r in results), 3, results)
        self.assertEqual(Profile.objects.count(), User.objects.count())


class UnactivationRaceTests(TransactionTestCase):
    def test_leaves_one_of_two_superadmins_who_do_it_to_each_other(self) -> None:
        ana, ben = (make_user(role=Role.SUPERADMIN) for _ in range(2))

        results = at_once(
            [partial(set_activated, ana, ben, False), partial(set_activated, ben, ana, False)]
        )

        usable = User.objects.filter(role=Role.SUPERADMIN, is_activated=True)
        self.assertEqual(usable.count(), 1, results)
        self.assertEqual(sum(isinstance(r, AccessDenied) for r in results), 1, results)
