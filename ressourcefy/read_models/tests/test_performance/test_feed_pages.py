"""Every page of everybody's feed against the rule; and the plans that read them."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Q
from django.test import TestCase, tag
from django.utils import timezone

from core.models import Tag
from core.tests.many_rows import analyze
from monetization.tests.factories import make_subscription
from read_models.pagination import NEWEST_FIRST, Cursor, PageRequest
from read_models.resources.resource_feed import FeedFilters, get_resource_feed
from resources.models import Resource
from resources.models.access import Viewer
from resources.services.feed_counts import fold_feed_counts
from resources.tests.factories import make_purchase, make_resource
from resources.types import Visibility
from users.models import User
from users.tests.factories import make_contributor, make_tag, make_user
from users.types import Role

VISITOR = AnonymousUser()
# visibility and price
KINDS: tuple[tuple[Visibility, int | None], ...] = (
    (Visibility.PUBLIC, None),
    (Visibility.PUBLIC, None),
    (Visibility.PUBLIC, 500),
    (Visibility.PREMIUM, 900),
    (Visibility.PRIVATE, None),
)


class FeedPageTests(TestCase):
    """160 resources of every kind over two years, some made at the same moment, a tenth deleted."""

    author: User
    buyer: User
    member: User

    @classmethod
    def setUpTestData(cls) -> None:
        choose = random.Random(7)
        cls.author, cls.buyer, cls.member = make_contributor(), make_user(), make_contributor()
        make_subscription(cls.member)
        # The name of one is the slug of another.
        tags = [make_tag("C"), make_tag("C++"), make_tag("c")]
        beginning = datetime(2024, 1, 31, 22, 30, tzinfo=UTC)
        moments = [beginning + timedelta(minutes=choose.randrange(10**6)) for _ in range(60)]
        for _ in range(160):
            visibility, price = choose.choice(KINDS)
            resource = make_resource(
                author=choose.choice([cls.author, cls.member, cls.buyer]),
                visibility=visibility,
                price_cents=price,
                created_at=choose.choice(moments),
            )
            resource.tags.set(choose.sample(tags, choose.randrange(3)))
            if choose.random() < 0.3:
                make_purchase(cls.buyer, resource)
            if choose.random() < 0.1:
                resource.delete()
        fold_feed_counts(few=100)

    def viewers(self) -> Iterator[Viewer]:
        yield VISITOR
        yield from (self.author, self.buyer, self.member, make_user(), make_user(role=Role.ADMIN))

    def filters(self) -> Iterator[FeedFilters]:
        for teasers in (False, True):
            yield FeedFilters(include_premium=teasers)
            yield FeedFilters(include_premium=teasers, author_id=self.author.pk)
            yield FeedFilters(include_premium=teasers, tag="c")
            yield FeedFilters(include_premium=teasers, tag="C++", author_id=self.author.pk)
            for visibility in Visibility:
                yield FeedFilters(include_premium=teasers, visibility=visibility)
                yield FeedFilters(include_premium=teasers, visibility=visibility, tag="C")
        yield FeedFilters(tag="unknown")

    def expected(self, viewer: Viewer, filters: FeedFilters) -> list[tuple[UUID, bool]]:
        """Ids, and whether they are locked, by the rule as a condition of the ORM."""
        all_of_them = Resource.objects.get_queryset()
        teasers = filters.include_premium
        found = all_of_them.listed_for(viewer) if teasers else all_of_them.visible_for(viewer)
        if filters.author_id:
            found = found.filter(author_id=filters.author_id)
        if filters.visibility:
            found = found.filter(visibility=filters.visibility)
        if filters.tag:
            tags = Tag.objects.filter(Q(name=filters.tag) | Q(slug=filters.tag))
            found = found.filter(pk__in=Resource.objects.filter(tags__in=tags).values("pk"))
        rows = found.with_access(viewer).order_by(*NEWEST_FIRST)
        return [(resource.pk, not resource.is_open) for resource in rows]

    def test_numbered_pages_are_slices_of_what_the_rule_says(self) -> None:
        for viewer in self.viewers():
            for filters in self.filters():
                expected = self.expected(viewer, filters)
                for number in range(1, len(expected) // 13 + 3):
                    page = get_resource_feed(viewer, page=PageRequest(number, 13), filters=filters)
                    shown = [(card["id"], card["locked"]) for card in page.items]
                    cut = expected[(number - 1) * 13 : number * 13]
                    self.assertEqual(shown, cut, (viewer, filters, number))
                    self.assertEqual(page.pagination.has_next, len(expected) > number * 13)

    def test_a_walk_by_cursor_shows_the_same(self) -> None:
        for viewer in self.viewers():
            for filters in self.filters():
                walked: list[tuple[UUID, bool]] = []
                cursor: Cursor | None = None
                while True:
                    page = get_resource_feed(
                        viewer, page=PageRequest(1, 30), cursor=cursor, filters=filters
                    )
                    walked += [(card["id"], card["locked"]) for card in page.items]
                    if page.pagination.next_cursor is None:
                        break
                    cursor = Cursor.parse(page.pagination.next_cursor)
                self.assertEqual(walked, self.expected(viewer, filters), (viewer, filters))

    def test_numbered_pages_stay_exact_while_resources_come_and_go(self) -> None:
        newest = make_resource(created_at=timezone.now())
        Resource.objects.filter(visibility=Visibility.PUBLIC, price_cents=500).update(
            price_cents=None
        )
        newest.delete()
        filters = FeedFilters()

        for viewer in self.viewers():
            page = get_resource_feed(viewer, page=PageRequest(3, 20))

            expected = [resource_id for resource_id, _locked in self.expected(viewer, filters)]
            self.assertEqual([card["id"] for card in page.items], expected[40:60])


_MANY = """
INSERT INTO resources_resource (id, created_at, updated_at, deleted_at, title, description,
    attribution, visibility, price_cents, author_id, comment_count, upvotes, downvotes)
