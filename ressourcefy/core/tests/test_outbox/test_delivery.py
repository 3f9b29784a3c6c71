"""What becomes of an event: done, tried again, postponed or dead."""

import json
import logging
from datetime import timedelta
from unittest.mock import ANY

from django.db.models.functions import Now
from django.test import TestCase

from core.logs import RedactingJsonFormatter, RequestContextFilter
from core.models import OutboxEvent
from core.outbox import (
    Event,
    HandlerKind,
    PermanentFailure,
    UnregisteredEventType,
    dispatch_event,
    emit_event,
    process_outbox,
    temporary_handlers,
)
from core.request_context import (
    RequestContext,
    current_context,
    request_context,
)
from core.tests.factories import make_event, make_events
from core.tests.outbox_cases import DeliveryCase, fail_with, handle
from core.tests.outbox_helpers import (
    effects,
    leave_effect,
    let_time_pass,
    statuses,
)

_Status = OutboxEvent.Status


class ProcessOutboxTests(DeliveryCase):
    def test_completes_an_event_whose_handler_returns(self) -> None:
        handle(leave_effect)
        event = make_event(payload={"number": 1})

        handled = process_outbox()

        event.refresh_from_db()
        self.assertEqual(handled, 1)
        self.assertEqual(event.status, _Status.COMPLETED)
        self.assertIsNotNone(event.processed_at)
        self.assertEqual((event.locked_by, event.locked_until, event.claim_count), ("", None, 0))
        self.assertEqual(effects(), [("1", 1)])

    def test_hands_over_what_was_emitted(self) -> None:
        seen: list[Event] = []
        handle(seen.append, kind=HandlerKind.EXTERNAL)
        with request_context(RequestContext(request_id="request-1", ip_address="192.0.2.7")):
            event = emit_event("USER", "7", "test.local", {"a": [1]})

        process_outbox()

        self.assertEqual(
            seen,
            [
                Event(
                    id=event.id,
                    seq=event.seq,
                    aggregate_type="USER",
                    aggregate_id="7",
                    event_type="test.local",
                    payload={"a": [1]},
                    version=1,
                    created_at=event.created_at,
                    age=ANY,
                    request_id="request-1",
                    client={"session_id": "", "ip_address": "192.0.2.7", "user_agent": ""},
                )
            ],
        )

    def test_forgets_the_client_when_the_event_is_done(self) -> None:
        handle(lambda event: None)
        with request_context(RequestContext(request_id="request-1", ip_address="192.0.2.7")):
            event = emit_event("USER", "7", "test.local", {})

        process_outbox()

        event.refresh_from_db()
        self.assertEqual((event.status, event.client), (OutboxEvent.Status.COMPLETED, None))

    def test_forgets_the_client_when_the_event_is_dead(self) -> None:
        def refuse(event: Event) -> None:
            raise PermanentFailure("no such address")

        handle(refuse)
        with request_context(RequestContext(request_id="request-1", ip_address="192.0.2.7")):
            event = emit_event("USER", "7", "test.local", {})

        process_outbox()

        event.refresh_from_db()
        self.assertEqual((event.status, event.client), (OutboxEvent.Status.FAILED, None))

    def test_tells_the_age_by_the_clock_of_the_database(self) -> None:
        ages: list[timedelta] = []
        handle(lambda event: ages.append(event.age))
        make_event()
        let_time_pass(timedelta(hours=3))

        process_outbox()

        self.assertAlmostEqual(ages[0].total_seconds(), 3 * 3600, delta=60)

    def test_stops_at_the_limit(self) -> None:
        handle(leave_effect)
        make_events("test.local", aggregates=5)

        self.assertEqual(process_outbox(limit=3), 3)
        self.assertEqual(process_outbox(limit=3), 2)
        self.assertEqual(process_outbox(limit=3), 0)

    def test_handles_the_successors_of_an_aggregate_in_the_same_pass(self) -> None:
        handle(leave_effect)
        make_events("test.local", aggregates=1, each=4)

        process_outbox()

        self.assertEqual(effects(), [("0", number) for number in range(4)])

    def test_leaves_what_is_not_due(self) -> None:
        handle(leave_effect)
        make_event(next_retry_at=Now() + timedelta(seconds=30))

        self.assertEqual(process_outbox(), 0)

        let_time_pass(timedelta(seconds=31))
        self.assertEqual(process_outbox(), 1)

    def test_dispatches_nothing_for_an_unknown_type(self) -> None:
        event = make_event("test.unknown")

        with self.assertRaises(UnregisteredEventType):
            dispatch_event(event)

    def test_dispatches_without_touching_the_row(self) -> None:
        handle(lambda event: leave_effect(event, "outside"), kind=HandlerKind.EXTERNAL)
        handle(leave_effect)
        event = make_event(payload={"number": 1})

        dispatch_event(event)
        dispatch_event(Event.of(event))

        self.assertEqual(statuses(), {"PENDING": 1})
        self.assertEqual((len(effects()), len(effects("outside"))), (2, 2))


