"""Administration of accounts: activity, deletion, and the last superadmin."""

from functools import partial

from django.test import TestCase, TransactionTestCase

from application.dto.commands import (
    DeleteUserCommand,
    RestoreUserCommand,
    UpdateUserCommand,
)
from application.dto.events import EventType
from application.dto.results import AccountStanding, UpdatedUser
from application.exceptions import NotYoursToManage
from application.tests.test_use_cases.account_helpers import events_of, is_good, sign_in
from application.use_cases.delete_user import DeleteUser
from application.use_cases.restore_user import RestoreUser
from application.use_cases.update_user import UpdateUser
from audit.models import AuditLog
from core.exceptions import AccessDenied
from core.models import OutboxEvent
from core.outbox import process_outbox
from core.tests.races import at_once
from users.exceptions import LastSuperadmin, UserNotFound
from users.models import User
from users.services import standing
from users.services.roles import lock_superadmins_and
from users.tests.factories import make_user
from users.types import Role


def set_active(actor: User, user: User, is_active: bool) -> UpdatedUser:
    return UpdateUser().execute(UpdateUserCommand(user=actor, user_id=user.id, is_active=is_active))


def deactivate(actor: User, user: User) -> UpdatedUser:
    return set_active(actor, user, False)


def delete(actor: User, user: User) -> AccountStanding:
    return DeleteUser().execute(DeleteUserCommand(user=actor, user_id=user.id))


def restore(actor: User, user: User) -> AccountStanding:
    return RestoreUser().execute(RestoreUserCommand(user=actor, user_id=user.id))


