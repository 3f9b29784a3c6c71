"""Lists of progress: one's own, and an author's readers."""

from datetime import timedelta
from uuid import uuid4

from django.test import TestCase
from django.utils import timezone

from core.exceptions import AccessDenied
from core.tests.many_rows import analyze
from monetization.tests.factories import make_subscription
from read_models.pagination import DEFAULT_PAGE_SIZE, PageRequest
from read_models.resources.cards import NAMELESS
from read_models.resources.followers import get_followers
from read_models.resources.own_progress import ProgressSummary, get_own_progress
from read_models.tests.plans import plans_of
from resources.exceptions import ResourceNotFound
from resources.models import Resource, ResourceProgress
from resources.tests.factories import make_resource
from resources.types import ProgressStatus, Visibility
from users.models import Profile, User
from users.tests.factories import make_contributor, make_user
from users.types import Role

DONE, BEGUN, WAITING = (
    ProgressStatus.COMPLETED,
    ProgressStatus.IN_PROGRESS,
    ProgressStatus.NOT_STARTED,
)


def make_progress(user: User, resource: Resource, *, minutes_ago: int = 0) -> ResourceProgress:
    visited = timezone.now() - timedelta(minutes=minutes_ago)
    return ResourceProgress.objects.create(
        user=user, resource=resource, started_at=visited, last_accessed_at=visited
    )


def summary(total: int, completed: int, begun: int, waiting: int) -> ProgressSummary:
    return {
        "total_resources": total,
        "completed_count": completed,
        "in_progress_count": begun,
        "not_started_count": waiting,
    }


class OwnProgressTests(TestCase):
    def setUp(self) -> None:
        self.reader = make_user()

    def test_lists_last_visited_first(self) -> None:
        author = make_contributor(username="ada")
        Profile.objects.filter(user=author).update(avatar_url="https://example.org/ada.png")
        first = make_progress(self.reader, make_resource(author=author), minutes_ago=5)
        second = make_progress(self.reader, make_resource(author=author), minutes_ago=9)
        third = make_progress(self.reader, make_resource(author=author), minutes_ago=1)
        make_progress(make_user(), first.resource)

        own = get_own_progress(self.reader)

        ids = [item["progress_id"] for item in own.items]
        self.assertEqual(ids, [third.pk, first.pk, second.pk])
        item = own.items[1]
        self.assertEqual(
            (item["resource_id"], item["resource_title"]), (first.resource.pk, first.resource.title)
        )
        self.assertEqual(
            (item["author_name"], item["author_avatar"]), ("ada", "https://example.org/ada.png")
        )
        self.assertEqual(
            (item["status"], item["started_at"], item["last_accessed_at"], item["completed_at"]),
            (BEGUN, first.started_at, first.last_accessed_at, None),
        )

    def test_sums_up_all_and_not_the_page(self) -> None:
        for status, number in ((DONE, 3), (BEGUN, 2), (WAITING, 1)):
            for _ in range(number):
                ResourceProgress.objects.create(
                    user=self.reader,
                    resource=make_resource(),
                    status=status,
                    completed_at=timezone.now() if status == DONE else None,
                )

        for page in (PageRequest(1, 1), PageRequest(99, 20)):
            own = get_own_progress(self.reader, page=page)

            self.assertEqual(own.summary, summary(6, 3, 2, 1))
            self.assertEqual(own.pagination.total_count, 6)

    def test_of_nothing_counts_zero(self) -> None:
        own = get_own_progress(self.reader)

        self.assertEqual((own.summary, own.items), (summary(0, 0, 0, 0), []))
        self.assertEqual(own.pagination.total_pages, 1)

    def test_leaves_out_what_the_reader_may_not_know_of(self) -> None:
        deleted, withdrawn, locked = (make_resource() for _ in range(3))
        for resource in (deleted, withdrawn, locked):
            make_progress(self.reader, resource)
        deleted.delete()
        Resource.objects.filter(pk=withdrawn.pk).update(visibility=Visibility.PRIVATE)
        Resource.objects.filter(pk=locked.pk).update(visibility=Visibility.PREMIUM, price_cents=5)

        own = get_own_progress(self.reader)

        self.assertEqual([item["resource_id"] for item in own.items], [locked.pk])
        self.assertEqual((own.summary["total_resources"], own.pagination.total_count), (1, 1))
        author = get_own_progress(withdrawn.author)
        self.assertEqual(author.items, [])

    def test_shows_a_name_for_who_has_none(self) -> None:
        resource = make_resource()
        make_progress(self.reader, resource)
        Profile.objects.filter(user=resource.author).delete()

        (item,) = get_own_progress(self.reader).items

        self.assertEqual(item["author_name"], NAMELESS)

    def test_pages_add_up_when_all_were_visited_at_once(self) -> None:
        now = timezone.now()
        rows = [
            ResourceProgress.objects.create(
                user=self.reader, resource=make_resource(), last_accessed_at=now
            )
            for _ in range(5)
        ]

        pages = [get_own_progress(self.reader, page=PageRequest(n, 2)) for n in (1, 2, 3, 4)]

        listed = [item["progress_id"] for page in pages for item in page.items]
        self.assertEqual(listed, [row.pk for row in reversed(rows)])
        self.assertEqual([page.pagination.has_next for page in pages], [True, True, False, False])

    def test_takes_one_query(self) -> None:
        make_subscription(self.reader)
        for number in (1, 29):
            for _ in range(number):
                make_progress(self.reader, make_resource())
            with self.assertNumQueries(1):
                get_own_progress(self.reader)
        with self.assertNumQueries(1):
            far = get_own_progress(self.reader, page=PageRequest(1_000_000_000, 100))
        self.assertEqual((far.items, far.pagination.total_count), ([], 30))


