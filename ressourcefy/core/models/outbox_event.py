"""The transactional outbox: one row for each fact that something else follows from."""

from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.models.base import BaseModel
from core.models.fields import IdentityField


class OutboxQuerySet(models.QuerySet["OutboxEvent"]):
    """Which events count as what."""

    def open(self) -> Self:
        """Not yet done and not dead."""
        return self.filter(status__in=[OutboxEvent.Status.PENDING, OutboxEvent.Status.PROCESSING])

    def dead(self) -> Self:
        """Given up; they wait for an operator."""
        return self.filter(status=OutboxEvent.Status.FAILED)

    def overdue(self, age: timedelta) -> Self:
        """Open for longer than `age`, by the database's clock, and not in anybody's hands."""
        untaken = Q(status=OutboxEvent.Status.PENDING) | Q(locked_until__lt=Now())
        return self.open().filter(untaken, created_at__lt=Now() - age)


class OutboxEvent(BaseModel):
    """An event and the state of its delivery; `docs/outbox.md` draws the life of a row.

    All times but `updated_at` are the database's. `seq` is the order of emission. `locked_by` names
    one claim of one worker, `locked_until` is the end of its lease; both are empty unless the
    status is PROCESSING. `claim_count` counts the claims since the last orderly end of one,
    `retry_count` the failures, `wait_count` the waits for something that was away, the first of
    which began at `waiting_since`. `history` has one entry for each time an operator put the event
    back.
    """

    class Status(models.TextChoices):
        PENDING = "PENDING"
        PROCESSING = "PROCESSING"
        COMPLETED = "COMPLETED"
        FAILED = "FAILED"

    created_at = models.DateTimeField(db_default=Now(), editable=False)
    seq = IdentityField()
    aggregate_type = models.CharField(max_length=50)
    aggregate_id = models.CharField(max_length=64)
    event_type = models.CharField(max_length=100)
    # Whether a handler of its type had effects outside when it was filed; decides who takes it.
    is_external = models.BooleanField(default=False, db_default=False, editable=False)
    payload = models.JSONField(default=dict, blank=True)
    version = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    retry_count = models.PositiveIntegerField(default=0)
    wait_count = models.PositiveIntegerField(default=0)
    waiting_since = models.DateTimeField(null=True, blank=True)
    claim_count = models.PositiveIntegerField(default=0)
    next_retry_at = models.DateTimeField(db_default=Now())
    locked_by = models.CharField(max_length=100, blank=True, default="")
    locked_until = models.DateTimeField(null=True, blank=True)
    processed_at = models.DateTimeField(null=True, blank=True)
    error_message = models.TextField(blank=True, default="")
    history = models.JSONField(default=list, blank=True)
    dedupe_key = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001 - unique
    request_id = models.CharField(max_length=64, blank=True, default="")
    # Session, address and agent of the request, for analytics; emptied when the event has ended.
    client = models.JSONField(null=True, blank=True, editable=False)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        constraints = [
            # Partial, so that the many events without a key cost no index entry.
            models.UniqueConstraint(
                fields=["dedupe_key"],
                condition=Q(dedupe_key__isnull=False),
                name="outbox_dedupe_key_unique",
            ),
            models.CheckConstraint(
                name="outbox_claim_while_processing",
                condition=Q(status="PROCESSING", locked_until__isnull=False)
                | (~Q(status="PROCESSING") & Q(locked_until__isnull=True)),
            ),
        ]
        indexes = [
            # What a claim walks: due events in order, expired leases, the head of an aggregate.
            models.Index(
                fields=["is_external", "next_retry_at", "seq"],
                name="outbox_due",
                condition=Q(status="PENDING"),
            ),
            models.Index(
                fields=["locked_until"],
                name="outbox_leased",
                condition=Q(status="PROCESSING"),
            ),
            models.Index(
                fields=["aggregate_type", "aggregate_id", "seq"],
                name="outbox_open_by_aggregate",
                condition=Q(status__in=["PENDING", "PROCESSING"]),
            ),
            # What the health check, the operators and the pruning walk.
            models.Index(
                fields=["created_at"],
                name="outbox_open_by_age",
                condition=Q(status__in=["PENDING", "PROCESSING"]),
            ),
            models.Index(fields=["seq"], name="outbox_dead", condition=Q(status="FAILED")),
            models.Index(
                fields=["processed_at"], name="outbox_done", condition=Q(status="COMPLETED")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the row; one that is not PROCESSING loses its claim.

        So an operator frees a stuck event by setting its status, as the runbook says; one that was
        dead gets all its attempts again.
        """
        renewed = set()
        if self.status == self.Status.PENDING and self._is_exhausted:
            self.retry_count, self.wait_count, self.waiting_since = 0, 0, None
            renewed = {"retry_count", "wait_count", "waiting_since"}
        if self.status != self.Status.PROCESSING:
            self.locked_by, self.locked_until = "", None
            if (named := kwargs.get("update_fields")) is not None:
                kwargs["update_fields"] = {*named, *renewed, "locked_by", "locked_until"}
        super().save(*args, **kwargs)

    @property
    def _is_exhausted(self) -> bool:
        """Whether the next failure, or the next wait, would be the last one."""
        return self.retry_count >= settings.OUTBOX_MAX_FAILURES or self.waiting_since is not None
