"""The counters that lists show are exact, whatever path wrote, and under concurrent writes."""

import random
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.db import IntegrityError, connection, connections, transaction
from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from interactions.models import Comment, CommentVote
from interactions.services.recount import recount
from resources.models import Resource, ResourceVote
from resources.tests.factories import make_resource
from users.models import User
from users.tests.factories import make_user


def counters(resource: Resource) -> tuple[int, int, int]:
    resource.refresh_from_db()
    return resource.comment_count, resource.upvotes, resource.downvotes


class CounterTests(TestCase):
    def test_follow_votes_on_every_path(self) -> None:
        resource, users = make_resource(), [make_user() for _ in range(3)]

        ResourceVote.objects.bulk_create(
            ResourceVote(resource=resource, user=user, value=1) for user in users
        )
        self.assertEqual(counters(resource), (0, 3, 0))

        ResourceVote.objects.filter(user=users[0]).update(value=-1)
        self.assertEqual(counters(resource), (0, 2, 1))

        ResourceVote.objects.filter(user=users[1]).delete()
        self.assertEqual(counters(resource), (0, 1, 1))

        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM resources_resourcevote")
        self.assertEqual(counters(resource), (0, 0, 0))

    def test_follow_comments_through_deletion_hiding_and_restoring(self) -> None:
        resource, author = make_resource(), make_user()
        first = Comment.objects.create(resource=resource, author=author, content="One")
        second = Comment.objects.create(resource=resource, author=author, content="Two")
        self.assertEqual(counters(resource)[0], 2)

        first.delete()
        self.assertEqual(counters(resource)[0], 1)

        Comment.objects.filter(pk=second.pk).update(hidden_at=timezone.now())
        Comment.objects.filter(pk=second.pk).update(content="Two, edited")
        self.assertEqual(counters(resource)[0], 0)

        first.restore()
        self.assertEqual(counters(resource)[0], 1)

        second.refresh_from_db()
        second.delete()
        self.assertEqual(counters(resource)[0], 1)

    def test_follow_votes_on_comments(self) -> None:
        author = make_user()
        comment = Comment.objects.create(resource=make_resource(), author=author, content="One")
        CommentVote.objects.create(comment=comment, user=author, value=1)
        CommentVote.objects.update(value=-1)

        comment.refresh_from_db()

        self.assertEqual((comment.upvotes, comment.downvotes), (0, 1))

    def test_a_reply_stays_on_the_resource_of_its_parent(self) -> None:
        author = make_user()
        parent = Comment.objects.create(resource=make_resource(), author=author, content="One")

        with self.assertRaises(IntegrityError), transaction.atomic():
            Comment.objects.create(
                resource=make_resource(), author=author, content="Two", parent=parent
            )
            connection.check_constraints()


class RecountTests(TestCase):
    def test_reports_and_repairs_drift(self) -> None:
        resource = make_resource()
        ResourceVote.objects.create(resource=resource, user=make_user(), value=1)
        Resource.objects.update(upvotes=7, comment_count=2)

        reported, screen = recount(repair=False), StringIO()
        with self.assertRaises(SystemExit):
            call_command("recount", "--repair", stdout=screen)

        self.assertEqual(
            reported, {"resource votes": 1, "resource comments": 1, "comment votes": 0}
        )
        self.assertIn("resource votes: 1 repaired", screen.getvalue())
        self.assertEqual(counters(resource), (0, 1, 0))
        self.assertEqual(set(recount(repair=False).values()), {0})

    def test_the_command_takes_the_time_that_large_tables_need(self) -> None:
        limits: set[str] = set()

        def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if "SELECT" in sql:
                limits.add(self.limit())
            return execute(sql, params, many, context)

        before = self.limit()
        with connection.execute_wrapper(note):
            call_command("recount", stdout=StringIO())

        self.assertEqual(limits, {"0"})
        self.assertEqual(self.limit(), before)
        self.assertNotEqual(before, "0")

    def limit(self) -> str:
        found = connection.connection.execute("SHOW statement_timeout").fetchone()
        return str(found[0])

    def test_the_command_is_content_without_drift(self) -> None:
        screen = StringIO()

        call_command("recount", stdout=screen)

        self.assertIn("comment votes: 0 wrong", screen.getvalue())


class ConcurrentCounterTests(TransactionTestCase):
    """8 writers, 200 writes on 2 resources and 2 comments."""

    def test_no_drift_after_a_storm_of_writes(self) -> None:
        users = [make_user() for _ in range(8)]
        resources = [make_resource() for _ in range(2)]
        comments = [
            Comment.objects.create(resource=resource, author=users[0], content="Hm.")
            for resource in resources
        ]

        def write(user: User) -> None:
            choose = random.Random(str(user.id))
            try:
                for _ in range(25):
                    self.write_once(user, choose, resources, comments)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(users)) as pool:
            list(pool.map(write, users))

        self.assertEqual(set(recount(repair=False).values()), {0})
        self.assertTrue(ResourceVote.objects.exists())

    def write_once(
        self,
        user: User,
        choose: random.Random,
        resources: list[Resource],
        comments: list[Comment],
    ) -> None:
        resource, comment = choose.choice(resources), choose.choice(comments)
        value = choose.choice((1, -1))
        match choose.randrange(5):
            case 0:
                ResourceVote.objects.update_or_create(
                    resource=resource, user=user, defaults={"value": value}
                )
            case 1:
                ResourceVote.objects.filter(resource=resource, user=user).delete()
            case 2:
                CommentVote.objects.update_or_create(
                    comment=comment, user=user, defaults={"value": value}
                )
            case 3:
                Comment.objects.create(resource=resource, author=user, content="Hm.")
            case 4:
                Comment.objects.filter(author=user).exclude(
                    pk__in=[c.pk for c in comments]
                ).delete()
