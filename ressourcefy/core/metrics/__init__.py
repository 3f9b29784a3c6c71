"""What is counted and timed; `docs/operations.md` says what each figure means."""

import time
from collections.abc import Callable
from enum import StrEnum
from functools import wraps

from prometheus_client import Counter, Histogram

_SHORT_WORK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_REQUESTS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class MailOutcome(StrEnum):
    """What became of handing one mail to the provider."""

    SENT = "sent"
    RETRY = "retry"
    REFUSED = "refused"
    NOT_CONFIGURED = "not_configured"


class EventOutcome(StrEnum):
    """What became of one attempt to deliver an event."""

    DONE = "done"
    FAILED = "failed"
    DEAD = "dead"
    LOST = "lost"


class AnsweredBy(StrEnum):
    """Who answered a read that was meant for the replica."""

    REPLICA = "replica"
    PRIMARY = "primary"


PAYMENT_SUCCESS = Counter("payment_success_total", "Payments that were received.")
PAYMENT_FAILURE = Counter("payment_failure_total", "Payments that failed.")
REFUNDS = Counter("payment_refunds_total", "Times that money went back, whole or in part.")
DISPUTES = Counter("payment_disputes_total", "Payments that were contested.")
WEBHOOKS = Counter(
    "webhook_events_total",
    "Deliveries of Stripe, by what became of them.",
    ["event_type", "outcome"],
)
BILLING_DRIFT = Counter(
    "billing_drift_total", "What the reconciliation found different from Stripe.", ["kind"]
)
WEBHOOK_LATENCY = Histogram(
    "webhook_processing_latency", "Seconds to process one webhook.", buckets=_SHORT_WORK
)
READ_QUERY_LATENCY = Histogram(
    "read_query_latency_p95", "Seconds that a read model took.", ["read_model"], buckets=_SHORT_WORK
)
HTTP_REQUESTS = Counter(
    "http_requests_total", "Requests that were answered.", ["method", "route", "status"]
)
HTTP_LATENCY = Histogram(
    "http_request_duration_seconds",
    "Seconds to answer a request.",
    ["method", "route"],
    buckets=_REQUESTS,
)
MAILS = Counter("mails_total", "Mails handed to the provider, by what became of it.", ["outcome"])
OUTBOX_EVENTS = Counter(
    "outbox_events_total", "Attempts to deliver an event.", ["event_type", "outcome"]
)
REPLICA_READS = Counter(
    "replica_reads_total", "Reads meant for the replica, by who answered them.", ["answered_by"]
)
for _answered_by in AnsweredBy:
    REPLICA_READS.labels(_answered_by)
for _outcome in MailOutcome:
    # So that the first mail that fails is an increase from 0.
    MAILS.labels(_outcome)


def timed_read[**P, R](read_model: Callable[P, R]) -> Callable[P, R]:
    """Observe how long each call of a read model takes, refused ones included."""
    latency = READ_QUERY_LATENCY.labels(read_model.__name__.removeprefix("get_"))

    @wraps(read_model)
    def timed(*args: P.args, **kwargs: P.kwargs) -> R:
        with latency.time():
            return read_model(*args, **kwargs)

    return timed


def count_request(*, method: str, route: str, status: int, started: float) -> None:
    """Count one answered request that began at `started` of the monotonic clock."""
    HTTP_REQUESTS.labels(method, route, str(status)).inc()
    HTTP_LATENCY.labels(method, route).observe(time.perf_counter() - started)


def count_mail(outcome: MailOutcome) -> None:
    """Count one mail that was handed over, or not."""
    MAILS.labels(outcome).inc()


def count_event(event_type: str, outcome: EventOutcome, number: int = 1) -> None:
    """Count attempts to deliver events of a type."""
    OUTBOX_EVENTS.labels(event_type, outcome).inc(number)


def count_replica_read(answered_by: AnsweredBy) -> None:
    """Count one read that was meant for the replica."""
    REPLICA_READS.labels(answered_by).inc()
