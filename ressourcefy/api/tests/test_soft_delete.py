"""What is deleted, one by one or by the dozen, appears in no read of the API."""

from collections.abc import Callable, Iterator
from typing import Any

from django.db import models

from api.tests.base import ApiTestCase
from core.models import SoftDeleteModel, Tag
from interactions.models import Comment
from interactions.tests.factories import make_comment
from resources.models import Resource
from resources.tests.factories import make_resource, make_version
from users.models import User
from users.tests.factories import make_contributor, make_tag, make_user
from users.types import Role

type Deletion = Callable[[models.Model], object]


def one_by_one(row: models.Model) -> object:
    return row.delete()


def by_the_dozen(row: models.Model) -> object:
    return type(row)._default_manager.filter(pk=row.pk).delete()


DELETIONS: tuple[Deletion, ...] = (one_by_one, by_the_dozen)


class SoftDeleteTests(ApiTestCase):
    author: User
    resource: Resource

    def setUp(self) -> None:
        self.author = make_contributor()
        self.resource = make_resource(author=self.author, title="Title canary")
        self.resource.tags.add(make_tag("Tag canary"), make_tag("Other"))
        make_version(self.resource, "https://files.example.org/file-canary")
        make_comment(resource=self.resource, content="Comment canary")

    def reads(self) -> Iterator[str]:
        """The bodies of every read, for a visitor, the author and an administrator."""
        base = f"/api/resources/{self.resource.pk}"
        for viewer in (None, self.author, make_user(role=Role.SUPERADMIN)):
            self.sign_out()
            if viewer:
                self.sign_in(viewer)
            for path in (
                "/api/feed/",
                "/api/feed/?include=premium",
                f"/api/feed/?author={self.author.pk}",
                "/api/feed/?tag=Tag canary",
                f"{base}/detail/",
                f"{base}/access/",
                f"{base}/comments/",
                f"{base}/progress/",
                f"/api/authors/{self.author.pk}/",
                "/api/user/resources/",
                "/api/tags/",
            ):
                yield self.client.get(path).content.decode()

    def assert_gone(self, *canaries: str) -> None:
        for body in self.reads():
            for canary in canaries:
                self.assertNotIn(canary, body)

    def revive(self, row: SoftDeleteModel) -> None:
        row.refresh_from_db(from_queryset=type(row).all_objects.all())
        self.assertIsNotNone(row.deleted_at)
        row.restore()

    def assert_deleted_and_restored(self, row: Any, *canaries: str) -> None:
        before = list(self.reads())
        for canary in canaries:
            self.assertTrue([body for body in before if canary in body], canary)

        for delete in DELETIONS:
            with self.subTest(delete=delete.__name__):
                delete(row)
                self.assert_gone(*canaries)
                self.revive(row)
                for canary in canaries:
                    self.assertTrue([body for body in self.reads() if canary in body], canary)

    def test_a_resource_goes_with_its_files_and_comments(self) -> None:
        self.assert_deleted_and_restored(
            self.resource, "Title canary", "file-canary", "Comment canary"
        )

    def test_a_comment_goes_from_the_count_as_well(self) -> None:
        self.assert_deleted_and_restored(
            Comment.objects.get(), "Comment canary", '"comment_count":1'
        )

    def test_a_tag_goes_from_every_resource(self) -> None:
        self.assert_deleted_and_restored(Tag.objects.get(name="Tag canary"), "Tag canary")

    def test_an_account_goes_and_its_content_stays(self) -> None:
        for delete in DELETIONS:
            delete(self.author)

            author = self.client.get(f"/api/authors/{self.author.pk}/")
            detail = self.client.get(f"/api/resources/{self.resource.pk}/detail/")
            self.sign_in(self.author)
            own = self.client.get("/api/user/resources/")
            self.sign_out()

            self.assert_error(author, 404, "user_not_found")
            self.assert_error(own, 401, "unauthorized")
            self.assertEqual(detail.json()["data"]["author_name"], self.author.profile.username)
            self.revive(self.author)
            self.assertEqual(self.client.get(f"/api/authors/{self.author.pk}/").status_code, 200)

    def test_a_deleted_resource_takes_no_vote_comment_or_file(self) -> None:
        resource_id, comment = str(self.resource.pk), Comment.objects.get()
        self.sign_in(self.author)
        self.resource.delete()

        for path, body, code in (
            ("resources/vote/", {"resource_id": resource_id, "vote_value": 1}, "resource"),
            ("comments/", {"resource_id": resource_id, "content": "Yes."}, "resource"),
            ("comments/vote/", {"comment_id": str(comment.pk), "vote_value": 1}, "comment"),
            (
                "resources/versions/",
                {"resource_id": resource_id, "file_url": "https://example.org/a"},
                "resource",
            ),
        ):
            response = self.client.post(f"/api/{path}", body)
            self.assert_error(response, 404, f"{code}_not_found")