class AccountStandingTests(TestCase):
    def setUp(self) -> None:
        self.admin, self.user = make_user(role=Role.ADMIN), make_user()

    def test_shuts_out_and_ends_the_sessions(self) -> None:
        for shut_out in (deactivate, delete):
            with self.subTest(shut_out.__name__):
                user = make_user()
                session = sign_in(user).session

                self.assertTrue(shut_out(self.admin, user).changed)

                self.assertFalse(is_good(session))

    def test_lets_in_again_without_the_old_sessions(self) -> None:
        session = sign_in(self.user).session
        deactivate(self.admin, self.user)
        delete(self.admin, self.user)

        restore(self.admin, self.user)
        result = set_active(self.admin, self.user, True)

        self.assertTrue(result.record.is_active)
        self.assertFalse(is_good(session))
        self.assertTrue(is_good(sign_in(self.user).session))

    def test_letting_in_who_was_never_out_changes_nothing(self) -> None:
        result = set_active(self.admin, self.user, True)

        self.assertFalse(result.changed)
        self.assertFalse(AuditLog.objects.filter(object_id=str(self.user.pk)).exists())

    def test_bringing_back_is_for_administrators(self) -> None:
        delete(self.admin, self.user)

        with self.assertRaises(AccessDenied):
            restore(make_user(role=Role.MODERATOR), self.user)

        self.assertFalse(User.objects.filter(pk=self.user.pk).exists())

    def test_records_and_announces_each_change(self) -> None:
        deactivate(self.admin, self.user)
        set_active(self.admin, self.user, True)
        delete(self.admin, self.user)
        restore(self.admin, self.user)

        entries = AuditLog.objects.filter(object_id=str(self.user.pk)).order_by("created_at", "id")
        self.assertEqual(
            [(entry.action, entry.before_state, entry.after_state) for entry in entries],
            [
                ("UPDATE", {"is_active": True}, {"is_active": False}),
                ("UPDATE", {"is_active": False}, {"is_active": True}),
                ("DELETE", {"is_deleted": False}, {"is_deleted": True}),
                ("UPDATE", {"is_deleted": True}, {"is_deleted": False}),
            ],
        )
        self.assertEqual({entry.actor for entry in entries}, {self.admin})
        self.assertEqual(
            events_of(self.user),
            [
                EventType.USER_DEACTIVATED,
                EventType.USER_REACTIVATED,
                EventType.USER_DELETED,
                EventType.USER_RESTORED,
            ],
        )

    def test_its_events_are_handled(self) -> None:
        deactivate(self.admin, self.user)

        process_outbox()

        self.assertFalse(OutboxEvent.objects.exclude(status="COMPLETED").exists())

    def test_does_nothing_twice(self) -> None:
        deactivate(self.admin, self.user)

        self.assertFalse(deactivate(self.admin, self.user).changed)

        self.assertEqual(AuditLog.objects.filter(object_id=str(self.user.pk)).count(), 1)

    def test_finds_no_account_in_another_state(self) -> None:
        with self.assertRaises(UserNotFound):
            restore(self.admin, self.user)
        delete(self.admin, self.user)
        for change in (deactivate, delete):
            with self.subTest(change.__name__), self.assertRaises(UserNotFound):
                change(self.admin, self.user)

    def test_one_table_says_who_may_do_it_to_whom(self) -> None:
        for actor_role in Role:
            for role in Role:
                allowed = actor_role == Role.SUPERADMIN or (
                    actor_role == Role.ADMIN and role not in (Role.ADMIN, Role.SUPERADMIN)
                )
                for change in (deactivate, delete):
                    with self.subTest(actor=actor_role, account=role, change=change.__name__):
                        actor, user = make_user(role=actor_role), make_user(role=role)
                        if allowed:
                            self.assertTrue(change(actor, user).changed)
                            continue
                        is_staff = actor_role in (Role.ADMIN, Role.SUPERADMIN)
                        with self.assertRaises(NotYoursToManage if is_staff else AccessDenied):
                            change(actor, user)

    def test_a_deleted_superadmin_is_restored_by_superadmins_only(self) -> None:
        superadmin, other = make_user(role=Role.SUPERADMIN), make_user(role=Role.SUPERADMIN)
        delete(superadmin, other)

        with self.assertRaises(NotYoursToManage):
            restore(self.admin, other)

        self.assertTrue(restore(superadmin, other).changed)

    def test_nobody_does_it_to_oneself(self) -> None:
        make_user(role=Role.SUPERADMIN)
        for actor in (self.admin, make_user(role=Role.SUPERADMIN)):
            for change in (deactivate, delete):
                with self.subTest(actor=actor.role), self.assertRaises(NotYoursToManage):
                    change(actor, actor)

    def test_refuses_an_administrator_whose_role_was_taken_meanwhile(self) -> None:
        stale = make_user(role=Role.ADMIN)
        User.objects.filter(pk=stale.pk).update(role=Role.USER, is_staff=False)

        for change in (deactivate, delete):
            with self.subTest(change.__name__), self.assertRaises(AccessDenied):
                change(stale, self.user)

    def test_refuses_an_administrator_who_was_shut_out_meanwhile(self) -> None:
        stale = make_user(role=Role.ADMIN)
        User.objects.filter(pk=stale.pk).update(is_active=False)

        with self.assertRaises(AccessDenied):
            deactivate(stale, self.user)


class AccountStandingRaceTests(TransactionTestCase):
    def test_leaves_one_of_two_superadmins_who_shut_each_other_out(self) -> None:
        for change in (deactivate, delete):
            User.all_objects.update(role=Role.USER, is_staff=False, is_superuser=False)
            ana, ben = make_user(role=Role.SUPERADMIN), make_user(role=Role.SUPERADMIN)

            results = at_once([partial(change, ana, ben), partial(change, ben, ana)])

            left = User.objects.filter(role=Role.SUPERADMIN, is_active=True)
            self.assertEqual(left.count(), 1)
            refused = [isinstance(result, AccessDenied | UserNotFound) for result in results]
            self.assertEqual(sum(refused), 1, results)


class LastSuperadminTests(TestCase):
    def test_the_rule_holds_below_the_policy_too(self) -> None:
        superadmin = make_user(role=Role.SUPERADMIN)
        make_user(role=Role.SUPERADMIN, is_active=False)
        locked = lock_superadmins_and(superadmin.pk)

        with self.assertRaises(LastSuperadmin):
            standing.deactivate(locked, locked[superadmin.pk])
        with self.assertRaises(LastSuperadmin):
            standing.delete_account(locked, locked[superadmin.pk])
