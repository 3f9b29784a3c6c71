"""Writing down what people do: at once, in bulk, and later."""

from django.db import DataError
from django.test import TestCase

from analytics.models import UserEvent
from analytics.services.track_event import (
    TrackedEvent,
    track_event,
    track_events,
    track_later,
    waiting_events,
)
from analytics.types import Activity, Client
from core.request_context import RequestContext, request_context
from users.tests.factories import make_user


class TrackEventTests(TestCase):
    def test_writes_one_row(self) -> None:
        user = make_user()
        client = Client(session_id="s", ip_address="2001:db8::1", user_agent="Browser/1")

        track_event(
            TrackedEvent(
                activity=Activity.RESOURCE_VOTED, user_id=user.id, data={"value": 1}, client=client
            )
        )

        row = UserEvent.objects.get()
        self.assertIn("resource.voted", str(row))
        self.assertEqual((row.event_type, row.event_data), ("resource.voted", {"value": 1}))
        self.assertEqual((row.user_id, row.session_id), (user.id, "s"))
        self.assertEqual((row.ip_address, row.user_agent), ("2001:db8::1", "Browser/1"))

    def test_writes_many_rows_with_one_copy(self) -> None:
        events = [TrackedEvent(activity=Activity.RESOURCE_VIEWED, user_id=None) for _ in range(300)]

        with self.assertNumQueries(3) as queries:
            track_events(events)

        self.assertEqual(UserEvent.objects.count(), 300)
        words = [query["sql"].split()[0] for query in queries.captured_queries]
        self.assertEqual(words, ["SAVEPOINT", "COPY", "RELEASE"])

    def test_writes_no_row_when_there_is_no_event(self) -> None:
        with self.assertNumQueries(0):
            track_events([])

    def test_writes_all_rows_or_none(self) -> None:
        good = TrackedEvent(activity=Activity.RESOURCE_VIEWED, user_id=None)
        bad = TrackedEvent(
            activity=Activity.RESOURCE_VIEWED, user_id=None, client=Client(ip_address="nowhere")
        )

        with self.assertRaises(DataError):
            track_events([good, bad])

        self.assertFalse(UserEvent.objects.exists())


class TrackLaterTests(TestCase):
    def setUp(self) -> None:
        waiting_events.clear()
        self.addCleanup(waiting_events.clear)

    def test_costs_the_caller_no_query(self) -> None:
        user = make_user()

        with self.assertNumQueries(0):
            track_later(Activity.RESOURCE_VIEWED, user_id=user.id)

        self.assertEqual(len(waiting_events), 1)

    def test_keeps_what_the_request_told_of_the_client(self) -> None:
        context = RequestContext(session_id="s", ip_address="203.0.113.7", user_agent="Browser/1")
        with request_context(context):
            track_later(Activity.RESOURCE_VIEWED, user_id=None, data={"resource_id": "r"})
        track_later(Activity.RESOURCE_VIEWED, user_id=None)

        waiting_events.flush()

        first, second = UserEvent.objects.order_by("created_at", "id")
        self.assertEqual((first.session_id, first.ip_address), ("s", "203.0.113.7"))
        self.assertEqual((first.user_agent, first.event_data), ("Browser/1", {"resource_id": "r"}))
        self.assertEqual(
            (second.session_id, second.ip_address, second.user_agent), (None, None, None)
        )
