"""What moderators look through."""

from datetime import timedelta

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.tests.many_rows import analyze
from interactions.models import Comment
from interactions.tests.factories import make_comment
from monetization.tests.factories import make_subscription
from read_models.pagination import PageRequest
from read_models.resources.cards import NAMELESS
from read_models.resources.hidden_comments import get_hidden_comments
from read_models.tests.test_performance.test_queries import plan_of
from resources.models import Resource
from resources.tests.factories import make_resource
from resources.types import Visibility
from users.models import Profile, User
from users.tests.factories import make_user
from users.types import Role


def make_hidden(resource: Resource | None = None, *, minutes_ago: int = 0) -> Comment:
    return make_comment(
        resource=resource or make_resource(),
        hidden_at=timezone.now() - timedelta(minutes=minutes_ago),
        hidden_by=make_user(role=Role.MODERATOR),
        hidden_reason="An insult.",
    )


class HiddenCommentsTests(TestCase):
    def setUp(self) -> None:
        self.moderator = make_user(role=Role.MODERATOR)

    def test_lists_the_latest_first(self) -> None:
        early, late = make_hidden(minutes_ago=5), make_hidden(minutes_ago=1)
        make_comment()
        make_hidden().delete()

        hidden = get_hidden_comments(self.moderator)

        self.assertEqual([item.id for item in hidden.items], [late.pk, early.pk])
        item = hidden.items[0]
        self.assertEqual((item.reason, item.hidden_at), ("An insult.", late.hidden_at))
        assert item.hidden_by
        assert late.hidden_by
        self.assertEqual(item.hidden_by["username"], late.hidden_by.profile.username)
        self.assertEqual(item.author["username"], late.author.profile.username)
        self.assertEqual(hidden.pagination.total_count, 2)

    def test_ends_where_the_moderator_may_not_read(self) -> None:
        locked = make_hidden(make_resource(visibility=Visibility.PREMIUM, price_cents=5))
        private = make_hidden(make_resource(visibility=Visibility.PRIVATE))
        gone = make_resource()
        make_hidden(gone)
        gone.delete()
        member = make_user(role=Role.MODERATOR)
        make_subscription(member)

        def found(user: User) -> set[object]:
            page = get_hidden_comments(user)
            self.assertEqual(page.pagination.total_count, len(page.items))
            return {item.id for item in page.items}

        self.assertEqual(found(self.moderator), set())
        self.assertEqual(found(member), {locked.pk})
        self.assertEqual(found(make_user(role=Role.ADMIN)), {locked.pk, private.pk})

    def test_an_odd_row_does_not_break_the_list(self) -> None:
        comment = make_hidden()
        Comment.objects.update(hidden_by=None)
        Profile.objects.filter(user=comment.author).delete()

        (item,) = get_hidden_comments(self.moderator).items

        self.assertEqual((item.author["username"], item.hidden_by), (NAMELESS, None))

    def test_pages_add_up_when_all_were_hidden_at_once(self) -> None:
        comments = [make_hidden() for _ in range(5)]
        Comment.objects.update(hidden_at=timezone.now())

        pages = [get_hidden_comments(self.moderator, page=PageRequest(n, 2)) for n in (1, 2, 3, 4)]

        listed = [item.id for page in pages for item in page.items]
        self.assertEqual(listed, [comment.pk for comment in reversed(comments)])

    def test_takes_two_queries_and_one_behind_the_end(self) -> None:
        for number in (1, 19):
            for _ in range(number):
                make_hidden()
            with self.assertNumQueries(2):
                get_hidden_comments(self.moderator)
        with self.assertNumQueries(1):
            get_hidden_comments(self.moderator, page=PageRequest(1_000_000_000, 100))

    def test_comes_from_an_index_among_many_that_are_shown(self) -> None:
        resource = make_resource()
        Comment.objects.bulk_create(
            Comment(resource=resource, author=self.moderator, content="Well said.")
            for _ in range(2_000)
        )
        make_hidden(resource)
        analyze()
        with CaptureQueriesContext(connection) as queries:
            get_hidden_comments(self.moderator)

        for query in queries.captured_queries:
            plan = plan_of(query["sql"])
            self.assertRegex(plan, r"comment_(lately_)?hidden")
