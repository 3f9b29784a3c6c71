"""What tests of administered accounts share: an administrator, and requests."""

from typing import Any

from api.tests.base import ApiTestCase
from users.models import User
from users.tests.factories import make_user
from users.types import Role

FIELDS = {
    "id",
    "email",
    "username",
    "bio",
    "avatar_url",
    "has_profile",
    "role",
    "is_active",
    "is_staff",
    "is_superuser",
    "is_activated",
    "onboarding_step",
    "created_at",
    "updated_at",
}


class AdminUsersCase(ApiTestCase):
    def setUp(self) -> None:
        self.admin = make_user(role=Role.ADMIN, email="admin@staff.example")
        self.superadmin = make_user(role=Role.SUPERADMIN, email="super@staff.example")
        self.sign_in(self.admin)

    def listed(self, query: str = "") -> dict[str, Any]:
        response = self.client.get(f"/api/admin/users/{query}")
        self.assertEqual(response.status_code, 200, response.content)
        body: dict[str, Any] = response.json()
        return body

    def emails(self, query: str = "") -> list[str]:
        return [user["email"] for user in self.listed(query)["results"]]

    def address(self, user: User, action: str = "") -> str:
        return f"/api/admin/users/{user.id}/{action}"
