"""The commands of authors over HTTP: create, update, delete, a new version."""

from typing import Any
from uuid import uuid4

from django.test import override_settings

from api.tests.cases import SignedInTestCase
from resources.models import Resource, ResourceVersion
from resources.tests.factories import make_resource, make_version
from resources.types import Visibility
from users.tests.factories import make_contributor, make_tag, make_user
from users.types import OnboardingStep, Role

FILE = "https://files.example.org/a.pdf"
BODY = {"title": "Rust", "description": "All of it.", "visibility": "public", "price_cents": None}


class CreateResourceTests(SignedInTestCase):
    def create(self, **changes: Any) -> Any:
        return self.client.post("/api/resources/", BODY | {"tag_ids": []} | changes)

    def test_answers_with_the_resource(self) -> None:
        tag = make_tag()

        response = self.create(
            visibility="premium", price_cents=900, tag_ids=[str(tag.pk)], file_url=FILE
        )

        self.assertEqual(response.status_code, 201)
        data = response.json()["data"]
        resource = Resource.objects.get()
        self.assertEqual(data["resource_id"], str(resource.pk))
        self.assertEqual(data["author_id"], str(self.author.pk))
        self.assertEqual((data["visibility"], data["price_cents"]), ("premium", 900))
        self.assertEqual(data["tags"], [str(tag.pk)])
        self.assertTrue(data["created_at"].endswith("Z"))
        self.assertEqual(resource.versions.get().file_url, FILE)

    def test_takes_the_least_that_is_needed(self) -> None:
        response = self.client.post("/api/resources/", {"title": "Rust", "description": "All."})

        self.assertEqual(response.status_code, 201)
        self.assertEqual(response.json()["data"]["visibility"], "public")

    def test_takes_a_title_of_two_hundred_characters(self) -> None:
        self.assertEqual(self.create(title="x" * 200).status_code, 201)

    def test_blank_file_and_zero_price_mean_none(self) -> None:
        for changes in ({"file_url": ""}, {"file_url": None}, {"price_cents": 0}):
            response = self.create(**changes)
            self.assertEqual(response.status_code, 201)
            self.assertIsNone(response.json()["data"]["price_cents"])

        self.assertFalse(ResourceVersion.objects.exists())

    def test_fields_of_the_server_have_no_effect(self) -> None:
        stranger = make_user()

        response = self.create(
            author_id=str(stranger.pk),
            author=str(stranger.pk),
            id=str(uuid4()),
            upvotes=99,
            comment_count=99,
            created_at="2001-01-01T00:00:00Z",
            deleted_at="2001-01-01T00:00:00Z",
            version_number=7,
            is_open=True,
        )

        self.assertEqual(response.status_code, 201)
        resource = Resource.objects.get()
        self.assertEqual((resource.author, resource.upvotes), (self.author, 0))
        self.assertGreater(resource.created_at.year, 2001)

    def test_refuses_what_breaks_a_rule(self) -> None:
        deleted = make_tag()
        deleted.delete()
        for changes, code in (
            ({"visibility": "premium"}, "invalid_action"),
            ({"visibility": "premium", "price_cents": 0}, "invalid_action"),
            ({"price_cents": 900}, "invalid_action"),
            ({"visibility": "private", "price_cents": 900}, "invalid_action"),
            ({"tag_ids": [str(uuid4())]}, "invalid_action"),
            ({"tag_ids": [str(deleted.pk)]}, "invalid_action"),
            ({"title": " "}, "validation_error"),
            ({"title": "a\nb"}, "validation_error"),
            ({"title": "a\x00b"}, "validation_error"),
            ({"title": "x" * 201}, "validation_error"),
            ({"description": "\u200b"}, "validation_error"),
            ({"visibility": "PUBLIC"}, "validation_error"),
            ({"visibility": None}, "validation_error"),
            ({"visibility": "premium", "price_cents": -1}, "validation_error"),
            ({"visibility": "premium", "price_cents": 1.5}, "validation_error"),
            ({"visibility": "premium", "price_cents": "900"}, "validation_error"),
            ({"visibility": "premium", "price_cents": True}, "validation_error"),
            ({"visibility": "premium", "price_cents": 10**20}, "validation_error"),
            ({"tag_ids": ["x"]}, "validation_error"),
            ({"tag_ids": "x"}, "validation_error"),
            ({"file_url": "ftp://example.org/a"}, "validation_error"),
            ({"file_url": "https://user:secret@example.org/a"}, "validation_error"),
        ):
            with self.subTest(changes=changes):
                error = self.assert_error(self.create(**changes), 400, code)
                if code == "validation_error":
                    field = next(name for name in reversed(changes) if changes[name] != "premium")
                    self.assertTrue([key for key in error["details"] if key.startswith(field)])

        self.assertFalse(Resource.all_objects.exists())

    @override_settings(FILE_URL_HOSTS=["files.example.org"])
    def test_holds_files_to_the_allowed_hosts(self) -> None:
        self.assertEqual(self.create(file_url=FILE).status_code, 201)
        response = self.create(file_url="https://example.org/a")

        self.assert_error(response, 400, "validation_error")

    def test_is_for_contributors_whose_address_is_confirmed(self) -> None:
        self.sign_in(make_user())
        self.assert_error(self.create(), 403, "access_denied")
        self.sign_in(make_contributor(is_activated=False))
        self.assert_error(self.create(), 403, "account_not_activated")
        self.sign_in(make_contributor(onboarding_step=OnboardingStep.PROFILE))
        self.assertEqual(self.create().status_code, 201)
        self.sign_out()
        self.assert_error(self.create(), 401, "unauthorized")

    def test_a_role_that_is_lost_counts_at_once(self) -> None:
        self.author.assign_role(Role.USER)
        self.author.save()

        self.assert_error(self.create(), 403, "access_denied")


