"""Progress over HTTP."""

from typing import Any
from uuid import uuid4

from api.tests.base import ApiTestCase
from resources.models import ResourceProgress
from resources.tests.factories import make_resource
from users.tests.factories import make_contributor, make_user
from users.types import OnboardingStep


class CompleteTests(ApiTestCase):
    def setUp(self) -> None:
        self.reader, self.resource = make_user(), make_resource()
        self.sign_in(self.reader)

    def complete(self) -> Any:
        return self.client.post(f"/api/resources/{self.resource.pk}/complete/")

    def test_answers_with_the_entry(self) -> None:
        response = self.complete()

        row = ResourceProgress.objects.get()
        self.assertEqual(response.status_code, 200)
        data = response.json()["data"]
        self.assertEqual(
            (data["progress_id"], data["user_id"], data["resource_id"]),
            (str(row.pk), str(self.reader.pk), str(self.resource.pk)),
        )
        self.assertEqual(data["status"], "COMPLETED")
        self.assertTrue(data["started_at"] and data["completed_at"].endswith("Z"))

    def test_is_the_same_as_what_the_progress_shows(self) -> None:
        first = self.complete().json()["data"]
        again = self.complete().json()["data"]

        shown = self.client.get(f"/api/resources/{self.resource.pk}/progress/").json()["data"]

        self.assertEqual(shown, again)
        self.assertEqual(first["completed_at"], again["completed_at"])
        self.assertGreater(again["last_accessed_at"], first["last_accessed_at"])

    def test_takes_a_request_without_a_body_and_one_with_an_empty_object(self) -> None:
        path = f"/api/resources/{self.resource.pk}/complete/"

        for body in ("", "{}"):
            response = self.client.generic("POST", path, body, content_type="application/json")
            self.assertEqual(response.status_code, 200)

    def test_is_for_those_done_with_onboarding(self) -> None:
        self.sign_in(make_user(onboarding_step=OnboardingStep.INTERESTS))

        self.assert_error(self.complete(), 403, "onboarding_incomplete")


class OwnProgressTests(ApiTestCase):
    def test_has_summary_data_and_pagination_in_the_envelope(self) -> None:
        reader, resource = make_user(), make_resource()
        self.sign_in(reader)
        self.client.post(f"/api/resources/{resource.pk}/complete/")

        response = self.client.get("/api/user/progress/?page=1&page_size=50%2F")

        data = response.json()["data"]
        self.assertEqual(
            data["summary"],
            {
                "total_resources": 1,
                "completed_count": 1,
                "in_progress_count": 0,
                "not_started_count": 0,
            },
        )
        (item,) = data["data"]
        self.assertEqual(item["resource_title"], resource.title)
        self.assertEqual(item["author_name"], resource.author.profile.username)
        self.assertEqual((data["pagination"]["page_size"], data["pagination"]["page"]), (50, 1))

    def test_refuses_pages_that_are_none(self) -> None:
        self.sign_in(make_user())

        for page in ("0", "x", "-1", "1.5"):
            response = self.client.get(f"/api/user/progress/?page={page}")
            self.assert_error(response, 400, "invalid_pagination")


class FollowersTests(ApiTestCase):
    def test_lists_readers_in_the_envelope(self) -> None:
        author, reader = make_contributor(), make_user()
        resource = make_resource(author=author)
        ResourceProgress.objects.create(user=reader, resource=resource)
        self.sign_in(author)

        response = self.client.get(
            f"/api/resources/{resource.pk}/users-progress/?page=1&page_size=10%2F"
        )

        data = response.json()["data"]
        self.assertEqual(
            (data["resource_id"], data["resource_title"]), (str(resource.pk), resource.title)
        )
        (entry,) = data["progress_entries"]
        self.assertEqual((entry["user_id"], entry["user_email"]), (str(reader.pk), reader.email))
        self.assertEqual(data["pagination"]["page_size"], 10)

    def test_refuses_others_without_a_word_of_the_readers(self) -> None:
        reader, resource = make_user(), make_resource()
        ResourceProgress.objects.create(user=reader, resource=resource)
        self.sign_in(make_contributor())

        response = self.client.get(f"/api/resources/{resource.pk}/users-progress/")

        self.assert_error(response, 403, "access_denied")
        self.assertNotIn(reader.email, response.content.decode())
        missing = self.client.get(f"/api/resources/{uuid4()}/users-progress/")
        self.assert_error(missing, 404, "resource_not_found")
