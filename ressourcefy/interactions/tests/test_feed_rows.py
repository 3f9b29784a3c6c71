"""The ready feed is what it is made of, whatever path wrote, and under concurrent writes."""

import random
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import Any
from uuid import UUID

from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from core.exceptions import DomainError
from core.models import Tag
from core.services.tags import lock_tag, lock_tags_to_merge, rename_tag
from interactions.services.recount_feed import recount_feed
from interactions.tests.factories import make_comment
from resources.models import FeedCount, FeedRow, FeedTag, Resource, ResourceVote
from resources.services.feed_counts import fold_feed_counts
from resources.services.live_tags import refile_resources
from resources.services.update_resource import update_resource
from resources.services.vote_on_resource import vote_on_resource
from resources.tests.factories import make_resource
from resources.types import Visibility, VoteValue
from users.models import Profile, User
from users.services.erasure import make_tombstone
from users.tests.factories import make_contributor, make_tag, make_user

EXACT = {"feed rows": 0, "feed places": 0, "feed counts": 0}


def run(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


class FeedRowTests(TestCase):
    def setUp(self) -> None:
        self.author = make_contributor(username="ada")
        self.resource = make_resource(author=self.author, title="Rust", description="x" * 300)

    @property
    def row(self) -> FeedRow:
        self.assertEqual(recount_feed(repair=False), EXACT)
        return FeedRow.objects.get(pk=self.resource.pk)

    def test_follows_the_resource(self) -> None:
        self.assertEqual((self.row.title, self.row.excerpt), ("Rust", "x" * 200))

        run("UPDATE resources_resource SET title = 'Go', description = 'New', price_cents = 5")
        self.assertEqual((self.row.title, self.row.excerpt, self.row.price_cents), ("Go", "New", 5))

        self.resource.delete()
        self.assertFalse(self.row.is_live)

        self.resource.restore()
        self.assertTrue(self.row.is_live)

        other = make_contributor(username="grace")
        self.resource.tags.add(make_tag())
        Resource.objects.update(author=other, created_at=timezone.now())
        self.assertEqual((self.row.author_id, self.row.author_name), (other.pk, "grace"))

        run("DELETE FROM resources_resource")
        run("DELETE FROM resources_resource_tags")
        self.assertEqual(recount_feed(repair=False), EXACT)
        self.assertFalse(FeedRow.objects.exists())

    def test_a_stale_copy_of_the_resource_spoils_nothing(self) -> None:
        stale = Resource.objects.get()
        self.resource.tags.add(make_tag("Rust"))
        Profile.objects.filter(user=self.author).update(username="lovelace")

        stale.save()

        self.assertEqual((self.row.author_name, self.row.tags), ("lovelace", ["Rust"]))

    def test_follows_counters(self) -> None:
        vote = ResourceVote.objects.create(resource=self.resource, user=make_user(), value=1)
        comment = make_comment(resource=self.resource)
        self.assertEqual((self.row.comment_count, self.row.upvotes), (1, 1))

        ResourceVote.objects.update(value=-1)
        comment.delete()
        self.assertEqual((self.row.comment_count, self.row.upvotes, self.row.downvotes), (0, 0, 1))

        vote.delete()
        self.assertEqual(self.row.downvotes, 0)

    def test_follows_the_author(self) -> None:
        Profile.objects.update(username="lovelace", avatar_url="https://example.org/a.png")
        self.assertEqual(
            (self.row.author_name, self.row.author_avatar),
            ("lovelace", "https://example.org/a.png"),
        )

        self.author.delete()
        self.assertEqual(self.row.author_name, "lovelace", "what a deleted author wrote stays")

        make_tombstone(User.all_objects.get(pk=self.author.pk))
        self.assertEqual((self.row.author_name, self.row.author_avatar), (None, None))

        Profile.objects.create(user=self.author, username="back")
        self.assertEqual(self.row.author_name, "back")

    def test_follows_tags(self) -> None:
        rust, go = make_tag("Rust"), make_tag("Go")
        self.resource.tags.set([rust, go])
        self.assertEqual(self.row.tags, ["Go", "Rust"])

        Tag.objects.filter(pk=go.pk).update(name="Zig")
        self.assertEqual(self.row.tags, ["Rust", "Zig"])

        rust.delete()
        self.assertEqual(self.row.tags, ["Zig"])

        rust.restore()
        self.assertEqual(self.row.tags, ["Rust", "Zig"])

        target = make_tag("Systems")
        refile_resources(go, target)
        self.assertEqual(self.row.tags, ["Rust", "Systems"])

        self.resource.tags.clear()
        self.assertEqual(self.row.tags, [])

    def test_follows_tags_while_the_resource_is_deleted(self) -> None:
        tag = make_tag("Rust")
        self.resource.delete()
        self.resource.tags.add(tag)
        Tag.objects.update(name="Zig")

        self.resource.restore()

        self.assertEqual(self.row.tags, ["Zig"])

    def test_follows_what_is_written_in_bulk(self) -> None:
        tags = [make_tag() for _ in range(3)]
        made = Resource.objects.bulk_create(
            Resource(author=author, title=f"Lesson {number}", description="All of it")
            for number in range(50)
            for author in (self.author, make_contributor())
        )
        filed: Any = Resource.tags.through
        filed.objects.bulk_create(filed(resource=r, tag=tag) for r in made for tag in tags)

        self.assertEqual(self.row.tags, [])
        self.assertEqual(FeedRow.objects.get(pk=made[7].pk).tags, sorted(t.name for t in tags))

    def test_folding_changes_no_count(self) -> None:
        Resource.objects.update(visibility=Visibility.PREMIUM, price_cents=5)

        self.assertTrue(fold_feed_counts(few=0))

        self.assertEqual(recount_feed(repair=False), EXACT)
        self.assertEqual(FeedCount.objects.filter(for_sale=1, free=0).count(), 3)
        self.assertFalse(fold_feed_counts(few=0), "nothing is left to fold")
        self.resource.delete()
        self.assertTrue(fold_feed_counts(few=0))
        self.assertFalse(FeedCount.objects.exists(), "what adds up to nothing goes")

    def test_drift_is_reported_and_repaired(self) -> None:
        make_resource()
        FeedRow.objects.filter(pk=self.resource.pk).update(author_name="somebody")
        FeedRow.objects.exclude(pk=self.resource.pk).delete()
        FeedTag.objects.create(
            tag_id=make_tag().pk, created_at=timezone.now(), resource_id=self.resource.pk
        )
        FeedCount.objects.create(span="day", begins_at=timezone.now(), free=4)

        screen = StringIO()
        with self.assertRaises(SystemExit):
            call_command("recount", stdout=screen)
        with self.assertRaises(SystemExit):
            call_command("recount", "--repair", stdout=screen)

        self.assertIn("feed rows: 2 wrong", screen.getvalue())
        self.assertIn("feed rows: 2 repaired", screen.getvalue())
        self.assertIn("feed places: 1 repaired", screen.getvalue())
        self.assertEqual(self.row.author_name, "ada")
        self.assertEqual(FeedRow.objects.count(), 2)


class FeedStormTests(TransactionTestCase):
    """6 writers with 60 transactions each on the same few rows, while one folds.

    Every transaction succeeds: a deadlock would be an error.
    """

    def test_no_drift_and_no_deadlock(self) -> None:
        authors = [make_contributor() for _ in range(3)]
        made = [make_tag() for _ in range(5)]
        for number in range(12):
            make_resource(author=authors[number % 3]).tags.set(made[number % 3 : 4])
        tags = [tag.pk for tag in made]

        def write(seed: int) -> None:
            choose = random.Random(seed)
            try:
                for _ in range(60):
                    with transaction.atomic():
                        self.write_once(choose, authors, tags)
            finally:
                connections.close_all()

        def fold() -> None:
            try:
                for _ in range(60):
                    fold_feed_counts(few=0)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(7) as pool:
            jobs = [pool.submit(write, seed) for seed in range(6)] + [pool.submit(fold)]
            for job in jobs:
                job.result()

        self.assertEqual(recount_feed(repair=False), EXACT)

    def write_once(self, choose: random.Random, authors: list[User], tags: list[UUID]) -> None:
        author = choose.choice(authors)
        name = f"name_{choose.randrange(10**9)}"
        match choose.randrange(9):
            case 0:
                Profile.objects.filter(user=author).update(username=name, avatar_url=None)
            case 1 | 2:
                resource = Resource.objects.locked().order_by("?").first()
                if resource:
                    wanted = choose.sample(tags, choose.randrange(4))
                    live = Tag.objects.filter(pk__in=wanted).values_list("pk", flat=True)
                    self.passing(update_resource, resource, {"title": name, "tag_ids": list(live)})
            case 3:
                self.passing(self.rename, choose.choice(tags), name)
            case 4:
                source, target = choose.sample(tags, 2)
                self.passing(self.merge, source, target)
            case 5:
                Tag.all_objects.filter(pk=choose.choice(tags)).update(
                    deleted_at=choose.choice([None, None, timezone.now()])
                )
            case 6:
                made = make_resource(author=author, visibility=choose.choice(Visibility.values))
                made.tags.set(Tag.objects.filter(pk__in=choose.sample(tags, 2)))
            case 7:
                key = choose.choice(list(Resource.all_objects.values_list("pk", flat=True)))
                Resource.all_objects.filter(pk=key).update(
                    deleted_at=choose.choice([None, None, timezone.now()])
                )
            case 8:
                key = choose.choice(list(Resource.all_objects.values_list("pk", flat=True)))
                value = choose.choice(list(VoteValue))
                self.passing(lambda: vote_on_resource(user=author, resource_id=key, value=value))

    def passing(self, write: Any, *values: Any) -> None:
        """A refusal, because a tag or a resource has just gone, is no trouble."""
        try:
            with transaction.atomic():
                write(*values)
        except DomainError:
            return

    def rename(self, tag_id: UUID, name: str) -> None:
        rename_tag(lock_tag(tag_id), name)

    def merge(self, source_id: UUID, target_id: UUID) -> None:
        source, target = lock_tags_to_merge(source_id=source_id, target_id=target_id)
        refile_resources(source, target)
