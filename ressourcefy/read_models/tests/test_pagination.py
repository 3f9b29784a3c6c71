"""Pages and cursors: every row once, in order, while others are added."""

import string
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import SimpleTestCase, override_settings
from django.utils import timezone
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as PropertyTestCase

from read_models.database import reads_for
from read_models.pagination import Cursor, InvalidPagination, PageRequest, Pagination
from read_models.resources.resource_feed import get_resource_feed
from resources.models import Resource
from users.models import User
from users.tests.factories import make_contributor

VISITOR = AnonymousUser()
MOMENTS = st.datetimes(timezones=st.just(UTC))
# Few different times, so that many rows share one.
AGES = st.lists(st.integers(0, 5), max_size=12)


class CursorTests(SimpleTestCase):
    @given(MOMENTS, st.uuids())
    def test_comes_back_as_it_went(self, moment: datetime, row_id: UUID) -> None:
        cursor = Cursor(moment, row_id)

        self.assertEqual(Cursor.parse(str(cursor)), cursor)

    @given(st.text(max_size=100))
    @example("")
    @example("A" * 44)
    @example("A" * 43 + "=")
    def test_any_other_text_is_refused(self, text: str) -> None:
        with self.assertRaises(InvalidPagination):
            Cursor.parse(text)

    @given(st.integers(0, 43), st.sampled_from(string.ascii_letters + string.digits + "-_"))
    def test_a_changed_one_is_refused(self, position: int, character: str) -> None:
        text = str(Cursor(timezone.now(), uuid4()))
        changed = text[:position] + character + text[position + 1 :]

        if changed != text:
            with self.assertRaises(InvalidPagination):
                Cursor.parse(changed)

    def test_one_of_another_installation_is_refused(self) -> None:
        with override_settings(SECRET_KEY="another"):
            foreign = str(Cursor(timezone.now(), uuid4()))

        with self.assertRaises(InvalidPagination):
            Cursor.parse(foreign)


class PaginationTests(SimpleTestCase):
    @given(st.integers(1, 10**9), st.integers(1, 100), st.integers(0, 10**12))
    def test_pages_cover_the_list_exactly(self, page: int, page_size: int, total: int) -> None:
        pagination = Pagination.of(PageRequest(page, page_size), total)

        self.assertGreaterEqual(pagination.total_pages * page_size, total)
        self.assertLess((pagination.total_pages - 1) * page_size, max(total, 1))
        self.assertEqual(pagination.has_next, page * page_size < total)
        self.assertEqual(pagination.has_previous, page > 1)


def add_resources(author: User, ages: list[int]) -> list[UUID]:
    """Resources as old as `ages` says, in minutes; returns their ids."""
    now = timezone.now().replace(second=0, microsecond=0)
    made = Resource.objects.bulk_create(
        Resource(author=author, title="T", description="D", created_at=now - timedelta(minutes=age))
        for age in ages
    )
    return [resource.pk for resource in made]


def forbid_order_by_luck() -> None:
    """Take the rows from the table, not from an index, which would order them unasked."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off")


class FeedPageTests(PropertyTestCase):
    """Up to 12 resources that share 6 moments, in pages of 1 to 5."""

    @settings(max_examples=25, deadline=None)
    @given(AGES, st.integers(1, 5))
    def test_pages_by_cursor_are_the_pages_by_number(self, ages: list[int], size: int) -> None:
        forbid_order_by_luck()
        add_resources(make_contributor(), ages)
        whole = [card["id"] for card in get_resource_feed(VISITOR).items]

        by_number, by_cursor, cursor = [], [], None
        for number in range(1, len(ages) // size + 2):
            numbered = get_resource_feed(VISITOR, page=PageRequest(number, size))
            behind = get_resource_feed(VISITOR, page=PageRequest(1, size), cursor=cursor)
            by_number += [card["id"] for card in numbered.items]
            by_cursor += [card["id"] for card in behind.items]
            self.assertEqual(numbered.items, behind.items)
            self.assertEqual(numbered.pagination.next_cursor, behind.pagination.next_cursor)
            if behind.pagination.next_cursor is None:
                break
            cursor = Cursor.parse(behind.pagination.next_cursor)

        self.assertEqual((by_number, by_cursor), (whole, whole))
        self.assertEqual(len(whole), len(ages))

    @settings(max_examples=25, deadline=None)
    @given(AGES, st.integers(1, 5), st.lists(AGES, max_size=4))
    def test_by_cursor_nothing_is_missed_or_repeated_while_others_are_added(
        self, ages: list[int], size: int, additions: list[list[int]]
    ) -> None:
        forbid_order_by_luck()
        author = make_contributor()
        from_the_start = add_resources(author, ages)

        seen: list[UUID] = []
        cursor: Cursor | None = None
        while True:
            page = get_resource_feed(VISITOR, page=PageRequest(1, size), cursor=cursor)
            seen += [card["id"] for card in page.items]
            if page.pagination.next_cursor is None:
                break
            cursor = Cursor.parse(page.pagination.next_cursor)
            add_resources(author, additions.pop() if additions else [])

        self.assertEqual(len(seen), len(set(seen)))
        self.assertLessEqual(set(from_the_start), set(seen))


class DatabaseTests(SimpleTestCase):
    def test_without_a_replica_there_is_one_database(self) -> None:
        self.assertEqual(reads_for(VISITOR), "default")

    def test_a_replica_serves_what_shows_nothing_of_the_viewers_own(self) -> None:
        databases: dict[str, dict[str, str]] = {"default": {}, "replica": {}}

        with self.assertWarns(UserWarning), self.settings(DATABASES=databases):
            self.assertEqual(reads_for(VISITOR), "replica")
            self.assertEqual(reads_for(User()), "default")
