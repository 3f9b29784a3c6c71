"""One's own account and the roles of others over HTTP."""

from typing import Any

from api.tests.base import ApiTestCase
from core.models.base import new_id
from users.models import Profile, User
from users.tests.factories import PASSWORD, make_contributor, make_user
from users.types import OnboardingStep, Role

PICTURE = "https://example.org/me.png"


class CurrentUserTests(ApiTestCase):
    def test_takes_one_query_and_one_for_the_token(self) -> None:
        self.sign_in(make_user())

        with self.assertNumQueries(2):
            response = self.client.get("/api/user/me/")

        self.assertEqual(response.json()["data"]["bio"], "Reads a lot.")
        self.assertIsNone(response.json()["data"]["avatar_url"])

    def test_answers_before_activation_and_onboarding(self) -> None:
        self.sign_in(make_user(is_activated=False, onboarding_step=OnboardingStep.NOT_STARTED))

        data = self.client.get("/api/user/me/").json()["data"]

        self.assertEqual((data["activated"], data["onboarding_step"]), (False, "not_started"))

    def test_refreshes_the_informative_cookies_when_they_differ(self) -> None:
        self.sign_in(make_user(onboarding_step=OnboardingStep.PROFILE))

        first = self.client.get("/api/user/me/")
        second = self.client.get("/api/user/me/")
        self.client.cookies["onboarding_step"] = "completed"
        third = self.client.get("/api/user/me/")

        self.assertEqual(set(first.cookies), {"activated", "onboarding_step"})
        self.assertFalse(second.cookies)
        self.assertEqual(
            {name: cookie.value for name, cookie in third.cookies.items()},
            {"onboarding_step": "profile"},
        )

    def test_needs_a_token(self) -> None:
        self.assert_error(self.client.get("/api/user/me/"), 401, "unauthorized")


class ProfileTests(ApiTestCase):
    def setUp(self) -> None:
        self.user = make_user(username="ana", onboarding_step=OnboardingStep.PROFILE)
        self.sign_in(self.user)

    def patch(self, **body: Any) -> Any:
        return self.client.patch("/api/user/profile/", body)

    def test_shows_and_changes_the_profile(self) -> None:
        before = self.client.get("/api/user/profile/").json()["data"]
        changed = self.patch(username="Ana", bio="", avatar_url=PICTURE).json()["data"]
        after = self.client.get("/api/user/profile/").json()["data"]

        self.assertEqual(before, {"username": "ana", "bio": "Reads a lot.", "avatar_url": None})
        self.assertEqual(after, {"username": "Ana", "bio": None, "avatar_url": PICTURE})
        self.assertTrue(changed.pop("message"))
        self.assertEqual(changed, after)

    def test_an_empty_text_takes_the_picture_away(self) -> None:
        longest = "https://example.org/".ljust(500, "x")
        shown = [self.patch(avatar_url=text).json()["data"]["avatar_url"] for text in (longest, "")]

        self.assertEqual(shown, [longest, None])

    def test_reads_null_as_an_empty_text(self) -> None:
        self.patch(avatar_url=PICTURE)

        self.assertIsNone(self.patch(bio=None).json()["data"]["bio"])

    def test_refuses_what_breaks_a_rule(self) -> None:
        make_user(username="taken")
        for body, code in (
            ({"username": "TAKEN"}, "invalid_action"),
            ({"bio": "", "avatar_url": ""}, "invalid_action"),
            ({"username": ""}, "validation_error"),
            ({"username": None}, "validation_error"),
            ({"username": "ab"}, "validation_error"),
            ({"username": "a b"}, "validation_error"),
            ({"bio": "x" * 2_001}, "validation_error"),
            ({"bio": "\x00"}, "validation_error"),
            ({"bio": {}}, "validation_error"),
            ({"avatar_url": "javascript:alert(1)"}, "validation_error"),
            ({"avatar_url": "ftp://example.org/me.png"}, "validation_error"),
            ({"avatar_url": "https://example.org/" + "x" * 500}, "validation_error"),
        ):
            with self.subTest(body=body):
                self.assert_error(self.patch(**body), 400, code)

        self.assertEqual(Profile.objects.get(user=self.user).bio, "Reads a lot.")

    def test_refuses_administrators(self) -> None:
        self.sign_in(make_user(role=Role.ADMIN))

        self.assert_error(self.patch(bio="Rules a lot."), 400, "invalid_action")

    def test_ignores_what_the_server_decides(self) -> None:
        self.patch(role="ADMIN", user_id=str(new_id()), email="x@example.org", bio="New.")

        user = User.objects.get(pk=self.user.pk)
        self.assertEqual((user.role, user.email), (Role.USER, self.user.email))

    def test_needs_an_activated_account(self) -> None:
        self.sign_in(make_user(is_activated=False))

        self.assert_error(self.patch(bio="New."), 403, "account_not_activated")
        self.sign_out()
        self.assert_error(self.patch(bio="New."), 401, "unauthorized")