SELECT gen_random_uuid(), %(beginning)s + n * interval '20 minutes', now(),
    CASE WHEN n %% 50 = 0 THEN now() END, 'Lesson ' || n, repeat('All of it. ', 20), '',
    CASE WHEN n %% 10 = 3 THEN 'premium' WHEN n %% 10 = 7 THEN 'private' ELSE 'public' END,
    CASE WHEN n %% 10 = 3 THEN 500 END, (%(authors)s::uuid[])[1 + n %% 200], 0, 0, 0
FROM generate_series(1, 50000) AS n
"""
_FILED = """
INSERT INTO resources_resource_tags (resource_id, tag_id)
SELECT id, (%(tags)s::uuid[])[1 + (row_number() OVER (ORDER BY created_at)) %% 40]
FROM resources_resource
"""


@tag("slow")
class FeedPlanTests(TestCase):
    """What PostgreSQL does, on 50,000 resources of 200 authors under 40 tags."""

    author: User
    member: User
    tag: Tag

    @classmethod
    def setUpTestData(cls) -> None:
        authors = [make_contributor() for _ in range(200)]
        tags = [make_tag() for _ in range(40)]
        cls.author, cls.member, cls.tag = authors[7], authors[3], tags[5]
        make_subscription(cls.member)
        with connection.cursor() as cursor:
            # Of the statement that makes the rows; on a busy machine it takes its time.
            cursor.execute("SET LOCAL statement_timeout = '5min'")
            beginning = datetime(2023, 1, 1, tzinfo=UTC)
            cursor.execute(
                _MANY, {"beginning": beginning, "authors": [author.pk for author in authors]}
            )
            # Or triggers would plan for the few rows that there were.
            cursor.execute("ANALYZE resources_resource, resources_feedrow, core_tag")
            cursor.execute(_FILED, {"tags": [tag.pk for tag in tags]})
            for resource in Resource.objects.filter(price_cents=500)[:5]:
                make_purchase(cls.author, resource)
            fold_feed_counts()
        analyze()

    def plan(self, viewer: Viewer, **options: Any) -> list[dict[str, Any]]:
        """The nodes of the plan of one read, with what they did."""
        asked: list[tuple[str, Any]] = []

        def listen(execute: Any, statement: str, values: Any, *rest: Any) -> Any:
            asked.append((statement, values))
            return execute(statement, values, *rest)

        with connection.execute_wrapper(listen):
            get_resource_feed(viewer, **options)
        ((statement, values),) = asked
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", values)
            (text,) = cursor.fetchone()
        whole = text if isinstance(text, list) else json.loads(text)
        return list(_nodes(whole[0]["Plan"]))

    def cases(self) -> Iterator[tuple[Viewer, dict[str, Any]]]:
        middle = Cursor(datetime(2023, 6, 1, tzinfo=UTC), uuid4())
        for viewer in (VISITOR, self.author, self.member, make_user(role=Role.ADMIN)):
            for filters in (
                FeedFilters(),
                FeedFilters(include_premium=True),
                FeedFilters(author_id=self.author.pk),
                FeedFilters(tag=self.tag.name),
                FeedFilters(tag=self.tag.slug, include_premium=True),
                FeedFilters(visibility=Visibility.PUBLIC),
                FeedFilters(visibility=Visibility.PREMIUM, include_premium=True),
                FeedFilters(visibility=Visibility.PRIVATE),
            ):
                yield viewer, {"filters": filters}
                yield viewer, {"filters": filters, "cursor": middle}

    def test_pages_are_read_from_indexes_in_their_order(self) -> None:
        for viewer, options in self.cases():
            nodes = self.plan(viewer, **options)

            self.assert_small(nodes, (viewer, options))

    def test_a_deep_page_by_number_is_found_by_counts(self) -> None:
        for viewer in (VISITOR, self.author, self.member, make_user(role=Role.ADMIN)):
            for teasers in (False, True):
                nodes = self.plan(
                    viewer,
                    page=PageRequest(page=1_500, page_size=20),
                    filters=FeedFilters(include_premium=teasers),
                )

                self.assert_small(nodes, (viewer, teasers))

    def test_a_page_far_behind_the_last_reads_no_row(self) -> None:
        for viewer in (VISITOR, self.author, self.member, make_user(role=Role.ADMIN)):
            for filters in (FeedFilters(), FeedFilters(tag=self.tag.name)):
                nodes = self.plan(viewer, page=PageRequest(page=10**9), filters=filters)

                read = sum(
                    _rows_read(node) for node in nodes if _is_own(node, "feedrow", "feedtag")
                )
                # What is somebody's own is counted, a few hundred at most.
                self.assertLess(read, 700, (viewer, filters))

    def test_visitors_read_the_index_of_what_is_free(self) -> None:
        (scan,) = (node for node in self.plan(VISITOR) if _is_own(node, "feedrow"))

        self.assertEqual(scan["Index Name"], "feed_free")
        self.assertEqual(scan["Actual Rows"], 21)

    def assert_small(self, nodes: list[dict[str, Any]], case: object) -> None:
        """Nothing of ours is scanned from end to end, and what is read or sorted is little."""
        for node in nodes:
            if _is_own(node, "feedrow", "feedtag", "resource_tags"):
                self.assertNotEqual(node["Node Type"], "Seq Scan", case)
            if node["Node Type"] in {"Sort", "Incremental Sort"}:
                self.assertLess(node["Actual Rows"] * node["Actual Loops"], 500, case)
        self.assertLess(sum(_rows_read(node) for node in nodes), 2_000, (case, nodes))


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _is_own(node: dict[str, Any], *tables: str) -> bool:
    return node.get("Relation Name", "").removeprefix("resources_") in tables


def _rows_read(node: dict[str, Any]) -> float:
    if "Relation Name" not in node:
        return 0
    rows = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    return float(rows * node["Actual Loops"])
