"""What readers do with resources over HTTP: vote, open, look; and query counts."""

from typing import Any
from uuid import uuid4

from analytics.services.track_event import waiting_events
from api.tests.base import ApiTestCase
from api.tests.cases import SignedInTestCase
from interactions.tests.factories import make_comment
from monetization.tests.factories import make_subscription
from resources.models import ResourceProgress, ResourceVote
from resources.tests.factories import make_resource, make_version
from resources.types import Visibility
from users.tests.factories import make_contributor, make_tag, make_user
from users.types import OnboardingStep

FILE = "https://files.example.org/a.pdf"


class VoteTests(SignedInTestCase):
    def vote(self, resource_id: object, value: object) -> Any:
        body = {"resource_id": str(resource_id), "vote_value": value}
        return self.client.post("/api/resources/vote/", body)

    def test_the_last_value_wins_until_withdrawn(self) -> None:
        resource = make_resource()

        up, again, down, gone = (self.vote(resource.pk, value) for value in (1, 1, -1, 0))

        self.assertEqual([r.status_code for r in (up, again, down, gone)], [200] * 4)
        vote_id = up.json()["data"]["vote_id"]
        self.assertEqual(
            down.json()["data"],
            {"vote_id": vote_id, "resource_id": str(resource.pk), "value": -1},
        )
        self.assertEqual(
            gone.json()["data"], {"vote_id": None, "resource_id": str(resource.pk), "value": 0}
        )
        self.assertFalse(ResourceVote.objects.exists())

    def test_refuses_other_values(self) -> None:
        resource = make_resource()

        for value in (2, -2, None, "1", True, 0.5, 1e300, 10**30, [1]):
            self.assert_error(self.vote(resource.pk, value), 400, "validation_error")

        self.assert_error(self.vote(uuid4(), 1), 404, "resource_not_found")

    def test_takes_a_whole_number_however_it_is_written(self) -> None:
        """1.0 is an integer to OpenAPI (JSON Schema, section 4.2.3), and some clients write it."""
        response = self.vote(make_resource().pk, 1.0)

        self.assertEqual(response.json()["data"]["value"], 1)


class AccessTests(SignedInTestCase):
    def test_gives_the_newest_file_and_the_progress(self) -> None:
        resource = make_resource()
        make_version(resource)
        newest = make_version(resource, "https://files.example.org/b.pdf")

        response = self.client.get(f"/api/resources/{resource.pk}/access/")

        self.assertEqual(response.status_code, 200)
        data = response.json()["data"]
        self.assertIs(data["access_granted"], True)
        self.assertEqual(data["latest_version"], {"version_number": 2, "file_url": newest})
        progress = ResourceProgress.objects.get(user=self.author)
        self.assertEqual(data["progress"]["progress_id"], str(progress.pk))
        self.assertEqual(data["progress"]["status"], "IN_PROGRESS")

    def test_twice_is_one_progress(self) -> None:
        resource = make_resource()
        path = f"/api/resources/{resource.pk}"

        before = self.client.get(f"{path}/progress/").json()["data"]
        statuses = [self.client.get(f"{path}/access/").status_code for _ in range(2)]
        after = self.client.get(f"{path}/progress/").json()["data"]

        self.assertEqual(statuses, [200, 200])
        self.assertEqual((before["progress_id"], before["status"]), (None, "NOT_STARTED"))
        self.assertEqual(after["status"], "IN_PROGRESS")
        self.assertIsNotNone(after["progress_id"])
        self.assertIsNone(after["completed_at"])

    def test_there_may_be_no_file(self) -> None:
        response = self.client.get(f"/api/resources/{make_resource().pk}/access/")

        self.assertIsNone(response.json()["data"]["latest_version"])


