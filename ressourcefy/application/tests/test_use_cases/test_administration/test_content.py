"""Administration of content and of tags."""

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
    EditResourceCommand,
    PublishForAuthorCommand,
    RemoveCommentCommand,
    RemoveResourceCommand,
    RenameTagCommand,
    RestoreCommentCommand,
    RestoreResourceCommand,
    RestoreTagCommand,
)
from application.dto.events import EventType
from application.use_cases.add_resource_version import AddResourceVersion
from application.use_cases.change_subscription import ChangeSubscription
from application.use_cases.create_tag import CreateTag
from application.use_cases.delete_tag import DeleteTag
from application.use_cases.edit_resource import EditResource
from application.use_cases.publish_for_author import PublishForAuthor
from application.use_cases.remove_comment import RemoveComment
from application.use_cases.remove_resource import RemoveResource
from application.use_cases.rename_tag import RenameTag
from application.use_cases.restore_comment import RestoreComment
from application.use_cases.restore_resource import RestoreResource
from application.use_cases.restore_tag import RestoreTag
from audit.models import AuditLog
from core.exceptions import AccessDenied, InvalidInput
from core.models import OutboxEvent, Tag
from core.services.tags import TagNameTaken, TagNotFound, TagTaken
from core.tests.races import at_once
from interactions.exceptions import CommentNotFound
from interactions.models import Comment
from interactions.tests.factories import make_comment
from resources.exceptions import ResourceNotFound
from resources.models import Resource
from resources.tests.factories import make_resource
from users.tests.factories import make_tag, make_user
from users.types import Role


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
