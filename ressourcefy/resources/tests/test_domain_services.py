"""The domain services of resources: rules, locks and what the database holds itself."""

from datetime import timedelta
from uuid import uuid4

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from core.exceptions import InvalidAction
from core.models import Tag
from core.tests.races import at_once
from resources.exceptions import ResourceNotFound
from resources.models import Resource, ResourceProgress, ResourceVersion, ResourceVote
from resources.services.create_resource import create_resource
from resources.services.create_resource_version import create_resource_version
from resources.services.touch_progress import touch_progress
from resources.services.update_resource import update_resource
from resources.services.vote_on_resource import vote_on_resource
from resources.tests.factories import make_resource, make_version
from resources.types import ProgressStatus, Visibility, VoteValue
from users.tests.factories import make_contributor, make_tag, make_user

FILE = "https://files.example.org/a.pdf"


class CreateResourceTests(TestCase):
    def test_files_it_under_its_tags_once(self) -> None:
        tag = make_tag()

        resource = create_resource(
            author=make_contributor(),
            title=" Rust ",
            description="All of it.",
            visibility=Visibility.PREMIUM,
            price_cents=500,
            tag_ids=[tag.pk, tag.pk],
        )

        resource.refresh_from_db()
        self.assertEqual((resource.title, resource.price_cents), ("Rust", 500))
        self.assertEqual(list(resource.tags.all()), [tag])

    def test_leaves_nothing_behind_for_an_unknown_or_deleted_tag(self) -> None:
        deleted = make_tag()
        deleted.delete()
        author = make_contributor()

        for tag_id in (uuid4(), deleted.pk):
            with self.assertRaises(InvalidAction):
                create_resource(
                    author=author,
                    title="Rust",
                    description="All.",
                    visibility=Visibility.PUBLIC,
                    tag_ids=[tag_id],
                )

        self.assertFalse(Resource.all_objects.exists())


class UpdateResourceTests(TestCase):
    def test_names_what_differs(self) -> None:
        resource, tag = make_resource(title="Old", description="Same."), make_tag()

        changed = update_resource(
            resource, {"title": "New", "description": "Same.", "tag_ids": [tag.pk]}
        )

        resource.refresh_from_db()
        self.assertEqual(changed, ["title", "tags"])
        self.assertEqual((resource.title, list(resource.tags.all())), ("New", [tag]))

    def test_changes_no_row_where_nothing_differs(self) -> None:
        resource = make_resource()
        resource.tags.add(tag := make_tag())
        before = resource.updated_at

        changed = update_resource(resource, {"title": resource.title, "tag_ids": [tag.pk]})

        resource.refresh_from_db()
        self.assertEqual((changed, resource.updated_at), ([], before))

    def test_holds_price_and_visibility_together_in_the_result(self) -> None:
        premium = make_resource(visibility=Visibility.PREMIUM, price_cents=500)

        with self.assertRaises(InvalidAction):
            update_resource(premium, {"visibility": Visibility.PUBLIC})
        premium.refresh_from_db()
        changed = update_resource(premium, {"visibility": Visibility.PUBLIC, "price_cents": None})

        self.assertEqual(changed, ["visibility", "price_cents"])


class VersionTests(TestCase):
    def test_numbers_follow_each_other(self) -> None:
        resource = make_resource()

        numbers = [create_resource_version(resource, FILE).version_number for _ in range(3)]

        self.assertEqual(numbers, [1, 2, 3])

    def test_a_deleted_resource_gets_no_file(self) -> None:
        resource = make_resource()
        Resource.objects.get(pk=resource.pk).delete()

        with self.assertRaises(ResourceNotFound):
            create_resource_version(resource, FILE)

    def test_the_database_refuses_every_change(self) -> None:
        make_version(make_resource())
        version = ResourceVersion.objects.get()
        version.file_url = "https://files.example.org/other.pdf"

        def by_sql() -> None:
            with connection.cursor() as cursor:
                cursor.execute("UPDATE resources_resourceversion SET file_url = 'forged'")

        for change in (
            version.save,
            version.delete,
            by_sql,
            lambda: ResourceVersion.objects.update(version_number=9),
            lambda: ResourceVersion.objects.bulk_update([version], ["file_url"]),
            ResourceVersion.objects.all().delete,
        ):
            with self.assertRaises(DatabaseError), transaction.atomic():
                change()

        self.assertEqual(ResourceVersion.objects.get().file_url, FILE)

    def test_the_database_refuses_a_number_twice(self) -> None:
        resource = make_resource()
        make_version(resource)

        with self.assertRaises(IntegrityError), transaction.atomic():
            ResourceVersion.objects.create(resource=resource, version_number=1, file_url=FILE)


