"""Making two tags one: what moves, what stays, what is refused, and what comes at the same time."""

from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.test import TestCase, TransactionTestCase

from application.dto.commands import (
    CreateResourceCommand,
    ImportRecord,
    ImportResourcesCommand,
    MergeTagsCommand,
    UpdateResourceCommand,
)
from application.dto.results import MergedTags
from application.use_cases.create_resource import CreateResource
from application.use_cases.import_resources import ImportResources
from application.use_cases.merge_tags import MergeTags
from application.use_cases.update_resource import UpdateResource
from audit.models import AuditLog
from core.exceptions import AccessDenied, InvalidAction
from core.models import Tag
from core.services.tags import TagNotFound
from core.tests.races import at_once
from core.tests.waiting import InThread, wait_until_somebody_waits_for_us
from resources.models import Resource
from resources.tests.factories import make_resource
from users.models import User, UserInterest
from users.services.onboarding import replace_interests
from users.tests.factories import make_contributor, make_tag, make_user
from users.types import Role


def merge(admin: User, source: Tag | UUID, target: Tag | UUID) -> MergedTags:
    ids = [tag.pk if isinstance(tag, Tag) else tag for tag in (source, target)]
    return MergeTags().execute(
        MergeTagsCommand(user=admin, source_tag_id=ids[0], target_tag_id=ids[1])
    )


def tags_of(resource: Resource) -> list[Tag]:
    """Deleted ones too."""
    through: Any = Resource.tags.through
    filed = through.objects.filter(resource_id=resource.pk).values("tag_id")
    return list(Tag.all_objects.filter(pk__in=filed).order_by("name"))


class MergeTagsTests(TestCase):
    def setUp(self) -> None:
        self.admin = make_user(role=Role.ADMIN)
        self.source, self.target = make_tag("Maths"), make_tag("Mathematics")

    def test_moves_resources_and_interests_and_files_nothing_twice(self) -> None:
        other = make_tag("Other")
        only, both, neither = make_resource(), make_resource(), make_resource()
        only.tags.set([self.source, other])
        both.tags.set([self.source, self.target])
        neither.tags.set([other])
        one, two = make_user(), make_user()
        for user, tag in ((one, self.source), (two, self.source), (two, self.target)):
            UserInterest.objects.create(user=user, tag=tag)

        merged = merge(self.admin, self.source, self.target)

        self.assertEqual((merged.resources, merged.interests), (2, 2))
        self.assertEqual(tags_of(only), [self.target, other])
        self.assertEqual(tags_of(both), [self.target])
        self.assertEqual(tags_of(neither), [other])
        for user in (one, two):
            self.assertEqual([row.tag for row in user.interests.all()], [self.target])
        self.assertEqual(set(Tag.objects.all()), {self.target, other})
        self.assertTrue(Tag.all_objects.get(pk=self.source.pk).is_deleted)

    def test_moves_what_deleted_resources_have_too(self) -> None:
        resource = make_resource()
        resource.tags.set([self.source])
        resource.delete()

        merge(self.admin, self.source, self.target)

        self.assertEqual(tags_of(resource), [self.target])

    def test_takes_as_many_statements_for_much_as_for_little(self) -> None:
        merge(self.admin, make_tag(), make_tag())
        for number in (1, 30):
            source = make_tag()
            for _ in range(number):
                make_resource().tags.set([source, self.target] if number % 2 else [source])
                UserInterest.objects.create(user=make_user(), tag=source)

            with self.assertNumQueries(12):
                merge(self.admin, source, self.target)

    def test_is_recorded_on_both(self) -> None:
        make_resource().tags.set([self.source])

        merge(self.admin, self.source, self.target)

        entries = AuditLog.objects.order_by("created_at", "id")
        self.assertEqual(
            [(entry.object_id, entry.action, entry.after_state) for entry in entries],
            [
                (
                    str(self.source.pk),
                    "DELETE",
                    {"is_deleted": True, "merged_into": str(self.target.pk)},
                ),
                (
                    str(self.target.pk),
                    "UPDATE",
                    {"merged_from": str(self.source.pk), "resources": 1, "interests": 0},
                ),
            ],
        )
        self.assertEqual({entry.actor for entry in entries}, {self.admin})

    def test_refuses_what_makes_no_sense(self) -> None:
        gone = make_tag("Gone")
        gone.delete()
        for source, target, refusal in (
            (self.source, self.source, InvalidAction),
            (self.source, gone, InvalidAction),
            (gone, self.target, TagNotFound),
            (uuid4(), self.target, TagNotFound),
            (self.source, uuid4(), TagNotFound),
        ):
            with self.subTest(refusal), self.assertRaises(refusal):
                merge(self.admin, source, target)
        self.assertEqual(Tag.objects.count(), 2)
        self.assertFalse(AuditLog.objects.exists())

    def test_is_for_administrators(self) -> None:
        for role in (Role.USER, Role.CONTRIBUTOR, Role.MODERATOR):
            with self.subTest(role), self.assertRaises(AccessDenied):
                merge(make_user(role=role), self.source, self.target)