class DetailTests(ApiTestCase):
    def test_shows_everything_to_visitors_of_a_free_resource(self) -> None:
        resource = make_resource(description="x" * 300)
        resource.tags.add(make_tag("C++"))
        url = make_version(resource)

        response = self.client.get(f"/api/resources/{resource.pk}/detail/")

        data = response.json()["data"]
        self.assertEqual((response.status_code, data["description"]), (200, "x" * 300))
        self.assertEqual((data["versions"][0]["file_url"], data["tags"]), (url, ["C++"]))
        self.assertEqual(
            data["stats"], {"comment_count": 0, "upvotes": 0, "downvotes": 0, "total_votes": 0}
        )
        self.assertIsNone(data["user_vote"])

    def test_shows_the_callers_own_vote(self) -> None:
        resource, reader = make_resource(), make_user()
        ResourceVote.objects.create(resource=resource, user=reader, value=-1)
        self.sign_in(reader)

        data = self.client.get(f"/api/resources/{resource.pk}/detail/").json()["data"]

        self.assertEqual((data["user_vote"], data["stats"]["downvotes"]), (-1, 1))

    def test_is_open_before_onboarding_is_done(self) -> None:
        self.sign_in(make_user(onboarding_step=OnboardingStep.NOT_STARTED))

        response = self.client.get(f"/api/resources/{make_resource().pk}/detail/")

        self.assertEqual(response.status_code, 200)

    def test_a_view_is_tracked_and_a_refusal_is_not(self) -> None:
        resource = make_resource()
        locked = make_resource(visibility=Visibility.PREMIUM, price_cents=5)
        before = len(waiting_events)

        self.client.get(f"/api/resources/{resource.pk}/detail/")
        self.client.get(f"/api/resources/{locked.pk}/detail/")

        self.assertEqual(len(waiting_events) - before, 1)

    def test_an_id_that_is_none_is_not_found(self) -> None:
        for path in ("x", "1", "00000000", str(uuid4()).upper() + "x"):
            self.assert_error(self.client.get(f"/api/resources/{path}/detail/"), 404, "not_found")
        response = self.client.get(f"/api/resources/{uuid4()}/detail/")
        self.assert_error(response, 404, "resource_not_found")


class OwnResourcesTests(SignedInTestCase):
    def test_lists_with_pagination(self) -> None:
        own = [self.make_own(visibility=visibility) for visibility in Visibility]
        make_resource()

        response = self.client.get("/api/user/resources/?page=1&page_size=2%2F")

        body = response.json()
        self.assertEqual([item["id"] for item in body["data"]], [str(own[2].pk), str(own[1].pk)])
        self.assertEqual(
            body["pagination"],
            {
                "page": 1,
                "page_size": 2,
                "total_count": 3,
                "total_pages": 2,
                "has_next": True,
                "has_previous": False,
            },
        )

    def test_is_for_those_done_with_onboarding(self) -> None:
        self.sign_in(make_user(onboarding_step=OnboardingStep.INTERESTS))

        self.assert_error(self.client.get("/api/user/resources/"), 403, "onboarding_incomplete")


class QueryCountTests(ApiTestCase):
    """Of whole requests; the token of a signed-in caller costs one."""

    def test_reads_cost_what_their_read_models_do(self) -> None:
        resource, reader = make_resource(), make_contributor()
        for _ in range(25):
            make_comment(resource=resource)
            make_version(make_resource(author=reader))
        make_subscription(reader)
        base = f"/api/resources/{resource.pk}"

        for path, queries in (
            ("/api/feed/", 1),
            ("/api/feed/?include=premium&tag=x", 1),
            (f"{base}/detail/", 1),
            (f"{base}/comments/", 1),
            (f"/api/authors/{reader.pk}/", 1),
        ):
            self.sign_out()
            with self.assertNumQueries(queries):
                self.client.get(path)
            self.sign_in(reader)
            with self.assertNumQueries(queries + 1):
                self.client.get(path)
        for path, queries in (("/api/user/resources/", 1), (f"{base}/progress/", 2)):
            with self.assertNumQueries(queries + 1):
                self.client.get(path)

    def test_commands_cost_the_same_every_time(self) -> None:
        reader, resource = make_user(), make_resource()
        self.sign_in(reader)
        vote = {"resource_id": str(resource.pk)}
        path = f"/api/resources/{resource.pk}/access/"
        self.client.post("/api/resources/vote/", {**vote, "vote_value": 1})
        self.client.get(path)

        # Token; the vote with all that follows.
        with self.assertNumQueries(2):
            self.client.post("/api/resources/vote/", {**vote, "vote_value": -1})
        # Token, resource, file, progress; and two pairs of savepoints.
        with self.assertNumQueries(8):
            self.client.get(path)