class PasswordTests(ApiTestCase):
    def setUp(self) -> None:
        self.user = make_user()
        self.sign_in(self.user)

    def change(self, current: Any = PASSWORD, new: Any = "a newer password") -> Any:
        return self.client.post(
            "/api/user/password/", {"current_password": current, "new_password": new}
        )

    def test_goes_on_with_the_tokens_of_the_answer_and_sets_no_cookie(self) -> None:
        response = self.change()

        data = response.json()["data"]
        self.assertFalse(response.cookies)
        self.assert_error(self.client.get("/api/user/me/"), 401, "unauthorized")
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {data['access_token']}")
        self.assertEqual(self.client.get("/api/user/me/").status_code, 200)
        refreshed = self.client.post("/api/auth/refresh/", {"refresh_token": data["refresh_token"]})
        self.assertEqual(refreshed.status_code, 200)

    def test_names_the_field_to_blame(self) -> None:
        for current, new, field in (
            ("wrong", "a newer password", "current_password"),
            (PASSWORD, "short", "new_password"),
            (PASSWORD, self.user.email, "new_password"),
            (PASSWORD, 12345678, "new_password"),
        ):
            with self.subTest(field=field, new=new):
                error = self.assert_error(self.change(current, new), 400, "validation_error")

                self.assertEqual(set(error["details"]), {field})

    def test_needs_a_token(self) -> None:
        self.sign_out()

        self.assert_error(self.change(), 401, "unauthorized")


class SetRoleTests(ApiTestCase):
    def set_role(self, user: User, role: Any) -> Any:
        return self.client.post(f"/api/admin/users/{user.id}/set_role/", {"role": role})

    def test_changes_the_role(self) -> None:
        self.sign_in(make_user(role=Role.SUPERADMIN))
        user = make_user()

        response = self.set_role(user, "CONTRIBUTOR")

        self.assertEqual(
            response.json()["data"],
            {
                "user_id": str(user.id),
                "email": user.email,
                "role": "CONTRIBUTOR",
                "previous_role": "USER",
            },
        )

    def test_is_refused_to_everyone_but_superadmins_in_words(self) -> None:
        user = make_user()
        for role in (Role.ADMIN, Role.MODERATOR, Role.CONTRIBUTOR, Role.USER):
            self.sign_in(make_user(role=role))
            for asked in ("ADMIN", "nonsense"):
                with self.subTest(role=role, asked=asked):
                    error = self.assert_error(self.set_role(user, asked), 403, "access_denied")

                    self.assertIn("superadmin", error["message"])
        self.sign_out()
        self.assert_error(self.set_role(user, "ADMIN"), 401, "unauthorized")

    def test_refuses_what_makes_no_sense(self) -> None:
        superadmin = make_user(role=Role.SUPERADMIN)
        self.sign_in(superadmin)

        self.assert_error(self.set_role(make_contributor(), "OWNER"), 400, "invalid_role")
        self.assert_error(self.set_role(make_contributor(), ""), 400, "invalid_role")
        self.assert_error(self.set_role(superadmin, "ADMIN"), 400, "last_superadmin")
        self.assert_error(self.set_role(User(), "ADMIN"), 404, "user_not_found")
        response = self.client.post("/api/admin/users/nonsense/set_role/", {"role": "ADMIN"})
        self.assert_error(response, 404, "not_found")
