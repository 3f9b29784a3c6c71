"""Changing roles."""

from functools import partial

from django.test import TestCase, TransactionTestCase

from application.dto.commands import SetRoleCommand
from application.dto.events import EventType
from application.dto.results import ChangedRole
from application.exceptions import InvalidRole
from application.tests.test_use_cases.account_helpers import events_of, is_good, sign_in
from application.use_cases.set_role import SetRole
from audit.models import AuditLog
from core.exceptions import AccessDenied
from core.tests.races import at_once
from users.exceptions import LastSuperadmin, UserNotFound
from users.models import User
from users.tests.factories import make_user
from users.types import Role


def set_role(actor: User, user: User, role: str) -> ChangedRole:
    return SetRole().execute(SetRoleCommand(user=actor, user_id=user.id, role=role))


class SetRoleTests(TestCase):
    def setUp(self) -> None:
        self.superadmin = make_user(role=Role.SUPERADMIN)

    def test_changes_the_role_and_the_flags_that_follow(self) -> None:
        user = make_user()

        changed = set_role(self.superadmin, user, "ADMIN")

        user.refresh_from_db()
        self.assertEqual((changed.role, changed.previous_role), (Role.ADMIN, Role.USER))
        self.assertEqual((changed.user_id, changed.email), (user.id, user.email))
        self.assertEqual((user.role, user.is_staff, user.is_superuser), (Role.ADMIN, True, False))

    def test_ends_the_sessions_of_the_account(self) -> None:
        user = make_user()
        session = sign_in(user).session

        set_role(self.superadmin, user, "MODERATOR")

        self.assertFalse(is_good(session))

    def test_emits_and_audits_who_did_it(self) -> None:
        user = make_user()

        set_role(self.superadmin, user, "MODERATOR")

        entry = AuditLog.objects.get()
        self.assertEqual(events_of(user), [EventType.USER_ROLE_CHANGED])
        self.assertEqual(entry.actor, self.superadmin)
        self.assertEqual(
            (entry.before_state, entry.after_state), ({"role": "USER"}, {"role": "MODERATOR"})
        )

    def test_changes_nothing_for_the_role_it_has(self) -> None:
        user = make_user(role=Role.MODERATOR)
        session = sign_in(user).session

        changed = set_role(self.superadmin, user, "MODERATOR")

        self.assertEqual(changed.previous_role, Role.MODERATOR)
        self.assertTrue(is_good(session))
        self.assertNotIn(EventType.USER_ROLE_CHANGED, events_of(user))

    def test_is_for_superadmins_only(self) -> None:
        user = make_user()
        for role in set(Role) - {Role.SUPERADMIN}:
            with self.subTest(role=role), self.assertRaises(AccessDenied):
                set_role(make_user(role=role), user, "no matter what")

    def test_refuses_a_role_that_does_not_exist(self) -> None:
        for role in ("", "admin", "OWNER"):
            with self.subTest(role=role), self.assertRaises(InvalidRole):
                set_role(self.superadmin, make_user(), role)

    def test_finds_no_account_that_does_not_exist_or_was_deleted(self) -> None:
        deleted = make_user()
        deleted.delete()
        for user in (deleted, User()):
            with self.subTest(user=user), self.assertRaises(UserNotFound):
                set_role(self.superadmin, user, "ADMIN")

    def test_keeps_one_superadmin_who_can_sign_in(self) -> None:
        make_user(role=Role.SUPERADMIN, is_active=False)
        make_user(role=Role.SUPERADMIN).delete()

        with self.assertRaises(LastSuperadmin):
            set_role(self.superadmin, self.superadmin, "ADMIN")

    def test_lets_a_superadmin_step_down_while_another_stays(self) -> None:
        make_user(role=Role.SUPERADMIN)

        self.assertEqual(set_role(self.superadmin, self.superadmin, "USER").role, Role.USER)

    def test_refuses_a_superadmin_whose_role_was_taken_meanwhile(self) -> None:
        other = make_user(role=Role.SUPERADMIN)
        stale = User.objects.get(pk=other.pk)
        set_role(self.superadmin, other, "USER")

        for target in (self.superadmin, other):
            with self.subTest(target=target), self.assertRaises(AccessDenied):
                set_role(stale, target, "SUPERADMIN")


class SetRoleRaceTests(TransactionTestCase):
    def test_leaves_one_of_two_superadmins_who_demote_each_other(self) -> None:
        for _ in range(5):
            User.all_objects.filter(role=Role.SUPERADMIN).update(
                role=Role.USER, is_staff=False, is_superuser=False
            )
            ana, ben = make_user(role=Role.SUPERADMIN), make_user(role=Role.SUPERADMIN)

            results = at_once(
                [partial(set_role, ana, ben, "USER"), partial(set_role, ben, ana, "USER")]
            )

            self.assertEqual(User.objects.filter(role=Role.SUPERADMIN).count(), 1)
            self.assertEqual(
                sum(isinstance(result, AccessDenied) for result in results), 1, results
            )

    def test_leaves_one_of_many_who_step_down(self) -> None:
        users = [make_user(role=Role.SUPERADMIN) for _ in range(8)]

        results = at_once([partial(set_role, user, user, "USER") for user in users])

        self.assertEqual(sum(isinstance(result, LastSuperadmin) for result in results), 1, results)
        self.assertEqual(User.objects.filter(role=Role.SUPERADMIN).count(), 1)
