"""The prune command and what it does to the outbox."""

import io
from datetime import timedelta
from unittest.mock import patch

from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models.functions import Now
from django.test import SimpleTestCase, TestCase, override_settings

from core import pruning
from core.models import OutboxEvent
from core.outbox.pruning import prune_completed_events
from core.tests.factories import make_event

_Status = OutboxEvent.Status


def prune(*arguments: str) -> str:
    """What the command prints."""
    output = io.StringIO()
    call_command("prune", "--only=outbox_events", "--pause=0", *arguments, stdout=output)
    return output.getvalue()


@override_settings(RETENTION={"outbox_events": timedelta(days=30)})
class PruneOutboxTests(TestCase):
    def make_done(self, *, days: int) -> OutboxEvent:
        return make_event(
            aggregate_id=days,
            status=_Status.COMPLETED,
            processed_at=Now() - timedelta(days=days),
        )

    def test_removes_completed_events_that_are_old_enough(self) -> None:
        old, young = self.make_done(days=31), self.make_done(days=29)

        output = prune()

        self.assertEqual(OutboxEvent.objects.get().id, young.id)
        self.assertEqual(output, "outbox_events: 1 rows older than 30 days removed\n")
        self.assertNotEqual(old.id, young.id)

    def test_never_removes_what_is_open_or_dead(self) -> None:
        long_ago = Now() - timedelta(days=900)
        for status in (_Status.PENDING, _Status.FAILED):
            make_event(status=status, created_at=long_ago, processed_at=long_ago)
        make_event(status=_Status.PROCESSING, created_at=long_ago, locked_until=long_ago)

        prune()

        self.assertEqual(OutboxEvent.objects.count(), 3)

    def test_works_in_batches_the_oldest_first(self) -> None:
        for days in range(35, 45):
            self.make_done(days=days)

        removed = prune_completed_events(age=timedelta(days=30), limit=4, using="default")

        self.assertEqual(removed, 4)
        left = OutboxEvent.objects.values_list("aggregate_id", flat=True)
        self.assertEqual(set(left), {str(days) for days in range(35, 41)})

    def test_goes_on_until_nothing_is_left(self) -> None:
        for days in range(35, 45):
            self.make_done(days=days)

        output = prune("--batch=4", "--verbosity=2")

        self.assertFalse(OutboxEvent.objects.exists())
        self.assertIn("outbox_events: 8 rows so far", output)

    def test_walks_an_index_of_completed_events(self) -> None:
        plans: list[str] = []

        def explain(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
            execute(f"EXPLAIN {sql}", params, many, context)
            plans.extend(row[0] for row in context["cursor"].fetchall())
            return execute(sql, params, many, context)

        with connection.cursor() as cursor:
            # Of a few rows anything is quick: what could be planned is asked for.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
        with connection.execute_wrapper(explain):
            prune_completed_events(age=timedelta(days=30), limit=4, using="default")

        plan = "\n".join(plans)
        self.assertIn("outbox_done", plan)
        self.assertNotIn("Sort", plan)


class PruneCommandTests(TestCase):
    def test_prunes_everything_that_is_registered(self) -> None:
        calls: list[tuple[str, str]] = []

        def prune_nothing(*, age: timedelta, limit: int, using: str) -> int:
            calls.append((str(age), using))
            return 0

        with (
            patch.object(pruning, "_pruners", {}),
            override_settings(RETENTION={"a": timedelta(days=1), "b": timedelta(days=2)}),
        ):
            for name in ("b", "a"):
                pruning.prunes(name)(prune_nothing)
            call_command("prune", stdout=io.StringIO())
            call_command("prune", "--only=b", stdout=io.StringIO())

        self.assertEqual(
            [age for age, _ in calls], ["1 day, 0:00:00", "2 days, 0:00:00", "2 days, 0:00:00"]
        )

    def test_refuses_names_that_nobody_registered(self) -> None:
        with self.assertRaises(CommandError):
            call_command("prune", "--only=everything")


class RegistryTests(SimpleTestCase):
    def test_refuses_two_functions_for_one_name(self) -> None:
        with self.assertRaisesMessage(ValueError, "two functions"):
            pruning.prunes("outbox_events")(prune_completed_events)

    def test_refuses_a_name_without_a_retention(self) -> None:
        with self.assertRaisesMessage(ValueError, "how long"):
            pruning.prunes("nothing")(prune_completed_events)