class SeveralHandlersTests(DeliveryCase):
    def test_run_outside_first_and_inside_with_the_completion(self) -> None:
        order: list[str] = []
        handle(lambda event: order.append("local"))
        handle(lambda event: order.append("external"), kind=HandlerKind.EXTERNAL)
        make_event()

        process_outbox()

        self.assertEqual(order, ["external", "local"])
        self.assertEqual(statuses(), {"COMPLETED": 1})

    def test_of_which_a_local_one_fails_repeat_the_outside_one_only(self) -> None:
        fails = [True, False]

        def local(event: Event) -> None:
            leave_effect(event)
            if fails.pop(0):
                raise ValueError

        handle(lambda event: leave_effect(event, "outside"), kind=HandlerKind.EXTERNAL)
        handle(local)
        make_event(payload={"number": 1})

        process_outbox()
        let_time_pass(timedelta(minutes=1))
        process_outbox()

        self.assertEqual(len(effects()), 1)
        self.assertEqual(len(effects("outside")), 2)

    def test_of_which_the_outside_one_fails_leave_nothing_inside(self) -> None:
        handle(fail_with(ValueError()), kind=HandlerKind.EXTERNAL)
        handle(leave_effect)
        make_event()

        process_outbox()

        self.assertEqual(effects(), [])


class LogTests(TestCase):
    def setUp(self) -> None:
        self.enterContext(temporary_handlers(keep=False))

    def lines(self) -> list[dict[str, object]]:
        """The JSON lines of one pass."""
        written: list[str] = []

        class Collect(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                written.append(self.format(record))

        handler = Collect()
        handler.addFilter(RequestContextFilter())
        handler.setFormatter(RedactingJsonFormatter("%(levelname)s %(message)s %(request_id)s"))
        root = logging.getLogger()
        root.addHandler(handler)
        self.addCleanup(root.removeHandler, handler)
        process_outbox()
        return [json.loads(line) for line in written]

    def emit(self, event_type: str = "test.local") -> None:
        with request_context(RequestContext(request_id="request-1")):
            emit_event("TEST", "1", event_type, {})

    def test_of_the_worker_carries_the_id_of_the_request(self) -> None:
        handle(lambda event: logging.getLogger("test").warning("in the handler"))
        self.emit()

        lines = self.lines()

        self.assertEqual(
            [(line["message"], line["request_id"]) for line in lines],
            [("in the handler", "request-1"), ("An event was handled.", "request-1")],
        )
        self.assertEqual(current_context(), RequestContext())

    def test_has_no_line_for_bulk_work_that_succeeds(self) -> None:
        handle(lambda event: None)
        make_event()

        self.assertEqual(self.lines(), [])

    def test_warns_of_a_failure_and_raises_the_alarm_for_a_dead_event(self) -> None:
        handle(fail_with(ValueError("for jane@example.org")), "test.fails")
        handle(fail_with(PermanentFailure("refused")), "test.dies")
        self.emit("test.fails")
        make_event("test.dies", aggregate_id=2)

        failed, dead = self.lines()

        self.assertEqual((failed["levelname"], failed["request_id"]), ("WARNING", "request-1"))
        self.assertEqual((failed["status"], failed["event_type"]), ("PENDING", "test.fails"))
        self.assertNotIn("jane", json.dumps(failed))
        self.assertEqual((dead["levelname"], dead["message"]), ("ERROR", "An event is dead."))
        self.assertIn("Traceback", str(dead["exc_info"]))
