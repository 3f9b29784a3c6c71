"""Figures of the whole product that the database knows, read anew for each scrape."""

from collections.abc import Iterator

from django.db import Error, connection
from django.db.models import DurationField, ExpressionWrapper, Min
from django.db.models.functions import Now
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from core.models import OutboxEvent
from read_models.operations.outbox_backlog import COUNT_LIMIT
from read_models.operations.webhook_backlog import get_oldest_webhook_age

_STATES = {"active", "idle", "idle in transaction", "idle in transaction (aborted)"}
_CONNECTIONS = """
SELECT coalesce(state, 'other'), count(*) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user GROUP BY 1
"""


class DatabaseCollector(Collector):
    """Outbox, deliveries, connections. While the database is away only `database_up` is there."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Eight queries, each bounded."""
        try:
            found = [*_outbox(), _webhooks(), *_connections()]
        except Error:
            found = []
        yield _gauge("database_up", "Whether the database answered this scrape.", int(bool(found)))
        yield from found

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing, so that a registration asks the database nothing."""
        return []


def _outbox() -> Iterator[GaugeMetricFamily]:
    status = OutboxEvent.Status
    events = OutboxEvent.objects.all()
    stuck = events.filter(status=status.PROCESSING, locked_until__lt=Now())
    age = ExpressionWrapper(Now() - Min("created_at"), DurationField())
    oldest = events.open().aggregate(age=age)["age"]
    for name, text, rows in (
        ("outbox_pending_count", "Events that wait for a worker.", events.filter(status="PENDING")),
        (
            "outbox_processing_count",
            "Events in a worker's hands.",
            events.filter(status="PROCESSING"),
        ),
        ("outbox_stuck_count", "Events whose worker let its lease run out.", stuck),
        ("outbox_failed_count", "Dead events; they wait for an operator.", events.dead()),
    ):
        yield _gauge(name, f"{text} Stops at {COUNT_LIMIT}.", rows.order_by()[:COUNT_LIMIT].count())
    yield _gauge(
        "outbox_oldest_pending_age_seconds",
        "Age of the oldest event that is neither done nor dead; 0 if there is none.",
        oldest.total_seconds() if oldest else 0,
    )


def _webhooks() -> GaugeMetricFamily:
    age = get_oldest_webhook_age()
    return _gauge(
        "webhook_oldest_unprocessed_age_seconds",
        "Age of the oldest delivery of Stripe that has not taken effect; 0 if there is none.",
        age.total_seconds() if age else 0,
    )


def _connections() -> Iterator[GaugeMetricFamily]:
    with connection.cursor() as cursor:
        cursor.execute(_CONNECTIONS)
        used = dict.fromkeys((*sorted(_STATES), "other"), 0)
        for state, count in cursor.fetchall():
            used[state if state in _STATES else "other"] += count
        cursor.execute("SHOW max_connections")
        limit = int(cursor.fetchone()[0])
    family = GaugeMetricFamily(
        "database_connections", "Connections of the product's role, by state.", labels=["state"]
    )
    for state, count in used.items():
        family.add_metric([state], count)
    yield family
    yield _gauge("database_connections_limit", "How many the server accepts in all.", limit)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)
