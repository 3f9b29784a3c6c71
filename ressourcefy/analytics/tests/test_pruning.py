"""What grows has an end: each table loses what is past its time, in small batches."""

from datetime import timedelta
from io import StringIO
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.test import TestCase
from django.utils import timezone

from analytics.models import UserEvent
from core.models.base import new_id
from core.pruning import registered_pruners
from users.models import UserSession
from users.tests.factories import make_user


def make_user_event(*, days_old: int, **fields: Any) -> UserEvent:
    """A user event of so many days ago."""
    return UserEvent.objects.create(
        event_type="test", created_at=timezone.now() - timedelta(days=days_old), **fields
    )


def prune(name: str, **options: Any) -> str:
    """Run the command for one kind of row; what it printed."""
    screen = StringIO()
    call_command("prune", only=name, pause=0, stdout=screen, **options)
    return screen.getvalue()


class PruneTests(TestCase):
    def test_everything_with_a_retention_is_pruned(self) -> None:
        names = {pruner.name for pruner in registered_pruners()}

        self.assertEqual(names, set(settings.RETENTION))

    def test_user_events_go_after_thirteen_months_in_batches(self) -> None:
        for days_old in (395, 397, 398, 399):
            make_user_event(days_old=days_old)

        printed = prune("user_events", batch=2)

        self.assertIn("user_events: 3 rows", printed)
        self.assertEqual(UserEvent.objects.count(), 1)

    def test_addresses_and_agents_go_after_thirty_days_and_the_events_stay(self) -> None:
        old = make_user_event(days_old=31, ip_address="192.0.2.1", session_id="s")
        agent_only = make_user_event(days_old=31, user_agent="Browser/1")
        young = make_user_event(days_old=29, ip_address="192.0.2.1", user_agent="Browser/1")

        printed = prune("caller_addresses")

        for event in (old, agent_only, young):
            event.refresh_from_db()
        self.assertIn("caller_addresses: 2 rows", printed)
        self.assertEqual((old.ip_address, old.session_id), (None, "s"))
        self.assertIsNone(agent_only.user_agent)
        self.assertEqual((young.ip_address, young.user_agent), ("192.0.2.1", "Browser/1"))

    def test_sessions_go_a_month_after_their_last_day(self) -> None:
        user, now = make_user(), timezone.now()
        for days in (1, -29, -31):
            UserSession.objects.create(
                user=user, refresh_id=new_id(), expires_at=now + timedelta(days=days)
            )

        printed = prune("sessions")

        self.assertIn("sessions: 1 rows", printed)
        self.assertEqual(UserSession.objects.count(), 2)
