"""Read models: a fixed number of queries whatever the amount of data, and the right data."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import FieldFetchBlocked
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from interactions.models import Comment, CommentVote
from interactions.tests.factories import make_comment
from monetization.tests.factories import make_subscription
from read_models.pagination import Cursor, PageRequest
from read_models.resources.cards import NAMELESS, to_card, with_card
from read_models.resources.own_resources import get_own_resources
from read_models.resources.reader_progress import get_reader_progress
from read_models.resources.resource_comments import get_resource_comments
from read_models.resources.resource_detail import get_resource_detail
from read_models.resources.resource_feed import FeedFilters, get_resource_feed
from read_models.users.author_profile import get_author_profile
from resources.exceptions import ResourceLocked, ResourceNotFound
from resources.models import Resource, ResourceProgress, ResourceVote
from resources.tests.factories import make_resource, make_version
from resources.types import ProgressStatus, Visibility
from users.exceptions import UserNotFound
from users.models import Profile, User
from users.tests.factories import make_contributor, make_tag, make_user
from users.types import Role

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

    def test_feed_takes_two(self) -> None:
        self.assert_constant(2, lambda: get_resource_feed(VISITOR))

    def test_feed_of_a_member_takes_two(self) -> None:
        filters = FeedFilters(include_premium=True, author_id=self.author.pk)
        self.assert_constant(2, lambda: get_resource_feed(self.reader, filters=filters))

    def test_feed_behind_a_cursor_takes_two(self) -> None:
        cursor = Cursor(timezone.now() + timedelta(days=1), uuid4())
        self.assert_constant(2, lambda: get_resource_feed(self.reader, cursor=cursor))

    def test_detail_takes_three(self) -> None:
        resource = make_resource(author=self.author)
        self.assert_constant(3, lambda: get_resource_detail(self.reader, resource.pk))
        self.assert_constant(3, lambda: get_resource_detail(VISITOR, resource.pk))

    def test_detail_of_much_takes_three(self) -> None:
        resource = make_resource(author=self.author)
        resource.tags.set([make_tag() for _ in range(30)])
        for _ in range(30):
            make_version(resource)

        with self.assertNumQueries(3):
            get_resource_detail(self.reader, resource.pk)

    def test_a_refusal_takes_one(self) -> None:
        locked = make_resource(visibility=Visibility.PREMIUM, price_cents=500)

        with self.assertNumQueries(1), self.assertRaises(ResourceLocked):
            get_resource_detail(VISITOR, locked.pk)
        with self.assertNumQueries(1), self.assertRaises(ResourceNotFound):
            get_resource_detail(VISITOR, uuid4())

    def test_comments_take_two(self) -> None:
        resource = make_resource()
        for number in (1, 29):
            for _ in range(number):
                make_comment(resource=resource)
            with self.assertNumQueries(2):
                get_resource_comments(self.reader, resource.pk)

    def test_author_takes_two(self) -> None:
        self.assert_constant(2, lambda: get_author_profile(self.reader, self.author.pk))

    def test_own_resources_take_three(self) -> None:
        self.assert_constant(3, lambda: get_own_resources(self.author))

    def test_progress_takes_two(self) -> None:
        resource = make_resource()
        self.assert_constant(2, lambda: get_reader_progress(self.reader, resource.pk))

    def test_a_forgotten_join_is_an_error(self) -> None:
        make_shelf(self.author, 1)

        (resource,) = with_card(Resource.objects.get_queryset())

        to_card(resource)
        for forgotten in (
            lambda: resource.description,
            lambda: resource.author.email,
            lambda: resource.author.password,
            lambda: resource.author.profile.bio,
        ):
            with self.assertRaises(FieldFetchBlocked):
                forgotten()


class PlanTests(TestCase):
    """What PostgreSQL does, on 2,000 public and 2,000 private resources.

    Were all public, the index of the published ones would be no better than that of all.
    """

    @classmethod
    def setUpTestData(cls) -> None:
        author, now = make_contributor(), timezone.now()
        Resource.objects.bulk_create(
            Resource(
                author=author,
                title=f"Lesson {number}",
                description="All of it. " * 30,
                visibility=visibility,
                created_at=now - timedelta(seconds=number),
            )
            for number in range(2_000)
            for visibility in (Visibility.PUBLIC, Visibility.PRIVATE)
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def feed_statement(self, viewer: User | AnonymousUser, **options: Any) -> str:
        with CaptureQueriesContext(connection) as queries:
            get_resource_feed(viewer, **options)
        return queries[0]["sql"]

    def test_the_feed_reads_its_page_from_an_index(self) -> None:
        for viewer, index in ((VISITOR, "resource_published"), (make_user(), "resource_live")):
            plan = plan_of(self.feed_statement(viewer))
            self.assertRegex(plan, rf"Index (Only )?Scan using {index}\b")

    def test_a_cursor_is_a_place_in_the_index(self) -> None:
        cursor = Cursor(timezone.now() - timedelta(seconds=1_500), uuid4())

        plan = plan_of(self.feed_statement(VISITOR, cursor=cursor))

        self.assertRegex(plan, r"using resource_published [^\n]*\n\s+Index Cond: \(ROW\(created_at")

    def test_a_page_far_behind_the_last_scans_nothing(self) -> None:
        for viewer in (VISITOR, make_user(), make_user(role=Role.ADMIN)):
            statement = self.feed_statement(viewer, page=PageRequest(page=1_000_000_000))

            plan = plan_of(statement, analyze=True)

            scans = [line for line in plan.splitlines() if "Scan" in line and "resource_" in line]
            self.assertTrue(scans)
            self.assertFalse([line for line in scans if "never executed" not in line], plan)

    def test_the_last_pages_are_there(self) -> None:
        last = get_resource_feed(VISITOR, page=PageRequest(page=20, page_size=100))
        behind = get_resource_feed(VISITOR, page=PageRequest(page=21, page_size=100))

        self.assertEqual((len(last.items), last.pagination.has_next), (100, False))
        self.assertEqual((behind.items, behind.pagination.has_next), ((), False))


class FeedTests(TestCase):
    def test_shows_what_a_card_needs(self) -> None:
        author = make_contributor(username="ada")
        Profile.objects.update(avatar_url="https://example.org/ada.png")
        resource = make_resource(
            author=author, title="Rust", description="x" * 300, attribution="Ada, Grace"
        )
        resource.tags.set([make_tag("Rust"), make_tag("Go")])
        deleted = make_tag("Gone")
        resource.tags.add(deleted)
        deleted.delete()
        ResourceVote.objects.create(resource=resource, user=author, value=1)
        ResourceVote.objects.create(resource=resource, user=make_user(), value=-1)
        make_comment(resource=resource)
        make_comment(resource=resource).delete()

        (card,) = get_resource_feed(VISITOR).items

        self.assertEqual((card.author_name, card.author_id), ("ada", author.pk))
        self.assertEqual(card.author_avatar, "https://example.org/ada.png")
        self.assertEqual(card.tags, ("Go", "Rust"))
        self.assertEqual((card.excerpt, card.attribution), ("x" * 200, "Ada, Grace"))
        stats = card.stats
        self.assertEqual(
            (stats.comment_count, stats.upvotes, stats.downvotes, stats.total_votes), (1, 1, 1, 2)
        )
        self.assertFalse(card.locked)

    def test_an_odd_row_does_not_break_the_list(self) -> None:
        resource = make_resource()
        Profile.objects.filter(user=resource.author).delete()

        (card,) = get_resource_feed(VISITOR).items

        self.assertEqual((card.author_name, card.author_avatar), (NAMELESS, None))

    def test_content_of_deactivated_and_deleted_authors_stays(self) -> None:
        deactivated = make_contributor(is_active=False)
        deleted = make_contributor()
        make_resource(author=deactivated)
        make_resource(author=deleted)
        deleted.delete()

        names = [card.author_name for card in get_resource_feed(VISITOR).items]

        self.assertEqual(names, [deleted.profile.username, deactivated.profile.username])

    def test_marks_teasers(self) -> None:
        locked = make_resource(visibility=Visibility.PREMIUM, price_cents=500)
        public = make_resource()
        make_resource(visibility=Visibility.PRIVATE)
        member = make_user()
        make_subscription(member)

        for viewer, expected in (
            (VISITOR, {public.pk: False, locked.pk: True}),
            (make_user(), {public.pk: False, locked.pk: True}),
            (member, {public.pk: False, locked.pk: False}),
            (locked.author, {public.pk: False, locked.pk: False}),
        ):
            feed = get_resource_feed(viewer, filters=FeedFilters(include_premium=True))
            self.assertEqual({card.id: card.locked for card in feed.items}, expected)

    def test_filters_narrow_it(self) -> None:
        author = make_contributor()
        tagged = make_resource(author=author)
        tagged.tags.add(make_tag("C"), make_tag("C++"))
        sharp = make_resource()
        sharp.tags.add(make_tag("C#"))
        premium = make_resource(author=author, visibility=Visibility.PREMIUM, price_cents=5)

        def found(**filters: Any) -> set[Any]:
            page = get_resource_feed(author, filters=FeedFilters(**filters))
            return {card.id for card in page.items}

        self.assertEqual(found(tag="C++"), {tagged.pk})
        self.assertEqual(found(tag="C#"), {sharp.pk})
        self.assertEqual(found(tag="c-3"), {sharp.pk})
        self.assertEqual(found(tag="unknown"), set())
        self.assertEqual(found(author_id=author.pk), {tagged.pk, premium.pk})
        self.assertEqual(found(visibility=Visibility.PREMIUM), {premium.pk})
        self.assertEqual(found(visibility=Visibility.PUBLIC, author_id=author.pk), {tagged.pk})


class DetailTests(TestCase):
    def test_shows_everything_to_who_may_open_it(self) -> None:
        resource = make_resource(description="x" * 5_000)
        resource.tags.add(make_tag("Rust"))
        make_version(resource)
        newest = make_version(resource, "https://files.example.org/b.pdf")
        reader = make_user()
        ResourceVote.objects.create(resource=resource, user=reader, value=-1)
        ResourceVote.objects.create(resource=resource, user=resource.author, value=1)

        detail = get_resource_detail(reader, resource.pk)

        self.assertEqual(detail.description, "x" * 5_000)
        self.assertEqual([version.version_number for version in detail.versions], [2, 1])
        self.assertEqual(detail.versions[0].file_url, newest)
        self.assertEqual((detail.user_vote, detail.stats.total_votes), (-1, 2))
        self.assertIsNone(get_resource_detail(VISITOR, resource.pk).user_vote)
        self.assertIsNone(get_resource_detail(make_user(), resource.pk).user_vote)

    def test_a_resource_without_a_file_or_tag_has_none(self) -> None:
        detail = get_resource_detail(VISITOR, make_resource().pk)

        self.assertEqual((detail.versions, detail.tags), ((), ()))


class CommentTests(TestCase):
    def test_lists_what_readers_see_the_newest_first(self) -> None:
        resource, reader = make_resource(), make_user()
        first = make_comment(resource=resource, content="First")
        reply = make_comment(resource=resource, content="Reply", parent=first)
        make_comment(resource=resource).delete()
        Comment.objects.filter(pk=make_comment(resource=resource).pk).update(
            hidden_at=timezone.now()
        )
        CommentVote.objects.create(comment=first, user=reader, value=1)

        comments = get_resource_comments(reader, resource.pk)

        self.assertEqual([item.content for item in comments.items], ["Reply", "First"])
        self.assertEqual([item.parent_id for item in comments.items], [first.pk, None])
        self.assertEqual([item.user_vote for item in comments.items], [None, 1])
        self.assertEqual(comments.items[1].stats.total_votes, 1)
        self.assertEqual(comments.items[0].author.username, reply.author.profile.username)
        self.assertEqual(comments.pagination.total_count, 2)

    def test_shows_a_name_for_who_has_none(self) -> None:
        comment = make_comment()
        Profile.objects.filter(user=comment.author).delete()

        (item,) = get_resource_comments(VISITOR, comment.resource.pk).items

        self.assertEqual(item.author.username, NAMELESS)

    def test_pages_add_up(self) -> None:
        resource = make_resource()
        comments = [make_comment(resource=resource) for _ in range(5)]

        pages = [
            get_resource_comments(VISITOR, resource.pk, page=PageRequest(page, 2))
            for page in (1, 2, 3, 4)
        ]

        listed = [item.id for page in pages for item in page.items]
        self.assertEqual(listed, [comment.pk for comment in reversed(comments)])
        self.assertEqual([page.pagination.has_next for page in pages], [True, True, False, False])
        self.assertEqual(pages[3].pagination.total_pages, 3)


class AuthorTests(TestCase):
    def test_shows_what_the_viewer_may_open(self) -> None:
        author = make_contributor(username="ada")
        public = [make_resource(author=author) for _ in range(6)]
        make_resource(author=author, visibility=Visibility.PRIVATE)
        make_resource(author=author, visibility=Visibility.PREMIUM, price_cents=5)
        make_resource(author=author).delete()
        make_resource()

        page = get_author_profile(VISITOR, author.pk)

        self.assertEqual((page.username, page.bio), ("ada", "Reads a lot."))
        self.assertEqual((page.stats.total_resources, page.stats.total_views), (6, 0))
        self.assertEqual(
            [item.id for item in page.recent_resources],
            [resource.pk for resource in reversed(public)][:5],
        )
        self.assertEqual(get_author_profile(author, author.pk).stats.total_resources, 8)

    def test_a_page_without_resources_counts_zero(self) -> None:
        page = get_author_profile(VISITOR, make_user().pk)

        self.assertEqual((page.stats.total_resources, page.recent_resources), (0, ()))

    def test_a_page_without_a_profile_has_a_name(self) -> None:
        user = make_user()
        Profile.objects.filter(user=user).delete()

        page = get_author_profile(VISITOR, user.pk)

        self.assertEqual((page.username, page.bio, page.avatar_url), (NAMELESS, None, None))

    def test_there_is_no_page_of_who_is_not_there(self) -> None:
        deleted = make_contributor()
        deleted.delete()

        for user_id in (
            uuid4(),
            deleted.pk,
            make_contributor(is_active=False).pk,
            make_user(is_activated=False).pk,
        ):
            with self.assertRaises(UserNotFound):
                get_author_profile(VISITOR, user_id)


class OwnResourcesTests(TestCase):
    def test_lists_every_visibility_of_the_owner_alone(self) -> None:
        author = make_contributor()
        own = [
            make_resource(author=author, visibility=visibility, price_cents=price)
            for visibility, price in (
                (Visibility.PUBLIC, None),
                (Visibility.PREMIUM, 5),
                (Visibility.PRIVATE, None),
            )
        ]
        own[0].tags.add(make_tag("Rust"))
        make_resource(author=author).delete()
        make_resource()

        listed = get_own_resources(author)

        self.assertEqual([item.id for item in listed.items], [r.pk for r in reversed(own)])
        self.assertEqual(listed.items[2].tags, ("Rust",))
        self.assertEqual(listed.pagination.total_count, 3)

    def test_an_empty_page_takes_one_query(self) -> None:
        author = make_contributor()
        make_resource(author=author)

        for page in (PageRequest(2, 20), PageRequest(1_000_000_000, 100)):
            with self.assertNumQueries(1):
                listed = get_own_resources(author, page=page)
            self.assertEqual((listed.items, listed.pagination.total_pages), ((), 1))


class ReaderProgressTests(TestCase):
    def test_before_the_first_visit_there_is_no_id(self) -> None:
        entry = get_reader_progress(make_user(), make_resource().pk)

        self.assertEqual(
            (entry.progress_id, entry.started_at, entry.status),
            (None, None, ProgressStatus.NOT_STARTED),
        )

    def test_shows_the_readers_own(self) -> None:
        resource, reader = make_resource(), make_user()
        progress = ResourceProgress.objects.create(resource=resource, user=reader)
        ResourceProgress.objects.create(resource=resource, user=make_user())

        entry = get_reader_progress(reader, resource.pk)

        self.assertEqual(
            (entry.progress_id, entry.status), (progress.pk, ProgressStatus.IN_PROGRESS)
        )
