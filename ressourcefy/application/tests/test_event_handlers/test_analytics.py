"""What events leave in the stream of activities."""

from django.test import TestCase

from analytics.models import UserEvent
from analytics.types import Activity
from application.dto.events import AggregateType, EventType
from application.event_handlers.analytics import ACTIVITY_OF_EVENT, record_activity
from application.tests.test_use_cases.account_helpers import sign_in
from core.outbox import Event, emit_event, process_outbox
from core.outbox.registry import handlers_of
from core.request_context import RequestContext, request_context
from users.models import UserSession
from users.tests.factories import make_user


class RecordActivityTests(TestCase):
    def test_follows_from_every_event_of_the_table(self) -> None:
        for event_type in ACTIVITY_OF_EVENT:
            with self.subTest(event_type=event_type):
                functions = [handler.function for handler in handlers_of(event_type).local]

                self.assertIn(record_activity, functions)

    def test_tells_who_did_what_and_when(self) -> None:
        user = make_user()
        event = emit_event(
            AggregateType.RESOURCE,
            "r",
            EventType.RESOURCE_VOTED,
            {"user_id": str(user.id), "resource_id": "r", "value": 1},
        )

        record_activity(Event.of(event))

        row = UserEvent.objects.get()
        self.assertEqual((row.event_type, row.user_id), (Activity.RESOURCE_VOTED, user.id))
        self.assertEqual(row.event_data, {"resource_id": "r", "value": 1})
        self.assertEqual(row.created_at, event.created_at)

    def test_takes_an_event_of_nobody(self) -> None:
        event = emit_event(
            AggregateType.RESOURCE, "r", EventType.RESOURCE_DELETED, {"resource_id": "r"}
        )

        record_activity(Event.of(event))

        self.assertIsNone(UserEvent.objects.get().user_id)

    def test_tells_from_where_somebody_signed_in(self) -> None:
        user = make_user()
        with request_context(RequestContext(ip_address="203.0.113.7", user_agent="Browser/1")):
            sign_in(user)

        process_outbox()

        row = UserEvent.objects.get()
        self.assertEqual(row.event_type, Activity.SIGNED_IN)
        self.assertEqual(row.session_id, str(UserSession.objects.get().id))
        self.assertEqual((row.ip_address, row.user_agent), ("203.0.113.7", "Browser/1"))
