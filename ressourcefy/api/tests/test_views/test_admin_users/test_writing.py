"""Administered accounts over HTTP: new ones, and new passwords."""

from typing import Any

from api.tests.test_views.test_admin_users.case import FIELDS, AdminUsersCase
from audit.models import AuditLog
from core.models import OutboxEvent
from users.models import User
from users.tests.factories import PASSWORD, make_user
from users.types import AuthProvider, Role


class CreateTests(AdminUsersCase):
    def create(self, **body: Any) -> Any:
        return self.client.post("/api/admin/users/", {"email": "New@Example.org", **body})

    def test_makes_an_account_that_can_sign_in(self) -> None:
        response = self.create(password="long enough to use", username="newcomer")

        body = response.json()
        self.assertEqual(response.status_code, 201)
        self.assertEqual(body.keys(), FIELDS)
        self.assertEqual(
            [body[name] for name in ("email", "username", "role", "is_activated", "has_profile")],
            ["new@example.org", "newcomer", "USER", True, True],
        )
        signed_in = self.client.post(
            "/api/auth/login/", {"email": "new@example.org", "password": "long enough to use"}
        )
        self.assertEqual(signed_in.status_code, 200)
        entry = AuditLog.objects.get(object_id=body["id"], action="CREATE")
        self.assertEqual(entry.actor, self.admin)
        self.assertNotIn("example.org", str(entry.after_state))

    def test_names_it_where_no_name_is_given(self) -> None:
        for name in ({}, {"username": None}, {"username": ""}):
            self.assertTrue(self.create(email=f"n{len(str(name))}@example.org", **name).json())
        self.assertEqual(User.objects.filter(profile__username__startswith="user_").count(), 3)

    def test_gives_roles_for_superadmins_alone(self) -> None:
        for role in ("CONTRIBUTOR", "SUPERADMIN", "OWNER"):
            self.assert_error(self.create(role=role), 403, "access_denied")
        self.assertEqual(self.create(role="USER").status_code, 201)
        self.sign_in(self.superadmin)

        body = self.create(email="boss@example.org", role="ADMIN").json()

        self.assertEqual((body["role"], body["is_staff"]), ("ADMIN", True))
        self.assertEqual(body["onboarding_step"], "completed")
        self.assert_error(self.create(role="OWNER", email="o@example.org"), 400, "invalid_role")

    def test_refuses_what_registration_refuses(self) -> None:
        make_user(email="taken@example.org", username="Taken")
        gone = make_user(email="gone@example.org")
        gone.delete()
        for body, status, code, field in (
            ({"email": "TAKEN@example.org"}, 422, "email_already_used", "email"),
            ({"email": "gone@example.org"}, 422, "email_already_used", "email"),
            ({"username": "taken"}, 400, "invalid_action", "username"),
            ({"username": "a"}, 400, "validation_error", "username"),
            ({"password": "short"}, 400, "validation_error", "password"),
            ({"password": "password123"}, 400, "validation_error", "password"),
            ({"email": "no address"}, 400, "validation_error", "email"),
        ):
            with self.subTest(body):
                error = self.assert_error(self.create(**body), status, code)

                self.assertIn(field, error["details"])
        self.assertFalse(User.objects.filter(email="new@example.org").exists())

    def test_unactivated_registrations_are_not_taken_over(self) -> None:
        make_user(email="new@example.org", is_activated=False)

        self.assert_error(self.create(), 422, "email_already_used")


class NewPasswordTests(AdminUsersCase):
    def reset(self, user: User) -> Any:
        return self.client.post(self.address(user, "reset_password/"))

    def test_says_no_password(self) -> None:
        user = make_user()

        response = self.reset(user)

        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json()["data"].keys(), {"message"})
        refused = self.client.post("/api/auth/login/", {"email": user.email, "password": PASSWORD})
        self.assert_error(refused, 401, "invalid_credentials")

    def test_ends_the_sessions(self) -> None:
        user = make_user()
        token = self.sign_in(user)
        self.sign_in(self.admin)

        self.reset(user)

        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        self.assert_error(self.client.get("/api/user/me/"), 401, "unauthorized")

    def test_is_refused_for_whom_it_is_not(self) -> None:
        shut_out = make_user(is_active=False)
        google = make_user(auth_provider=AuthProvider.GOOGLE)
        for user in (self.superadmin, shut_out, google):
            self.assert_error(self.reset(user), 400, "invalid_action")
        self.assertFalse(OutboxEvent.objects.exists())
        self.assertEqual(self.reset(make_user(role=Role.ADMIN)).status_code, 200)
        self.sign_in(self.superadmin)
        self.assertEqual(self.reset(make_user(role=Role.SUPERADMIN)).status_code, 200)
