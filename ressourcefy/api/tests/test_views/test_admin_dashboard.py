"""The figures of the administration's first page."""

from datetime import timedelta

from django.utils import timezone

from api.tests.base import ApiTestCase
from audit.models import AuditLog
from core.models import OutboxEvent
from core.services.audit import audit_change
from core.tests.factories import make_event
from monetization.tests.factories import make_payment, make_subscription
from monetization.types import PaymentStatus, SubscriptionStatus
from resources.tests.factories import make_resource
from resources.types import Visibility
from users.tests.factories import make_user
from users.types import Role


class DashboardTests(ApiTestCase):
    def setUp(self) -> None:
        self.admin = make_user(role=Role.ADMIN)
        self.sign_in(self.admin)

    def test_counts_what_is_there(self) -> None:
        author = make_user(is_active=False)
        make_user().delete()
        make_resource(author=author)
        make_resource(author=author, visibility=Visibility.PREMIUM, price_cents=500)
        make_resource(author=author, visibility=Visibility.PRIVATE)
        make_resource(author=author).delete()
        ago = timezone.now() - timedelta(days=1)
        make_subscription(author)
        make_subscription(author, ends_at=ago)
        make_subscription(author, status=SubscriptionStatus.CANCELED)
        make_payment(author, amount_cents=2_050)
        make_payment(author, amount_cents=1_000, amount_refunded=250)
        make_payment(author, amount_cents=700, amount_refunded=700, status=PaymentStatus.REFUNDED)
        make_payment(author, amount_cents=9_999, status=PaymentStatus.FAILED)
        make_payment(author, amount_cents=9_999, status=PaymentStatus.PENDING)
        make_payment(author, amount_cents=600, currency="EUR")

        data = self.client.get("/api/admin/dashboard/overview/").json()["data"]

        self.assertEqual(
            data,
            {
                "total_users": 2,
                "active_users": 1,
                "total_resources": 3,
                "public_resources": 1,
                "premium_resources": 1,
                "total_subscriptions": 3,
                "active_premium_subscriptions": 1,
                "total_revenue_usd": 28.0,
                "revenue_cents": {"EUR": 600, "USD": 2_800},
            },
        )
        self.assertIsInstance(data["total_revenue_usd"], float)

    def test_counts_an_empty_installation(self) -> None:
        data = self.client.get("/api/admin/dashboard/overview/").json()["data"]

        self.assertEqual((data["total_users"], data["total_revenue_usd"]), (1, 0))
        self.assertEqual(data["revenue_cents"], {})

    def test_lists_the_newest_changes(self) -> None:
        user = make_user()
        audit_change(entity=user, action="CREATE", actor=None, after={"role": "USER"})
        audit_change(entity=user, action="UPDATE", actor=self.admin, after={"is_active": False})

        data = self.client.get("/api/admin/dashboard/activity/?limit=10%2F").json()["data"]

        self.assertEqual(data["count"], 2)
        newest, oldest = data["activities"]
        self.assertEqual(
            [newest[name] for name in ("actor_email", "action", "entity_name", "object_id")],
            [self.admin.email, "UPDATE", "User", str(user.id)],
        )
        self.assertEqual(newest["description"], "User changed: is_active")
        self.assertIsNone(oldest["actor_email"])
        self.assertEqual(len({item["id"] for item in data["activities"]}), 2)

    def test_lists_so_many_changes_as_are_asked_for(self) -> None:
        row = {"entity_name": "User", "object_id": "1", "action": "UPDATE"}
        AuditLog.objects.bulk_create(AuditLog(**row) for _ in range(120))

        for query, count in (("", 50), ("?limit=7", 7), ("?limit=1000", 100)):
            data = self.client.get(f"/api/admin/dashboard/activity/{query}").json()["data"]
            self.assertEqual((data["count"], len(data["activities"])), (count, count))
        refused = self.client.get("/api/admin/dashboard/activity/?limit=none")
        self.assert_error(refused, 400, "invalid_pagination")

    def test_says_how_the_outbox_does(self) -> None:
        status = OutboxEvent.Status
        data = self.client.get("/api/admin/dashboard/system-health/").json()["data"]
        self.assertEqual(
            data,
            {
                "db_status": "ok",
                "outbox_pending_events": 0,
                "outbox_failed_events": 0,
                "last_outbox_processed_at": None,
            },
        )

        make_event()
        make_event(status=status.PROCESSING, locked_until=timezone.now())
        make_event(status=status.FAILED)
        make_event(status=status.COMPLETED, processed_at=timezone.now())

        data = self.client.get("/api/admin/dashboard/system-health/").json()["data"]
        self.assertEqual((data["outbox_pending_events"], data["outbox_failed_events"]), (2, 1))
        self.assertIsNotNone(data["last_outbox_processed_at"])