class FollowersTests(TestCase):
    def setUp(self) -> None:
        self.author = make_contributor()
        self.resource = make_resource(author=self.author)

    def test_lists_readers_last_visited_first(self) -> None:
        ada = make_user(username="ada")
        early = make_progress(ada, self.resource, minutes_ago=5)
        late = make_progress(make_user(), self.resource, minutes_ago=1)
        make_progress(ada, make_resource())

        followers = get_followers(self.author, self.resource.pk)

        self.assertEqual([item["id"] for item in followers.items], [late.pk, early.pk])
        self.assertEqual(
            (followers.resource_id, followers.resource_title),
            (self.resource.pk, self.resource.title),
        )
        item = followers.items[1]
        self.assertEqual(
            (item["user_id"], item["user_email"], item["username"]), (ada.pk, ada.email, "ada")
        )
        self.assertEqual((item["status"], item["avatar_url"]), (BEGUN, None))
        self.assertEqual(followers.pagination.total_count, 2)

    def test_leaves_out_deleted_accounts(self) -> None:
        gone = make_user()
        make_progress(gone, self.resource)
        gone.delete()

        followers = get_followers(self.author, self.resource.pk)

        self.assertEqual((followers.items, followers.pagination.total_count), ([], 0))

    def test_is_for_the_author_and_administrators(self) -> None:
        for role in (Role.ADMIN, Role.SUPERADMIN):
            get_followers(make_user(role=role), self.resource.pk)
        former = make_user()
        own = make_resource(author=former)

        for user, resource in (
            (make_user(), self.resource),
            (make_contributor(), self.resource),
            (make_user(role=Role.MODERATOR), self.resource),
            (former, own),
        ):
            with self.subTest(role=user.role), self.assertRaises(AccessDenied):
                get_followers(user, resource.pk)

    def test_hides_what_is_not_there(self) -> None:
        private = make_resource(visibility=Visibility.PRIVATE)
        deleted = make_resource(author=self.author)
        deleted.delete()

        for resource_id in (private.pk, deleted.pk, uuid4()):
            with self.assertRaises(ResourceNotFound):
                get_followers(self.author, resource_id)

    def test_takes_two_queries_and_one_to_refuse(self) -> None:
        for number in (1, 29):
            for _ in range(number):
                make_progress(make_user(), self.resource)
            with self.assertNumQueries(2):
                get_followers(self.author, self.resource.pk)
        with self.assertNumQueries(2):
            get_followers(self.author, self.resource.pk, page=PageRequest(1_000_000_000, 100))
        stranger = make_user()
        with self.assertNumQueries(1), self.assertRaises(AccessDenied):
            get_followers(stranger, self.resource.pk)


OTHERS = range(10)


class PlanTests(TestCase):
    """What PostgreSQL does, on 2,000 rows of progress on one resource.

    Others have ten times as many elsewhere: were these half of all, any index would do for them.
    """

    @classmethod
    def setUpTestData(cls) -> None:
        cls.author, cls.reader = make_contributor(), make_user()
        cls.resource = make_resource(author=cls.author)
        now = timezone.now()
        resources = Resource.objects.bulk_create(
            Resource(author=cls.author, title=f"Lesson {n}", description="All of it.")
            for n in range(2_000)
        )
        users = User.objects.bulk_create(User(email=f"{n}@example.org") for n in range(2_000))
        ResourceProgress.objects.bulk_create(
            ResourceProgress(
                user=user, resource=resource, last_accessed_at=now - timedelta(minutes=n)
            )
            for n, (user, resource) in enumerate(
                [(cls.reader, resource) for resource in resources]
                + [(user, cls.resource) for user in users]
                + [
                    (user, resources[(i + k) % 2_000])
                    for i, user in enumerate(users)
                    for k in OTHERS
                ]
            )
        )
        analyze()

    author: User
    reader: User
    resource: Resource

    def test_readers_come_from_their_index(self) -> None:
        _resource, plan = plans_of(lambda: get_followers(self.author, self.resource.pk))

        self.assertIn("progress_on_resource", plan.indexes)
        self.assertLessEqual(plan.most_sorted, DEFAULT_PAGE_SIZE)
