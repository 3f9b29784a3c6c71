"""Seeing where one is signed in, and signing out from afar."""

from datetime import timedelta

from django.utils import timezone

from api.tests.base import ApiTestCase
from core.models.base import new_id
from users.models import UserSession
from users.tests.factories import PASSWORD, make_user
from users.types import OnboardingStep

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PATH = "/api/user/sessions/"


class OwnSessionsTests(ApiTestCase):
    def setUp(self) -> None:
        self.user = make_user()

    def log_in(self, **headers: str) -> str:
        body = {"email": self.user.email, "password": PASSWORD}
        response = self.client.post("/api/auth/login/", body, headers=headers)
        token: str = response.json()["data"]["access_token"]
        return token

    def test_lists_the_open_ones_newest_first_and_marks_the_present_one(self) -> None:
        self.log_in(user_agent=FIREFOX)
        token = self.log_in(user_agent="curl/8.1")
        self.sign_in(make_user())
        self.sign_out()
        older, newer = UserSession.objects.filter(user=self.user).order_by("created_at")

        response = self.client.get(PATH, headers={"authorization": f"Bearer {token}"})

        first, second = response.json()["data"]
        self.assertEqual([first["id"], second["id"]], [str(newer.id), str(older.id)])
        self.assertEqual([first["current"], second["current"]], [True, False])
        self.assertEqual([first["device"], second["device"]], ["curl", "Firefox (Linux)"])
        self.assertEqual(second["user_agent"], FIREFOX)
        self.assertEqual(second["ip_address"], "127.0.0.1")
        self.assertEqual(second["last_used_at"], second["created_at"])
        self.assertEqual(response.json()["pagination"]["total_count"], 2)

    def test_leaves_out_what_has_ended(self) -> None:
        for fields in ({"revoked_at": timezone.now()}, {"expires_at": timezone.now()}):
            self.log_in()
            UserSession.objects.filter(revoked_at=None).update(**fields)
        self.sign_in(self.user)

        self.assertEqual(len(self.client.get(PATH).json()["data"]), 1)

    def test_takes_two_queries_and_one_for_the_token_however_many(self) -> None:
        for _ in range(5):
            self.sign_in(self.user)

        with self.assertNumQueries(3):
            response = self.client.get(f"{PATH}?page=2&page_size=2")

        self.assertEqual(len(response.json()["data"]), 2)
        self.assertEqual(response.json()["pagination"]["total_pages"], 3)

    def test_tells_when_a_session_was_last_refreshed(self) -> None:
        self.sign_in(self.user)
        moment = timezone.now() - timedelta(minutes=3)
        UserSession.objects.update(rotated_at=moment)

        [item] = self.client.get(PATH).json()["data"]

        self.assertEqual(item["last_used_at"], moment.isoformat().replace("+00:00", "Z"))

    def test_ends_one(self) -> None:
        other = self.log_in()
        session_id = UserSession.objects.get().id
        self.sign_in(self.user)

        response = self.client.delete(f"{PATH}{session_id}/")

        self.assertEqual(response.status_code, 200)
        self.assertEqual(len(self.client.get(PATH).json()["data"]), 1)
        self.sign_out()
        headers = {"authorization": f"Bearer {other}"}
        self.assert_error(self.client.get("/api/user/me/", headers=headers), 401, "unauthorized")

    def test_ends_the_present_one_too(self) -> None:
        self.sign_in(self.user)
        session_id = UserSession.objects.get().id

        response = self.client.delete(f"{PATH}{session_id}/")

        self.assertEqual(response.status_code, 200)
        self.assert_error(self.client.get(PATH), 401, "unauthorized")

    def test_knows_nothing_of_others_and_of_what_is_over(self) -> None:
        self.sign_in(make_user())
        others = UserSession.objects.get().id
        self.sign_in(self.user)
        over = self.user.sessions.get().id
        self.sign_in(self.user)
        self.client.delete(f"{PATH}{over}/")

        for session_id in (others, over, new_id()):
            with self.subTest(session_id=session_id):
                response = self.client.delete(f"{PATH}{session_id}/")

                self.assert_error(response, 404, "session_not_found")
        self.assertIsNone(UserSession.objects.get(pk=others).revoked_at)

    def test_needs_somebody_who_is_signed_in_and_no_more(self) -> None:
        for response in (self.client.get(PATH), self.client.delete(f"{PATH}{new_id()}/")):
            self.assert_error(response, 401, "unauthorized")

        self.sign_in(make_user(is_activated=False, onboarding_step=OnboardingStep.NOT_STARTED))

        self.assertEqual(self.client.get(PATH).status_code, 200)