class VoteTests(TestCase):
    def test_the_last_value_wins(self) -> None:
        resource, user = make_resource(), make_user()

        first = vote_on_resource(user=user, resource_id=resource.pk, value=VoteValue.UP)
        again = vote_on_resource(user=user, resource_id=resource.pk, value=VoteValue.UP)
        other = vote_on_resource(user=user, resource_id=resource.pk, value=VoteValue.DOWN)

        self.assertEqual([vote.change for vote in (first, again, other)], ["CREATE", "", "UPDATE"])
        self.assertEqual({vote.vote_id for vote in (first, again, other)}, {first.vote_id})
        vote = ResourceVote.objects.get()
        self.assertEqual((vote.pk, vote.value), (first.vote_id, VoteValue.DOWN))

    def test_the_same_value_again_writes_nothing(self) -> None:
        resource, user = make_resource(), make_user()
        vote_on_resource(user=user, resource_id=resource.pk, value=VoteValue.UP)
        before = ResourceVote.objects.get().updated_at

        vote_on_resource(user=user, resource_id=resource.pk, value=VoteValue.UP)

        self.assertEqual(ResourceVote.objects.get().updated_at, before)

    def test_a_withdrawn_vote_is_gone(self) -> None:
        resource, user = make_resource(), make_user()
        cast = vote_on_resource(user=user, resource_id=resource.pk, value=VoteValue.DOWN)

        withdrawn = vote_on_resource(user=user, resource_id=resource.pk, value=None)
        again = vote_on_resource(user=user, resource_id=resource.pk, value=None)

        self.assertEqual((withdrawn.vote_id, withdrawn.change), (cast.vote_id, "DELETE"))
        self.assertEqual((again.vote_id, again.change), (None, ""))
        resource.refresh_from_db()
        self.assertEqual((resource.upvotes, resource.downvotes), (0, 0))


class ProgressTests(TestCase):
    def test_the_first_visit_begins_it(self) -> None:
        resource, user = make_resource(), make_user()

        entry, is_first = touch_progress(user=user, resource=resource)

        self.assertTrue(is_first)
        self.assertEqual(entry.status, ProgressStatus.IN_PROGRESS)
        self.assertEqual(entry.started_at, entry.last_accessed_at)
        self.assertEqual(ResourceProgress.objects.get().pk, entry.progress_id)

    def test_later_visits_move_the_last_one_only(self) -> None:
        resource, user = make_resource(), make_user()
        first, _ = touch_progress(user=user, resource=resource)

        second, is_first = touch_progress(user=user, resource=resource)

        self.assertFalse(is_first)
        self.assertEqual(
            (second.progress_id, second.started_at), (first.progress_id, first.started_at)
        )
        assert first.last_accessed_at
        assert second.last_accessed_at
        self.assertGreater(second.last_accessed_at, first.last_accessed_at)

    def test_what_is_completed_stays_so(self) -> None:
        resource, user, moment = make_resource(), make_user(), timezone.now()
        ResourceProgress.objects.create(
            resource=resource,
            user=user,
            status=ProgressStatus.COMPLETED,
            started_at=moment,
            completed_at=moment,
        )

        entry, is_first = touch_progress(user=user, resource=resource)

        self.assertFalse(is_first)
        self.assertEqual((entry.status, entry.completed_at), (ProgressStatus.COMPLETED, moment))

    def test_an_entry_that_was_never_begun_begins(self) -> None:
        resource, user = make_resource(), make_user()
        ResourceProgress.objects.create(
            resource=resource, user=user, status=ProgressStatus.NOT_STARTED
        )

        entry, is_first = touch_progress(user=user, resource=resource)

        self.assertTrue(is_first)
        self.assertEqual(entry.status, ProgressStatus.IN_PROGRESS)

    def test_a_slow_clock_does_not_turn_back_time(self) -> None:
        resource, user = make_resource(), make_user()
        touch_progress(user=user, resource=resource)
        future = timezone.now() + timedelta(hours=1)
        ResourceProgress.objects.update(last_accessed_at=future)

        entry, _ = touch_progress(user=user, resource=resource)

        self.assertEqual(entry.last_accessed_at, future)


