"""What every list has in common: pages, one order, and a cost that does not grow with the page."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from api.tests.base import ApiTestCase, document
from api.tests.contract.forms import parts
from api.tests.contract.operations import contract
from core.models.base import new_id
from interactions.models import Comment
from interactions.tests.factories import make_comment
from monetization.models import Payment, Subscription
from monetization.tests.factories import make_payment, make_subscription
from resources.models import Resource, ResourceProgress
from resources.tests.factories import make_resource
from users.models import RoleRequest, User, UserSession
from users.tests.factories import make_tag, make_user
from users.types import Role, RoleRequestStatus

#: Short by themselves, or cut to a `limit`; shown whole.
WITHOUT_PAGES = {
    "tags_list",
    "billing_plans",
    "admin_dashboard_activity",
    "admin_users_activity",
}
#: Lists inside of one thing; they come with it.
INSIDE = {
    "author",
    "resource_detail",
    "resource_create",
    "resource_update",
    "admin_resources_detail",
    "admin_resources_update",
}
ROWS = 5


def with_a_list() -> set[str]:
    """The operations whose answer has a list somewhere."""
    return {
        name
        for name, rule in contract().items()
        if any("[]" in part for part in parts(rule.answer))
    }


def with_pages() -> dict[str, str]:
    """The address of every operation that takes a page and its size."""
    return {
        operation["operationId"]: path
        for path, methods in document()["paths"].items()
        for operation in methods.values()
        if {"page", "page_size"} <= {p["name"] for p in operation.get("parameters", [])}
    }


class ListTests(ApiTestCase):
    """Everything was made at the same moment, so that the order needs something to break ties."""

    viewer: User
    resource: Resource

    @classmethod
    def setUpTestData(cls) -> None:
        cls.viewer = make_user(role=Role.SUPERADMIN)
        now = timezone.now()
        resources = [make_resource(author=cls.viewer) for _ in range(ROWS)]
        cls.resource = resources[0]
        for resource in resources:
            reader = make_user()
            make_comment(resource=cls.resource, author=reader)
            make_comment(resource=cls.resource, author=reader, hidden_at=now)
            ResourceProgress.objects.create(user=cls.viewer, resource=resource)
            ResourceProgress.objects.create(user=reader, resource=cls.resource)
            UserSession.objects.create(
                user=cls.viewer, refresh_id=new_id(), expires_at=now + timedelta(days=1)
            )
            RoleRequest.objects.create(
                user=cls.viewer,
                requested_role=Role.CONTRIBUTOR,
                status=RoleRequestStatus.APPROVED,
            )
            make_payment(cls.viewer)
            make_subscription(reader)
            resource.tags.add(make_tag())
        cls.level(Resource, "created_at", now)
        cls.level(Comment, "created_at", now)
        Comment.objects.filter(hidden_at__isnull=False).update(hidden_at=now)
        cls.level(ResourceProgress, "last_accessed_at", now)
        cls.level(RoleRequest, "created_at", now)
        cls.level(Payment, "created_at", now)
        cls.level(Subscription, "created_at", now)
        cls.level(User, "created_at", now)

    @staticmethod
    def level(model: type[Model], column: str, moment: Any) -> None:
        model._default_manager.update(**{column: moment})

    def setUp(self) -> None:
        self.sign_in(self.viewer)
        self.level(UserSession, "created_at", timezone.now())

    def rows(self, address: str, query: str) -> list[str]:
        """The ids on a page."""
        response = self.client.get(f"{address}?{query}")
        self.assertEqual(response.status_code, 200, f"{address}?{query}")
        body = response.json()
        inner = body if "results" in body or isinstance(body["data"], list) else body["data"]
        (found,) = (
            inner[name] for name in ("results", "data", "progress_entries") if name in inner
        )
        names = ("id", "progress_id", "request_id")
        return [next(row[name] for name in names if name in row) for row in found]

    def addresses(self) -> Iterator[tuple[str, str]]:
        for name, path in with_pages().items():
            yield name, path.format(resource_id=self.resource.pk)

    def test_have_pages_unless_they_are_short(self) -> None:
        self.assertEqual(with_a_list() - WITHOUT_PAGES - INSIDE, set(with_pages()))

    def test_hold_every_row_once_whatever_the_size_of_a_page(self) -> None:
        for name, address in self.addresses():
            with self.subTest(name):
                whole = self.rows(address, "page_size=100")
                walked: list[str] = []
                for page in range(1, len(whole) // 2 + 2):
                    walked += self.rows(address, f"page={page}&page_size=2")

                self.assertGreaterEqual(len(whole), ROWS)
                self.assertEqual(walked, whole)
                self.assertEqual(len(set(whole)), len(whole))

    def test_cost_as_many_queries_for_much_as_for_little(self) -> None:
        for name, address in self.addresses():
            costs = []
            for size in (1, 100):
                with CaptureQueriesContext(connection) as queries:
                    self.rows(address, f"page_size={size}")
                costs.append(len(queries))
            with self.subTest(name):
                self.assertEqual(costs[0], costs[1], name)
