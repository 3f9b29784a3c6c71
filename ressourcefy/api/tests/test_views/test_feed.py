"""The feed and authors' pages over HTTP, and the query strings of all lists."""

from typing import Any
from urllib.parse import quote
from uuid import uuid4

from django.utils import timezone

from api.tests.base import ApiTestCase
from api.tests.cases import KeptAnswerTestCase
from read_models.pagination import Cursor
from resources.models import Resource
from resources.tests.factories import make_resource
from resources.types import Visibility
from users.tests.factories import make_contributor, make_tag, make_user


class FeedTests(ApiTestCase):
    def titles(self, query: str = "") -> list[str]:
        response = self.client.get(f"/api/feed/{query}")
        self.assertEqual(response.status_code, 200, response.content)
        return [item["title"] for item in response.json()["data"]]

    def walk(self, size: int) -> list[list[str]]:
        """The titles of all pages, by cursor."""
        pages, cursor = [], ""
        while True:
            body = self.client.get(f"/api/feed/?page_size={size}&cursor={cursor}").json()
            pages.append([item["title"] for item in body["data"]])
            cursor = body["pagination"]["next_cursor"]
            if cursor is None:
                return pages

    def test_shows_the_newest_first(self) -> None:
        for title in ("One", "Two", "Three"):
            make_resource(title=title)

        self.assertEqual(self.titles(), ["Three", "Two", "One"])

    def test_an_item_has_what_the_client_draws(self) -> None:
        author = make_contributor(username="ada")
        make_resource(author=author, title="Rust").tags.add(make_tag("C++"))

        (item,) = self.client.get("/api/feed/").json()["data"]

        self.assertEqual((item["author_name"], item["author_avatar"]), ("ada", None))
        self.assertEqual((item["tags"], item["price_cents"]), (["C++"], None))
        self.assertEqual((item["visibility"], item["locked"]), ("public", False))
        self.assertEqual(
            set(item["stats"]), {"comment_count", "upvotes", "downvotes", "total_votes"}
        )
        self.assertNotIn("description", item)

    def test_pages_by_cursor_are_the_pages_by_number(self) -> None:
        for number in range(5):
            make_resource(title=f"Lesson {number}")

        by_number = [self.titles(f"?page={page}&page_size=2") for page in (1, 2, 3)]

        self.assertEqual(self.walk(2), by_number)
        self.assertEqual(self.titles("?page=4&page_size=2"), [])

    def test_says_where_a_page_stands(self) -> None:
        for _ in range(3):
            make_resource()

        first = self.client.get("/api/feed/?page_size=2").json()["pagination"]
        second = self.client.get(f"/api/feed/?page_size=2&cursor={first['next_cursor']}/").json()[
            "pagination"
        ]

        self.assertEqual(
            (first["page"], first["has_next"], first["has_previous"]), (1, True, False)
        )
        self.assertEqual(
            second,
            {
                "page": None,
                "page_size": 2,
                "has_next": False,
                "has_previous": True,
                "next_cursor": None,
            },
        )

    def test_filters_by_tag_author_and_visibility(self) -> None:
        author = make_contributor()
        make_resource(title="Sharp", author=author).tags.add(make_tag("C#"))
        make_resource(title="Arabic").tags.add(make_tag("بايثون"))
        make_resource(title="Premium", visibility=Visibility.PREMIUM, price_cents=5)

        self.assertEqual(self.titles(f"?tag={quote('C#')}"), ["Sharp"])
        self.assertEqual(self.titles(f"?tag={quote('بايثون')}/"), ["Arabic"])
        self.assertEqual(self.titles(f"?author={author.pk}"), ["Sharp"])
        self.assertEqual(self.titles("?visibility=premium"), [])
        self.assertEqual(self.titles("?visibility=premium&include=premium/"), ["Premium"])
        self.assertEqual(self.titles("?tag=&tag=unknown"), [])
        self.assertEqual(len(self.titles("?tag=")), 2)

    def test_refuses_filters_that_say_nothing(self) -> None:
        for query in ("author=x", "author=", "visibility=PUBLIC", "include=all", "tag=a%00b"):
            self.assert_error(self.client.get(f"/api/feed/?{query}"), 400, "validation_error")

    def test_a_deleted_resource_is_gone(self) -> None:
        resource = make_resource()
        Resource.objects.get(pk=resource.pk).delete()

        self.assertEqual(self.titles(), [])