class MergeRaceTests(TransactionTestCase):
    """Whatever is filed at the same moment ends under the target, or is refused."""

    def setUp(self) -> None:
        self.admin, self.author = make_user(role=Role.ADMIN), make_contributor()
        self.source, self.target = make_tag("Maths"), make_tag("Mathematics")

    def test_two_merges_against_each_other_leave_one_tag(self) -> None:
        resource = make_resource()
        resource.tags.set([self.source, self.target])

        results = at_once(
            [
                partial(merge, self.admin, self.source, self.target),
                partial(merge, self.admin, self.target, self.source),
            ]
        )

        (merged,) = (result for result in results if isinstance(result, MergedTags))
        (refused,) = (result for result in results if isinstance(result, Exception))
        self.assertIsInstance(refused, TagNotFound | InvalidAction)
        self.assertEqual([tag.pk for tag in Tag.objects.all()], [merged.target_tag_id])
        self.assertEqual([tag.pk for tag in tags_of(resource)], [merged.target_tag_id])

    def test_waits_for_what_is_being_filed_and_moves_it(self) -> None:
        resource, user = make_resource(author=self.author), make_user()

        with transaction.atomic():
            self.file_under_source(resource)
            replace_interests(user, [self.source.pk])
            merging = InThread(partial(merge, self.admin, self.source, self.target))
            wait_until_somebody_waits_for_us()
        merged = merging.result()

        self.assertEqual((merged.resources, merged.interests), (1, 1))
        self.assertEqual(tags_of(resource), [self.target])
        self.assertEqual([row.tag for row in user.interests.all()], [self.target])

    def test_what_is_filed_behind_it_sees_that_the_tag_is_gone(self) -> None:
        resource = make_resource(author=self.author)

        with transaction.atomic():
            merge(self.admin, self.source, self.target)
            filing = InThread(partial(self.file_under_source, resource))
            wait_until_somebody_waits_for_us()
        with self.assertRaises(InvalidAction):
            filing.result()

        self.assertEqual(tags_of(resource), [])

    def test_an_import_behind_it_makes_the_tag_anew(self) -> None:
        record = ImportRecord(
            line=1,
            fields={
                "title": "Sums",
                "description": "All of them.",
                "url": "https://files.example.org/sums.pdf",
                "tags": ["Maths", "Mathematics"],
            },
        )
        command = ImportResourcesCommand(user=self.author, records=(record,))

        with transaction.atomic():
            merge(self.admin, self.source, self.target)
            importing = InThread(partial(ImportResources().execute, command))
            wait_until_somebody_waits_for_us()
        importing.result()

        tags = tags_of(Resource.objects.get_queryset().get())
        self.assertEqual([tag.name for tag in tags], ["Mathematics", "Maths"])
        self.assertEqual([tag.is_deleted for tag in tags], [False, False])

    def test_many_at_once_leave_nothing_under_the_source(self) -> None:
        shelf = [make_resource(author=self.author) for _ in range(8)]
        calls: list[Any] = [partial(self.file_under_source, resource) for resource in shelf]
        calls += [partial(self.publish) for _ in range(4)]
        calls.insert(6, partial(merge, self.admin, self.source, self.target))

        results = at_once(calls)

        failed = [result for result in results if isinstance(result, Exception)]
        self.assertEqual([error for error in failed if not isinstance(error, InvalidAction)], [])
        through: Any = Resource.tags.through
        self.assertFalse(through.objects.filter(tag_id=self.source.pk).exists())
        self.assertEqual(
            through.objects.filter(tag_id=self.target.pk).count(), len(results) - len(failed) - 1
        )

    def file_under_source(self, resource: Resource) -> None:
        UpdateResource().execute(
            UpdateResourceCommand(
                user=self.author, resource_id=resource.pk, changes={"tag_ids": [self.source.pk]}
            )
        )

    def publish(self) -> None:
        CreateResource().execute(
            CreateResourceCommand(
                user=self.author,
                title="New",
                description="All of it.",
                tag_ids=(self.source.pk,),
            )
        )
