"""The pages of a resource, its comments, its author, and what a reader has of their own."""

from uuid import uuid4

from django.contrib.auth.models import AnonymousUser
from django.test import TestCase
from django.utils import timezone

from interactions.models import Comment, CommentVote
from interactions.tests.factories import make_comment
from read_models.pagination import PageRequest
from read_models.resources.cards import NAMELESS
from read_models.resources.own_resources import get_own_resources
from read_models.resources.reader_progress import get_reader_progress
from read_models.resources.resource_comments import get_resource_comments
from read_models.resources.resource_detail import get_resource_detail
from read_models.users.author_profile import get_author_profile
from resources.models import ResourceProgress, ResourceVote
from resources.tests.factories import make_resource, make_version
from resources.types import ProgressStatus, Visibility
from users.exceptions import UserNotFound
from users.models import Profile
from users.tests.factories import make_contributor, make_tag, make_user

VISITOR = AnonymousUser()


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

        self.assertEqual(detail["description"], "x" * 5_000)
        self.assertEqual([version["version_number"] for version in detail["versions"]], [2, 1])
        self.assertEqual(detail["versions"][0]["file_url"], newest)
        self.assertEqual((detail["user_vote"], detail["stats"]["total_votes"]), (-1, 2))
        self.assertIsNone(get_resource_detail(VISITOR, resource.pk)["user_vote"])
        self.assertIsNone(get_resource_detail(make_user(), resource.pk)["user_vote"])

    def test_a_resource_without_a_file_or_tag_has_none(self) -> None:
        detail = get_resource_detail(VISITOR, make_resource().pk)

        self.assertEqual((detail["versions"], detail["tags"]), ([], []))


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

        self.assertEqual([item["content"] for item in comments.items], ["Reply", "First"])
        self.assertEqual([item["parent_id"] for item in comments.items], [first.pk, None])
        self.assertEqual([item["user_vote"] for item in comments.items], [None, 1])
        self.assertEqual(comments.items[1]["stats"]["total_votes"], 1)
        self.assertEqual(comments.items[0]["author"]["username"], reply.author.profile.username)
        self.assertEqual(comments.pagination.total_count, 2)

    def test_shows_a_name_for_who_has_none(self) -> None:
        comment = make_comment()
        Profile.objects.filter(user=comment.author).delete()

        (item,) = get_resource_comments(VISITOR, comment.resource.pk).items

        self.assertEqual(item["author"]["username"], NAMELESS)

    def test_pages_add_up(self) -> None:
        resource = make_resource()
        comments = [make_comment(resource=resource) for _ in range(5)]

        pages = [
            get_resource_comments(VISITOR, resource.pk, page=PageRequest(page, 2))
            for page in (1, 2, 3, 4)
        ]

        listed = [item["id"] for page in pages for item in page.items]
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

        self.assertEqual((page["username"], page["bio"]), ("ada", "Reads a lot."))
        self.assertEqual((page["stats"]["total_resources"], page["stats"]["total_views"]), (6, 0))
        self.assertEqual(
            [item["id"] for item in page["recent_resources"]],
            [resource.pk for resource in reversed(public)][:5],
        )
        self.assertEqual(get_author_profile(author, author.pk)["stats"]["total_resources"], 8)

    def test_a_page_without_resources_counts_zero(self) -> None:
        page = get_author_profile(VISITOR, make_user().pk)

        self.assertEqual((page["stats"]["total_resources"], page["recent_resources"]), (0, []))

    def test_a_page_without_a_profile_has_a_name(self) -> None:
        user = make_user()
        Profile.objects.filter(user=user).delete()

        page = get_author_profile(VISITOR, user.pk)

        self.assertEqual(
            (page["username"], page["bio"], page["avatar_url"]), (NAMELESS, None, None)
        )

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

        self.assertEqual([item["id"] for item in listed.items], [r.pk for r in reversed(own)])
        self.assertEqual(listed.items[2]["tags"], ["Rust"])
        self.assertEqual(listed.pagination.total_count, 3)

    def test_an_empty_page_says_how_many_there_are(self) -> None:
        author = make_contributor()
        make_resource(author=author)

        for page in (PageRequest(2, 20), PageRequest(1_000_000_000, 100)):
            with self.assertNumQueries(1):
                listed = get_own_resources(author, page=page)
            self.assertEqual((listed.items, listed.pagination.total_pages), ([], 1))


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