class UpdateResourceTests(SignedInTestCase):
    def test_changes_what_is_named(self) -> None:
        resource, tag = self.make_own(title="Old", description="Same."), make_tag()

        response = self.client.patch(
            f"/api/resources/{resource.pk}/",
            {"title": " New ", "tag_ids": [str(tag.pk)], "author_id": str(uuid4())},
        )

        self.assertEqual(response.status_code, 200)
        data = response.json()["data"]
        self.assertEqual((data["title"], data["description"]), ("New", "Same."))
        self.assertEqual((data["tags"], data["author_id"]), ([str(tag.pk)], str(self.author.pk)))
        self.assertIn("updated_at", data)

    def test_holds_the_rules_in_the_result(self) -> None:
        resource = self.make_own(visibility=Visibility.PREMIUM, price_cents=5)
        path = f"/api/resources/{resource.pk}/"

        for changes in (
            {"visibility": "public"},
            {"price_cents": None},
            {"tag_ids": [str(uuid4())]},
        ):
            self.assert_error(self.client.patch(path, changes), 400, "invalid_action")
        self.assert_error(self.client.patch(path, {"title": None}), 400, "validation_error")

        opened = self.client.patch(path, {"visibility": "public", "price_cents": None})
        self.assertEqual(opened.json()["data"]["price_cents"], None)

    def test_nothing_named_changes_nothing(self) -> None:
        resource = self.make_own()

        response = self.client.patch(f"/api/resources/{resource.pk}/", {})

        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json()["data"]["title"], resource.title)


class DeleteResourceTests(SignedInTestCase):
    def test_answers_with_a_message_and_then_there_is_nothing(self) -> None:
        resource = self.make_own()
        path = f"/api/resources/{resource.pk}/delete/"

        response = self.client.delete(path)

        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json()["data"]["resource_id"], str(resource.pk))
        self.assertTrue(response.json()["data"]["message"])
        self.assert_error(self.client.delete(path), 404, "resource_not_found")


class VersionTests(SignedInTestCase):
    def test_answers_under_every_name(self) -> None:
        resource = self.make_own()
        make_version(resource)

        response = self.client.post(
            "/api/resources/versions/", {"resource_id": str(resource.pk), "file_url": FILE}
        )

        self.assertEqual(response.status_code, 201)
        data = response.json()["data"]
        self.assertEqual((data["version_number"], data["version"]), (2, 2))
        self.assertEqual((data["file_url"], data["url"]), (FILE, FILE))
        self.assertEqual(data["resource_id"], str(resource.pk))

    def test_refuses_bad_addresses_and_unknown_resources(self) -> None:
        resource = self.make_own()
        for resource_id, file_url, status, code in (
            (str(resource.pk), "javascript:alert(1)", 400, "validation_error"),
            (str(resource.pk), "", 400, "validation_error"),
            (str(resource.pk), None, 400, "validation_error"),
            ("x", FILE, 400, "validation_error"),
            (str(uuid4()), FILE, 404, "resource_not_found"),
            (str(make_resource().pk), FILE, 403, "access_denied"),
        ):
            body = {"resource_id": resource_id, "file_url": file_url}
            response = self.client.post("/api/resources/versions/", body)
            self.assert_error(response, status, code)

        self.assertFalse(ResourceVersion.objects.exists())
