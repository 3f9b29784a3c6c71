"""Figures of the database, and how long read models take."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from datetime import timedelta

from django.db import connection
from django.test import SimpleTestCase, TestCase, TransactionTestCase
from django.utils import timezone
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily

import read_models
from core.models import OutboxEvent
from read_models.operations.metrics import DatabaseCollector
from read_models.tags import get_tags

_Status = OutboxEvent.Status


def figures() -> dict[str, float]:
    """The samples of a scrape, by name and labels."""
    families: Iterator[GaugeMetricFamily] = DatabaseCollector().collect()
    return {
        " ".join((sample.name, *sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def make_event(status: str, *, minutes: int = 0, leased: int | None = None) -> None:
    """An event of that age; `leased` is the minutes from now to the end of its lease."""
    now = timezone.now()
    OutboxEvent.objects.create(
        aggregate_type="TEST",
        aggregate_id="1",
        event_type="test.happened",
        status=status,
        created_at=now - timedelta(minutes=minutes),
        locked_by="" if leased is None else "somebody",
        locked_until=None if leased is None else now + timedelta(minutes=leased),
    )


class OutboxFiguresTests(TestCase):
    def test_an_empty_outbox_is_all_zeros(self) -> None:
        found = figures()

        outbox = {name: count for name, count in found.items() if name.startswith("outbox_")}
        self.assertEqual(set(outbox.values()), {0})
        self.assertEqual(
            set(outbox),
            {
                "outbox_pending_count",
                "outbox_processing_count",
                "outbox_stuck_count",
                "outbox_failed_count",
                "outbox_oldest_pending_age_seconds",
            },
        )

    def test_events_count_by_their_state(self) -> None:
        for status, count in ((_Status.PENDING, 3), (_Status.FAILED, 2), (_Status.COMPLETED, 4)):
            for _ in range(count):
                make_event(status)
        make_event(_Status.PROCESSING, leased=5)
        make_event(_Status.PROCESSING, leased=-5)

        found = figures()

        self.assertEqual(found["outbox_pending_count"], 3)
        self.assertEqual(found["outbox_failed_count"], 2)
        self.assertEqual(found["outbox_processing_count"], 2)
        self.assertEqual(found["outbox_stuck_count"], 1)

    def test_the_age_is_that_of_the_oldest_open_event(self) -> None:
        make_event(_Status.FAILED, minutes=90)
        make_event(_Status.COMPLETED, minutes=80)
        make_event(_Status.PENDING, minutes=30)
        make_event(_Status.PENDING, minutes=10)

        age = figures()["outbox_oldest_pending_age_seconds"]

        self.assertAlmostEqual(age, 30 * 60, delta=60)

    def test_a_scrape_takes_eight_queries(self) -> None:
        with self.assertNumQueries(8):
            figures()

    def test_connections_are_counted_against_the_limit(self) -> None:
        found = figures()

        used = sum(
            count for name, count in found.items() if name.startswith("database_connections ")
        )
        self.assertGreaterEqual(used, 1)
        self.assertGreater(found["database_connections_limit"], used)
        self.assertEqual(found["database_up"], 1)


class DatabaseAwayTests(TransactionTestCase):
    def test_a_scrape_says_that_the_database_is_away(self) -> None:
        connection.close()
        self.addCleanup(connection.settings_dict.update, HOST=connection.settings_dict["HOST"])
        self.addCleanup(connection.close)
        connection.settings_dict["HOST"] = "/nowhere"

        found = figures()

        self.assertEqual(found, {"database_up": 0})


class ReadModelTests(TestCase):
    def test_a_call_is_timed(self) -> None:
        name, labels = "read_query_latency_p95_count", {"read_model": "tags"}
        before = REGISTRY.get_sample_value(name, labels)
        assert before is not None

        get_tags()

        self.assertEqual(REGISTRY.get_sample_value(name, labels), before + 1)


class EveryReadModelTests(SimpleTestCase):
    def test_is_timed(self) -> None:
        modules = [
            importlib.import_module(module.name)
            for module in pkgutil.walk_packages(read_models.__path__, "read_models.")
            if ".tests" not in module.name and ".operations" not in module.name
        ]
        found = {
            function
            for module in modules
            for name, function in inspect.getmembers(module, inspect.isfunction)
            if name.startswith("get_") and function.__module__ == module.__name__
        }

        untimed = {function.__name__ for function in found if not hasattr(function, "__wrapped__")}

        self.assertGreaterEqual(len(found), 8)
        self.assertEqual(untimed, set())
