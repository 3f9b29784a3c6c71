"""A fixed number of queries whatever the amount of data, and plans that use the indexes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import TestCase
from django.utils import timezone

from interactions.tests.factories import make_comment
from monetization.tests.factories import make_subscription
from read_models.pagination import Cursor
from read_models.resources.own_resources import get_own_resources
from read_models.resources.reader_progress import get_reader_progress
from read_models.resources.resource_comments import get_resource_comments
from read_models.resources.resource_detail import get_resource_detail
from read_models.resources.resource_feed import FeedFilters, get_resource_feed
from read_models.users.author_profile import get_author_profile
from resources.exceptions import ResourceLocked, ResourceNotFound
from resources.models import Resource
from resources.tests.factories import make_resource, make_version
from resources.types import Visibility
from users.models import User
from users.tests.factories import make_contributor, make_tag, make_user

VISITOR = AnonymousUser()


def make_shelf(author: User, size: int) -> list[Resource]:
    """Resources with tags, files and comments."""
    tags = [make_tag() for _ in range(3)]
    shelf = [make_resource(author=author) for _ in range(size)]
    for resource in shelf:
        resource.tags.set(tags)
        make_version(resource)
        make_comment(resource=resource)
    return shelf


def plan_of(statement: str, *, analyze: bool = False) -> str:
    """PostgreSQL's plan, with sequential scans made unattractive: tests have few rows."""
    options = "ANALYZE, TIMING OFF, COSTS OFF" if analyze else "COSTS OFF"
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN ({options}) {statement}")
        return "\n".join(line for (line,) in cursor.fetchall())


class QueryCountTests(TestCase):
    """Each read with 1 and with 30 rows."""

    author: User
    reader: User

    @classmethod
    def setUpTestData(cls) -> None:
        cls.author, cls.reader = make_contributor(), make_user()
        make_subscription(cls.reader)

    def assert_constant(self, number: int, read: Callable[[], Any]) -> None:
        """`read` takes `number` queries, before and after there is much more to read."""
        make_shelf(self.author, 1)
        with self.assertNumQueries(number):
            read()
        make_shelf(self.author, 29)
        with self.assertNumQueries(number):
            read()

    def test_feed_takes_one(self) -> None:
        self.assert_constant(1, lambda: get_resource_feed(VISITOR))

    def test_feed_of_a_member_takes_one(self) -> None:
        filters = FeedFilters(include_premium=True, author_id=self.author.pk)
        self.assert_constant(1, lambda: get_resource_feed(self.reader, filters=filters))

    def test_feed_behind_a_cursor_takes_one(self) -> None:
        cursor = Cursor(timezone.now() + timedelta(days=1), uuid4())
        self.assert_constant(1, lambda: get_resource_feed(self.reader, cursor=cursor))

    def test_detail_takes_one(self) -> None:
        resource = make_resource(author=self.author)
        self.assert_constant(1, lambda: get_resource_detail(self.reader, resource.pk))
        self.assert_constant(1, lambda: get_resource_detail(VISITOR, resource.pk))

    def test_detail_of_much_takes_one(self) -> None:
        resource = make_resource(author=self.author)
        resource.tags.set([make_tag() for _ in range(30)])
        for _ in range(30):
            make_version(resource)

        with self.assertNumQueries(1):
            get_resource_detail(self.reader, resource.pk)

    def test_a_refusal_takes_one(self) -> None:
        locked = make_resource(visibility=Visibility.PREMIUM, price_cents=500)

        with self.assertNumQueries(1), self.assertRaises(ResourceLocked):
            get_resource_detail(VISITOR, locked.pk)
        with self.assertNumQueries(1), self.assertRaises(ResourceNotFound):
            get_resource_detail(VISITOR, uuid4())

    def test_comments_take_one(self) -> None:
        resource = make_resource()
        for number in (1, 29):
            for _ in range(number):
                make_comment(resource=resource)
            with self.assertNumQueries(1):
                get_resource_comments(self.reader, resource.pk)

    def test_author_takes_one(self) -> None:
        self.assert_constant(1, lambda: get_author_profile(self.reader, self.author.pk))

    def test_own_resources_take_one(self) -> None:
        self.assert_constant(1, lambda: get_own_resources(self.author))

    def test_progress_takes_two(self) -> None:
        resource = make_resource()
        self.assert_constant(2, lambda: get_reader_progress(self.reader, resource.pk))
