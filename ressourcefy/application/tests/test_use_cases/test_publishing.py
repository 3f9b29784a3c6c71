"""What authors do: publish, change, delete, add files."""

from typing import Any
from uuid import UUID

from django.test import TestCase, TransactionTestCase

from application.dto.commands import (
    CreateResourceCommand,
    CreateResourceVersionCommand,
    DeleteResourceCommand,
    UpdateResourceCommand,
)
from application.dto.results import PublishedResource, PublishedVersion, UpdatedResource
from application.use_cases.create_resource import CreateResource
from application.use_cases.create_resource_version import CreateResourceVersion
from application.use_cases.delete_resource import DeleteResource
from application.use_cases.update_resource import UpdateResource
from audit.models import AuditLog
from core.exceptions import AccessDenied, InvalidAction, InvalidInput
from core.models import OutboxEvent
from core.tests.races import at_once
from resources.exceptions import ResourceNotFound
from resources.models import Resource, ResourceVersion
from resources.services.update_resource import ResourceChanges
from resources.tests.factories import make_resource
from resources.types import Visibility
from users.models import User
from users.tests.factories import make_contributor, make_tag, make_user
from users.types import Role

FILE = "https://files.example.org/a.pdf"


def create(user: User, **fields: Any) -> PublishedResource:
    text = {"title": "Rust", "description": "All of it."}
    return CreateResource().execute(CreateResourceCommand(user=user, **(text | fields)))


def update(resource: Resource, *, by: User, **changes: Any) -> UpdatedResource:
    command = UpdateResourceCommand(
        user=by, resource_id=resource.pk, changes=ResourceChanges(**changes)
    )
    return UpdateResource().execute(command)


def delete(resource: Resource, *, by: User) -> None:
    DeleteResource().execute(DeleteResourceCommand(user=by, resource_id=resource.pk))


def add_version(resource: Resource, *, by: User, file_url: str = FILE) -> PublishedVersion:
    command = CreateResourceVersionCommand(user=by, resource_id=resource.pk, file_url=file_url)
    return CreateResourceVersion().execute(command)


def events_of(aggregate_id: UUID) -> list[tuple[str, dict[str, Any]]]:
    """Types and payloads of the events about an aggregate, in the order of emission."""
    events = OutboxEvent.objects.filter(aggregate_id=str(aggregate_id)).order_by("seq")
    return list(events.values_list("event_type", "payload"))


def audited(object_id: object) -> list[tuple[str, Any, Any]]:
    """Action, before and after of the audit entries about an object, the oldest first."""
    entries = AuditLog.objects.filter(object_id=str(object_id)).order_by("created_at", "id")
    return list(entries.values_list("action", "before_state", "after_state"))


class CreateResourceTests(TestCase):
    def test_publishes_with_tags_and_the_first_file(self) -> None:
        author, tag = make_contributor(), make_tag()

        published = create(
            author,
            visibility=Visibility.PREMIUM,
            price_cents=900,
            tag_ids=(tag.pk, tag.pk),
            file_url=FILE,
        )

        resource = Resource.objects.get(pk=published.resource_id)
        self.assertEqual((published.author_id, published.tags), (author.pk, (tag.pk,)))
        self.assertEqual(published.created_at, resource.created_at)
        version = resource.versions.get()
        self.assertEqual((version.version_number, version.file_url), (1, FILE))

    def test_tells_the_outbox_and_the_audit_log(self) -> None:
        author = make_contributor()

        published = create(author)

        resource_id = published.resource_id
        self.assertEqual(
            events_of(resource_id),
            [
                (
                    "resource.published",
                    {"resource_id": str(resource_id), "user_id": str(author.pk)},
                )
            ],
        )
        state: dict[str, Any] = {
            "visibility": "public",
            "price_cents": None,
            "tags": [],
            "versions": 0,
        }
        self.assertEqual(audited(resource_id), [("CREATE", None, state)])

    def test_refuses_accounts_that_may_not_publish(self) -> None:
        with self.assertRaises(AccessDenied):
            create(make_user())

        self.assertFalse(Resource.objects.exists())

    def test_leaves_nothing_behind_when_the_file_is_refused(self) -> None:
        with self.assertRaises(InvalidInput):
            create(make_contributor(), file_url="ftp://example.org/a")

        self.assertFalse(Resource.all_objects.exists())
        self.assertFalse(OutboxEvent.objects.exists())
        self.assertFalse(AuditLog.objects.exists())