class KeptFeedTests(KeptAnswerTestCase):
    def setUp(self) -> None:
        super().setUp()
        make_resource(title="Old")

    def titles(self, query: str = "") -> list[str]:
        return [item["title"] for item in self.client.get(f"/api/feed/{query}").json()["data"]]

    def test_the_first_pages_of_visitors_are_read_once_for_a_moment(self) -> None:
        for query in ("", "?page=5", "?page=1&page_size=20"):
            self.titles(query)

        with self.assertNumQueries(0):
            self.assertEqual(self.titles(), ["Old"])
            self.assertEqual(self.titles("?page_size=20&page=5"), [])
            self.assertEqual(self.titles("?page_size=20"), ["Old"])

    def test_nothing_else_is_kept(self) -> None:
        tag = make_tag("Algebra")
        for query in (
            "?page=6",
            "?page_size=21",
            f"?tag={tag.name}",
            "?visibility=public",
            "?visibility=premium",
            "?include=premium",
            f"?author={make_user().pk}",
            f"?cursor={Cursor(timezone.now(), uuid4())}",
        ):
            self.titles(query)
            with self.subTest(query), self.assertNumQueries(1):
                self.titles(query)

    def test_whoever_is_signed_in_sees_what_has_just_been_published(self) -> None:
        self.titles()
        make_resource(title="New")
        self.sign_in(make_user())

        self.assertEqual(self.titles(), ["New", "Old"])

    def test_visitors_see_at_once_what_was_published_through_the_same_process(self) -> None:
        self.titles()
        author = make_contributor()
        self.sign_in(author)
        published = self.client.post(
            "/api/resources/",
            {"title": "New", "description": "Words.", "visibility": "public", "tags": []},
        )
        self.sign_out()

        self.assertEqual(published.status_code, 201, published.content)
        self.assertEqual(self.titles(), ["New", "Old"])

    def test_is_answered_as_if_it_were_not_kept(self) -> None:
        self.assert_kept_as_it_is_made("/api/feed/")


class QueryStringTests(ApiTestCase):
    """The same rules for every list."""

    def paths(self) -> list[str]:
        author = make_contributor()
        resource = make_resource(author=author)
        self.sign_in(author)
        return ["/api/feed/", f"/api/resources/{resource.pk}/comments/", "/api/user/resources/"]

    def test_pages_are_whole_numbers_from_one(self) -> None:
        bad = ("0", "-1", "+1", "1.5", "1e3", "x", "", " 1", "٣", "０", "1,2", "%00", "1//", "null")
        for path in self.paths():
            for name in ("page", "page_size"):
                for value in bad:
                    query = f"{name}={value if '%' in value else quote(value, safe='/')}"
                    with self.subTest(path=path, query=query):
                        response = self.client.get(f"{path}?{query}&x=1")
                        self.assert_error(response, 400, "invalid_pagination")

    def test_one_slash_at_the_very_end_is_dropped(self) -> None:
        for path in self.paths():
            for query in ("page=1&page_size=20%2F", "page=1&page_size=20/", "page_size=20%2f"):
                response = self.client.get(f"{path}?{query}")
                self.assertEqual(response.status_code, 200)
                self.assertEqual(response.json()["pagination"]["page_size"], 20)

    def test_large_pages_are_cut_to_a_hundred(self) -> None:
        for path in self.paths():
            for size in ("101", "1000000000", "9" * 5_000):
                response = self.client.get(f"{path}?page_size={size}")
                self.assertEqual(response.json()["pagination"]["page_size"], 100)

    def test_pages_behind_the_last_are_empty(self) -> None:
        for path in self.paths():
            for page in ("2", "99999999", "9223372036854775807", "9" * 5_000):
                response = self.client.get(f"{path}?page={page}")
                self.assertEqual((response.status_code, response.json()["data"]), (200, []))

    def test_a_changed_cursor_is_refused(self) -> None:
        for _ in range(3):
            make_resource()
        cursor: Any = self.client.get("/api/feed/?page_size=1").json()["pagination"]["next_cursor"]

        for changed in ("x", cursor[:-1], cursor + "A", "B" + cursor[1:], cursor[:-1] + "%00"):
            response = self.client.get(f"/api/feed/?cursor={changed}")
            self.assert_error(response, 400, "invalid_pagination")


class AuthorTests(ApiTestCase):
    def test_shows_the_public_side(self) -> None:
        author = make_contributor(username="ada")
        resource = make_resource(author=author)
        make_resource(author=author, visibility=Visibility.PREMIUM, price_cents=5)

        response = self.client.get(f"/api/authors/{author.pk}/")

        data = response.json()["data"]
        self.assertEqual((data["username"], data["bio"]), ("ada", "Reads a lot."))
        self.assertEqual(data["stats"], {"total_resources": 1, "total_views": 0})
        self.assertEqual([item["id"] for item in data["recent_resources"]], [str(resource.pk)])
        self.assertNotIn(author.email, response.content.decode())

    def test_there_is_no_page_of_who_is_not_there(self) -> None:
        deleted = make_user()
        deleted.delete()

        for user_id in (uuid4(), deleted.pk, make_user(is_active=False).pk):
            response = self.client.get(f"/api/authors/{user_id}/")
            self.assert_error(response, 404, "user_not_found")
