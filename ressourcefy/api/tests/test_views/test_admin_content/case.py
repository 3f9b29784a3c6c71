"""What tests of the administered content share: an administrator, and requests."""

from typing import Any

from api.tests.base import ApiTestCase
from users.tests.factories import make_user
from users.types import Role

TAGS = "/api/admin/tags/"
PROGRESS = "/api/admin/progress/"


class AdministrationCase(ApiTestCase):
    def setUp(self) -> None:
        self.admin = make_user(role=Role.ADMIN)
        self.sign_in(self.admin)

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(path, body, format="json")

    def patch(self, path: str, **body: Any) -> Any:
        return self.client.patch(path, body, format="json")

    def listed(self, path: str, query: str = "") -> list[Any]:
        """The ids in a list, in order."""
        return [item["id"] for item in self.client.get(path + query).json()["results"]]