class UpdateResourceTests(TestCase):
    def test_changes_what_is_named_and_records_no_text(self) -> None:
        author = make_contributor()
        resource = make_resource(author=author, title="Old", description="Same.")

        updated = update(
            resource, by=author, title="New", visibility=Visibility.PREMIUM, price_cents=5
        )

        self.assertEqual((updated.title, updated.description), ("New", "Same."))
        resource.refresh_from_db()
        self.assertEqual(updated.updated_at, resource.updated_at)
        self.assertEqual(events_of(resource.pk)[0][0], "resource.updated")
        self.assertEqual(
            audited(resource.pk),
            [
                (
                    "UPDATE",
                    {"visibility": "public", "price_cents": None},
                    {
                        "changed": ["title", "visibility", "price_cents"],
                        "visibility": "premium",
                        "price_cents": 5,
                    },
                )
            ],
        )

    def test_records_nothing_where_nothing_differs(self) -> None:
        author = make_contributor()
        resource = make_resource(author=author)

        update(resource, by=author, title=resource.title)

        self.assertEqual((events_of(resource.pk), audited(resource.pk)), ([], []))

    def test_refuses_anyone_but_the_author(self) -> None:
        resource = make_resource(title="Old")

        for role in Role:
            with self.assertRaises(AccessDenied):
                update(resource, by=make_user(role=role), title="New")

        resource.refresh_from_db()
        self.assertEqual(resource.title, "Old")

    def test_knows_no_private_resource_of_somebody_else(self) -> None:
        resource = make_resource(visibility=Visibility.PRIVATE)

        with self.assertRaises(ResourceNotFound):
            update(resource, by=make_contributor(), title="New")
        with self.assertRaises(AccessDenied):
            update(resource, by=make_user(role=Role.ADMIN), title="New")

    def test_leaves_nothing_half_done(self) -> None:
        author = make_contributor()
        resource = make_resource(author=author, title="Old")

        with self.assertRaises(InvalidAction):
            update(resource, by=author, title="New", tag_ids=[resource.pk])

        resource.refresh_from_db()
        self.assertEqual(resource.title, "Old")


class DeleteResourceTests(TestCase):
    def test_takes_it_out_of_sight_once(self) -> None:
        author = make_contributor()
        resource = make_resource(author=author)

        delete(resource, by=author)

        with self.assertRaises(ResourceNotFound):
            delete(resource, by=author)
        self.assertTrue(Resource.all_objects.get(pk=resource.pk).is_deleted)
        self.assertEqual([kind for kind, _ in events_of(resource.pk)], ["resource.deleted"])
        self.assertEqual([action for action, _, _ in audited(resource.pk)], ["DELETE"])

    def test_refuses_anyone_but_the_author(self) -> None:
        resource = make_resource()

        for user in (make_contributor(), make_user(role=Role.SUPERADMIN)):
            with self.assertRaises(AccessDenied):
                delete(resource, by=user)

        self.assertTrue(Resource.objects.filter(pk=resource.pk).exists())


class CreateResourceVersionTests(TestCase):
    def test_publishes_the_next_version(self) -> None:
        author = make_contributor()
        resource = make_resource(author=author)
        add_version(resource, by=author)

        published = add_version(resource, by=author)

        version = ResourceVersion.objects.get(version_number=2)
        self.assertEqual(published.version_number, 2)
        self.assertEqual(
            events_of(resource.pk)[1],
            (
                "resource.version_published",
                {
                    "resource_id": str(resource.pk),
                    "version_id": str(version.pk),
                    "user_id": str(author.pk),
                },
            ),
        )
        self.assertEqual(
            audited(version.pk),
            [("CREATE", None, {"resource_id": str(resource.pk), "version_number": 2})],
        )

    def test_refuses_anyone_but_the_author(self) -> None:
        resource, stranger = make_resource(), make_contributor()

        with self.assertRaises(AccessDenied):
            add_version(resource, by=stranger)

        self.assertFalse(resource.versions.exists())

    def test_refuses_a_bad_address(self) -> None:
        author = make_contributor()

        with self.assertRaises(InvalidInput):
            add_version(make_resource(author=author), by=author, file_url="file:///etc/passwd")

        self.assertFalse(ResourceVersion.objects.exists())


class RaceTests(TransactionTestCase):
    """50 versions at once; 10 deletions at once; each with its events and audit entries."""

    def test_50_versions_make_50_numbers_and_events(self) -> None:
        author = make_contributor()
        resource = make_resource(author=author)

        published = at_once([lambda: add_version(resource, by=author)] * 50)

        numbers = [p.version_number for p in published if isinstance(p, PublishedVersion)]
        self.assertEqual(sorted(numbers), list(range(1, 51)))
        ids_in_order_of_effect = [
            str(pk)
            for pk in resource.versions.order_by("version_number").values_list("pk", flat=True)
        ]
        self.assertEqual(
            [payload["version_id"] for _, payload in events_of(resource.pk)],
            ids_in_order_of_effect,
        )

    def test_of_many_deletions_one_counts(self) -> None:
        author = make_contributor()
        resource = make_resource(author=author)

        results = at_once([lambda: delete(resource, by=author)] * 10)

        refused = [result for result in results if isinstance(result, ResourceNotFound)]
        self.assertEqual((len(refused), results.count(None)), (9, 1))
        self.assertEqual(len(events_of(resource.pk)), 1)
