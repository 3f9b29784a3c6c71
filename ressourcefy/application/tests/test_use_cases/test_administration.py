"""Shutting accounts out, taking content down and keeping tags: rules, races, records."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

from django.test import TestCase, TransactionTestCase

from application.dto.commands import (
    AddResourceVersionCommand,
    ChangeSubscriptionCommand,
    CreateTagCommand,
    DeleteTagCommand,
    DeleteUserCommand,
    EditResourceCommand,
    PublishForAuthorCommand,
    RemoveCommentCommand,
    RemoveResourceCommand,
    RenameTagCommand,
    RestoreCommentCommand,
    RestoreResourceCommand,
    RestoreTagCommand,
    RestoreUserCommand,
    UpdateUserCommand,
)
from application.dto.events import EventType
from application.dto.results import AccountStanding, UpdatedUser
from application.exceptions import NotYoursToManage
from application.tests.test_use_cases.account_helpers import events_of, is_good, sign_in
from application.use_cases.add_resource_version import AddResourceVersion
from application.use_cases.change_subscription import ChangeSubscription
from application.use_cases.create_tag import CreateTag
from application.use_cases.delete_tag import DeleteTag
from application.use_cases.delete_user import DeleteUser
from application.use_cases.edit_resource import EditResource
from application.use_cases.publish_for_author import PublishForAuthor
from application.use_cases.remove_comment import RemoveComment
from application.use_cases.remove_resource import RemoveResource
from application.use_cases.rename_tag import RenameTag
from application.use_cases.restore_comment import RestoreComment
from application.use_cases.restore_resource import RestoreResource
from application.use_cases.restore_tag import RestoreTag
from application.use_cases.restore_user import RestoreUser
from application.use_cases.update_user import UpdateUser
from audit.models import AuditLog
from core.exceptions import AccessDenied, InvalidInput
from core.models import OutboxEvent, Tag
from core.outbox import process_outbox
from core.services.tags import TagNameTaken, TagNotFound, TagTaken
from core.tests.races import at_once
from interactions.exceptions import CommentNotFound
from interactions.models import Comment
from interactions.tests.factories import make_comment
from resources.exceptions import ResourceNotFound
from resources.models import Resource
from resources.tests.factories import make_resource
from users.exceptions import LastSuperadmin, UserNotFound
from users.models import User
from users.services import standing
from users.services.roles import lock_superadmins_and
from users.tests.factories import make_tag, make_user
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


class ContentTests(TestCase):
    def setUp(self) -> None:
        self.admin = make_user(role=Role.ADMIN)

    def test_takes_a_resource_down_and_brings_it_back(self) -> None:
        resource = make_resource()

        RemoveResource().execute(RemoveResourceCommand(user=self.admin, resource_id=resource.pk))
        self.assertFalse(Resource.objects.filter(pk=resource.pk).exists())
        RestoreResource().execute(RestoreResourceCommand(user=self.admin, resource_id=resource.pk))

        self.assertTrue(Resource.objects.filter(pk=resource.pk).exists())
        self.assertEqual(
            self.events(resource.pk), [EventType.RESOURCE_DELETED, EventType.RESOURCE_RESTORED]
        )
        self.assertEqual(self.actions(resource.pk), ["DELETE", "UPDATE"])

    def test_takes_a_comment_down_and_brings_it_back_with_the_count(self) -> None:
        comment = make_comment()

        RemoveComment().execute(RemoveCommentCommand(user=self.admin, comment_id=comment.pk))
        self.assertFalse(Comment.objects.filter(pk=comment.pk).exists())
        self.assertEqual(Resource.objects.get().comment_count, 0)
        RestoreComment().execute(RestoreCommentCommand(user=self.admin, comment_id=comment.pk))

        self.assertEqual(Resource.objects.get().comment_count, 1)
        self.assertEqual(
            self.events(comment.pk), [EventType.COMMENT_DELETED, EventType.COMMENT_RESTORED]
        )
        self.assertEqual(self.actions(comment.pk), ["DELETE", "UPDATE"])

    def test_is_for_administrators(self) -> None:
        resource, comment, tag = make_resource().pk, make_comment().pk, make_tag().pk
        for role in (Role.USER, Role.CONTRIBUTOR, Role.MODERATOR):
            user = make_user(role=role)
            of_resource: dict[str, Any] = {"user": user, "resource_id": resource}
            of_comment: dict[str, Any] = {"user": user, "comment_id": comment}
            of_tag: dict[str, Any] = {"user": user, "tag_id": tag}
            attempts: list[Callable[[], object]] = [
                partial(RemoveResource().execute, RemoveResourceCommand(**of_resource)),
                partial(RestoreResource().execute, RestoreResourceCommand(**of_resource)),
                partial(RemoveComment().execute, RemoveCommentCommand(**of_comment)),
                partial(RestoreComment().execute, RestoreCommentCommand(**of_comment)),
                partial(CreateTag().execute, CreateTagCommand(user=user, name="New")),
                partial(RenameTag().execute, RenameTagCommand(**of_tag, name="New")),
                partial(DeleteTag().execute, DeleteTagCommand(**of_tag)),
                partial(RestoreTag().execute, RestoreTagCommand(**of_tag)),
                partial(
                    PublishForAuthor().execute,
                    PublishForAuthorCommand(
                        user=user, author_id=self.admin.pk, title="New", description="All of it."
                    ),
                ),
                partial(EditResource().execute, EditResourceCommand(**of_resource, changes={})),
                partial(
                    AddResourceVersion().execute,
                    AddResourceVersionCommand(
                        **of_resource, file_url="https://files.example.org/a.pdf"
                    ),
                ),
                partial(
                    ChangeSubscription().execute,
                    ChangeSubscriptionCommand(user=user, subscription_id=uuid4(), changes={}),
                ),
            ]
            for number, attempt in enumerate(attempts):
                with self.subTest(role=role, number=number), self.assertRaises(AccessDenied):
                    attempt()

    def test_finds_nothing_in_another_state(self) -> None:
        resource, comment, tag = make_resource(), make_comment(), make_tag()
        with self.assertRaises(ResourceNotFound):
            RestoreResource().execute(
                RestoreResourceCommand(user=self.admin, resource_id=resource.pk)
            )
        with self.assertRaises(CommentNotFound):
            RestoreComment().execute(RestoreCommentCommand(user=self.admin, comment_id=comment.pk))
        with self.assertRaises(TagNotFound):
            RestoreTag().execute(RestoreTagCommand(user=self.admin, tag_id=tag.pk))
        with self.assertRaises(TagNotFound):
            DeleteTag().execute(DeleteTagCommand(user=self.admin, tag_id=uuid4()))

    def events(self, key: object) -> list[str]:
        events = OutboxEvent.objects.filter(aggregate_id=str(key)).order_by("seq")
        return list(events.values_list("event_type", flat=True))

    def actions(self, key: object) -> list[str]:
        entries = AuditLog.objects.filter(object_id=str(key), actor=self.admin)
        return list(entries.order_by("created_at", "id").values_list("action", flat=True))


class TagTests(TestCase):
    def setUp(self) -> None:
        self.admin = make_user(role=Role.ADMIN)

    def create(self, name: str) -> Tag:
        kept = CreateTag().execute(CreateTagCommand(user=self.admin, name=name))
        return Tag.objects.get(pk=kept.tag_id)

    def rename(self, tag: Tag, name: str) -> None:
        RenameTag().execute(RenameTagCommand(user=self.admin, tag_id=tag.pk, name=name))

    def test_refuses_names_that_are_none_or_taken(self) -> None:
        tag = make_tag("Algebra")
        make_tag("Geometry")

        for name, refusal in (
            ("", InvalidInput),
            ("  ", InvalidInput),
            ("x" * 51, InvalidInput),
            ("Geometry", TagNameTaken),
            (" Geometry ", TagNameTaken),
        ):
            with self.subTest(name):
                with self.assertRaises(refusal):
                    self.create(name)
                with self.assertRaises(refusal):
                    self.rename(tag, name)
        self.assertEqual(Tag.objects.count(), 2)

    def test_the_slug_follows_the_name(self) -> None:
        make_tag("C")
        tag, other = make_tag("Algebra"), make_tag("C++")
        for name, slug in (
            ("C#", "c-3"),
            ("Linear algebra", "linear-algebra"),
            ("Algèbre", "algèbre"),
        ):
            with self.subTest(name):
                self.rename(tag, name)
                tag.refresh_from_db()

                self.assertEqual((tag.name, tag.slug), (name, slug))
        self.rename(other, "c++")
        other.refresh_from_db()
        self.assertEqual((other.name, other.slug), ("c++", "c-2"))

    def test_the_same_name_records_nothing(self) -> None:
        tag = make_tag("Algebra")

        self.rename(tag, " Algebra")

        self.assertFalse(AuditLog.objects.exists())

    def test_the_name_of_a_deleted_tag_is_free_and_the_tag_stays_deleted(self) -> None:
        tag = self.create("Algebra")
        DeleteTag().execute(DeleteTagCommand(user=self.admin, tag_id=tag.pk))

        again = self.create("Algebra")

        self.assertNotEqual(again.pk, tag.pk)
        with self.assertRaises(TagTaken):
            RestoreTag().execute(RestoreTagCommand(user=self.admin, tag_id=tag.pk))

    def test_a_slug_that_was_taken_keeps_a_tag_deleted_too(self) -> None:
        tag = self.create("C")
        DeleteTag().execute(DeleteTagCommand(user=self.admin, tag_id=tag.pk))
        self.assertEqual(self.create("C++").slug, "c")

        with self.assertRaises(TagTaken):
            RestoreTag().execute(RestoreTagCommand(user=self.admin, tag_id=tag.pk))


class TagRaceTests(TransactionTestCase):
    def test_one_of_many_who_make_the_same_tag_at_once_succeeds(self) -> None:
        admin = make_user(role=Role.ADMIN)
        command = CreateTagCommand(user=admin, name="Algebra")

        results = at_once([partial(CreateTag().execute, command) for _ in range(8)])

        self.assertEqual(sum(isinstance(result, TagNameTaken) for result in results), 7, results)
        self.assertEqual(Tag.objects.count(), 1)
