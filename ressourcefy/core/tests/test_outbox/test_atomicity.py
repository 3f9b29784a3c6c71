"""No state without its event, no event without its state, no effect twice, whatever is undone."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import OperationalError, connection, transaction
from django.test import TransactionTestCase
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from core.models import OutboxEvent
from core.outbox import Event, HandlerKind, emit_event, handles, process_outbox, temporary_handlers
from core.outbox.wake_up import stop_waking
from core.tests.outbox_helpers import (
    drop_effects_table,
    effects_by_event,
    leave_effect,
    let_time_pass,
    make_effects_table,
)

_AGGREGATES = st.sampled_from("abc")
_STATEMENTS = st.integers(min_value=0, max_value=12)


class Interrupted(OperationalError):
    """The database refused here; Django undoes savepoints for errors of the database only."""


@contextmanager
def interrupted_at(statement: int) -> Iterator[None]:
    """Raise before the statement of that number, if there are so many."""
    left = statement

    def count(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal left
        if left == 0:
            left = -1
            raise Interrupted
        left -= 1
        return execute(*arguments)

    try:
        with connection.execute_wrapper(count):
            yield
    except Interrupted:
        return


def change(aggregate: str, event_type: str) -> None:
    """What a use case does: lock, change, emit, all or nothing."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO outbox_test_state (aggregate, number) VALUES (%s, 1) "
                "ON CONFLICT (aggregate) DO UPDATE SET number = outbox_test_state.number + 1 "
                "RETURNING number",
                [aggregate],
            )
            (number,) = cursor.fetchone()
        emit_event("TEST", aggregate, event_type, {"number": number})


class OutboxMachine(RuleBasedStateMachine):
    """Changes, nested and interrupted, and passes over the outbox, interrupted as well."""

    @initialize()
    def begin(self) -> None:
        OutboxEvent.objects.all().delete()
        make_effects_table()
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE outbox_test_state")

    @rule(aggregate=_AGGREGATES, event_type=st.sampled_from(["test.local", "test.both"]))
    def change(self, aggregate: str, event_type: str) -> None:
        change(aggregate, event_type)

    @rule(aggregate=_AGGREGATES, statement=_STATEMENTS)
    def change_interrupted(self, aggregate: str, statement: int) -> None:
        with interrupted_at(statement):
            change(aggregate, "test.local")

    @rule(aggregate=_AGGREGATES, statement=_STATEMENTS)
    def change_twice_and_undo_the_second(self, aggregate: str, statement: int) -> None:
        with transaction.atomic():
            change(aggregate, "test.local")
            with interrupted_at(statement), transaction.atomic():
                change(aggregate, "test.both")
                raise Interrupted

    @rule()
    def process(self) -> None:
        process_outbox(limit=5)

    @rule(statement=_STATEMENTS)
    def process_interrupted(self, statement: int) -> None:
        with interrupted_at(statement):
            process_outbox(limit=5)

    @rule()
    def let_leases_and_waits_end(self) -> None:
        let_time_pass(timedelta(minutes=20))

    @invariant()
    def every_change_has_its_event_and_every_event_its_change(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT aggregate, number FROM outbox_test_state")
            states = dict(cursor.fetchall())
        events: dict[str, list[int]] = {}
        for event in OutboxEvent.objects.order_by("seq"):
            events.setdefault(event.aggregate_id, []).append(event.payload["number"])
        assert events == {
            aggregate: list(range(1, number + 1)) for aggregate, number in states.items()
        }

    @invariant()
    def every_completed_event_and_no_other_has_its_effect_once(self) -> None:
        completed = OutboxEvent.objects.filter(status=OutboxEvent.Status.COMPLETED)
        expected = {str(event_id): 1 for event_id in completed.values_list("id", flat=True)}
        assert effects_by_event("local") == expected

    def teardown(self) -> None:
        """In the end everything is handled."""
        for _ in range(8):
            let_time_pass(timedelta(minutes=20))
            process_outbox(limit=1_000)
        assert not OutboxEvent.objects.exclude(status=OutboxEvent.Status.COMPLETED).exists()
        outside = effects_by_event("outside")
        assert set(outside) == {
            str(event_id)
            for event_id in OutboxEvent.objects.filter(event_type="test.both").values_list(
                "id", flat=True
            )
        }


class AtomicityTests(TransactionTestCase):
    def test_of_state_event_and_effect(self) -> None:
        """20 machines x 30 steps, interrupted before a random statement."""
        self.enterContext(temporary_handlers(keep=False))
        logging.getLogger("core.outbox").setLevel(logging.CRITICAL + 1)
        self.addCleanup(logging.getLogger("core.outbox").setLevel, logging.NOTSET)
        self.addCleanup(stop_waking)
        make_effects_table()
        self.addCleanup(drop_effects_table)
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE outbox_test_state (aggregate text PRIMARY KEY, number int)"
            )
        self.addCleanup(self.drop_state)

        @handles("test.local", HandlerKind.LOCAL)
        @handles("test.both", HandlerKind.LOCAL)
        def local(event: Event) -> None:
            leave_effect(event, "local")

        @handles("test.both", HandlerKind.EXTERNAL)
        def outside(event: Event) -> None:
            leave_effect(event, "outside")

        run_state_machine_as_test(
            OutboxMachine,
            settings=settings(
                max_examples=20,
                stateful_step_count=30,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )

    def drop_state(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE outbox_test_state")
