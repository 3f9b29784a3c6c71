"""What tests of administered money share: people who pay, and requests."""

from datetime import datetime
from typing import Any

from api.tests.base import ApiTestCase
from users.tests.factories import make_user
from users.types import Role

SUBSCRIPTIONS = "/api/admin/subscriptions/"


def in_json(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


class MoneyCase(ApiTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.admin, self.payer = make_user(role=Role.ADMIN), make_user(email="ada@example.org")
        self.sign_in(self.admin)

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(path, body, format="json")

    def listed(self, path: str, query: str = "") -> list[Any]:
        """The ids in a list, in order."""
        return [item["id"] for item in self.client.get(path + query).json()["results"]]