class RaceTests(TransactionTestCase):
    """Everybody at once, each with a connection of their own."""

    def test_50_versions_are_numbered_without_a_gap(self) -> None:
        resource = make_resource()

        versions = at_once([lambda: create_resource_version(resource, FILE)] * 50)

        self.assertEqual(
            sorted(v.version_number for v in versions if isinstance(v, ResourceVersion)),
            list(range(1, 51)),
        )

    def test_50_votes_of_one_person_are_one(self) -> None:
        resource, user = make_resource(), make_user()

        at_once(
            [
                lambda value=value: vote_on_resource(
                    user=user, resource_id=resource.pk, value=value
                )
                for value in [VoteValue.UP, VoteValue.DOWN] * 25
            ]
        )

        vote = ResourceVote.objects.get()
        resource.refresh_from_db()
        self.assertEqual(
            (resource.upvotes, resource.downvotes),
            (1, 0) if vote.value == VoteValue.UP else (0, 1),
        )

    def test_20_people_voting_twice_are_counted_once_each(self) -> None:
        resource, users = make_resource(), [make_user() for _ in range(20)]

        votes = at_once(
            [
                lambda user=user, value=value: vote_on_resource(
                    user=user, resource_id=resource.pk, value=value
                )
                for value in (VoteValue.DOWN, VoteValue.UP)
                for user in users
            ]
        )

        self.assertFalse([vote for vote in votes if isinstance(vote, Exception)])
        resource.refresh_from_db()
        ups = ResourceVote.objects.filter(value=VoteValue.UP).count()
        self.assertEqual((resource.upvotes, resource.downvotes), (ups, 20 - ups))

    def test_first_visits_at_the_same_moment_are_one_beginning(self) -> None:
        resource, user = make_resource(), make_user()

        visits = at_once([lambda: touch_progress(user=user, resource=resource)] * 10)

        beginnings = [is_first for _, is_first in visits]
        self.assertEqual(sorted(beginnings), [False] * 9 + [True])
        self.assertEqual(ResourceProgress.objects.count(), 1)


class SoftDeletedTagTests(TestCase):
    def test_frees_its_name_for_another(self) -> None:
        old = make_tag("Rust")
        old.delete()

        new = make_tag("Rust")

        self.assertEqual((new.slug, list(Tag.objects.all())), (old.slug, [new]))

    def test_comes_back_only_while_nothing_took_its_place(self) -> None:
        old = make_tag("Rust")
        old.delete()
        make_tag("Rust")

        with self.assertRaises(IntegrityError), transaction.atomic():
            old.restore()
        with self.assertRaises(IntegrityError), transaction.atomic():
            Tag.all_objects.filter(pk=old.pk).restore()

        self.assertFalse(Tag.objects.filter(pk=old.pk).exists())

    def test_comes_back_with_its_resources(self) -> None:
        resource, tag = make_resource(), make_tag()
        resource.tags.add(tag)
        tag.delete()
        self.assertFalse(resource.tags.exists())

        tag.restore()

        self.assertEqual(list(resource.tags.all()), [tag])
