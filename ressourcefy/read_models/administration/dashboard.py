"""The figures of the administration's first page, at the same cost for ten accounts and a million.

Totals are maintained by triggers (`core.services.tallies`). How many subscriptions give premium
changes with the clock, so that is counted: from an index alone, and no further than COUNT_LIMIT.
"""

from dataclasses import dataclass
from datetime import datetime

from core.metrics import timed_read
from core.services.tallies import totals
from monetization.models import Subscription
from read_models.operations.outbox_backlog import COUNT_LIMIT, get_outbox_counts
from resources.types import Visibility

_DOLLARS = "USD"
_CENTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Live accounts and resources, subscriptions, and money that was kept.

    `total_revenue_usd` counts payments in dollars; other currencies are in `revenue_cents`, in
    their smallest unit. Nothing is converted.
    """

    total_users: int
    active_users: int
    total_resources: int
    public_resources: int
    premium_resources: int
    total_subscriptions: int
    active_premium_subscriptions: int
    total_revenue_usd: float
    revenue_cents: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemHealth:
    """The database, which answered, and the outbox; counts stop at COUNT_LIMIT."""

    db_status: str
    outbox_pending_events: int
    outbox_failed_events: int
    last_outbox_processed_at: datetime | None


@timed_read
def get_overview() -> Overview:
    """Two queries."""
    found = totals("users", "resources", "subscriptions", "revenue")

    def total(group: str, *words: str) -> int:
        return sum(
            number
            for name, number in found.items()
            if name.startswith(f"{group}/") and set(words) <= set(name.split("/"))
        )

    revenue = {
        name.partition("/")[2]: number
        for name, number in sorted(found.items())
        if name.startswith("revenue/")
    }
    premium = Subscription.objects.granting_access().order_by()[:COUNT_LIMIT]
    return Overview(
        total_users=total("users"),
        active_users=total("users", "active"),
        total_resources=total("resources"),
        public_resources=total("resources", Visibility.PUBLIC),
        premium_resources=total("resources", Visibility.PREMIUM),
        total_subscriptions=total("subscriptions"),
        active_premium_subscriptions=premium.count(),
        total_revenue_usd=revenue.get(_DOLLARS, 0) / _CENTS,
        revenue_cents=revenue,
    )


@timed_read
def get_system_health() -> SystemHealth:
    """Five queries on partial indexes, each bounded."""
    outbox = get_outbox_counts()
    return SystemHealth(
        db_status="ok",
        outbox_pending_events=outbox.pending + outbox.processing,
        outbox_failed_events=outbox.failed,
        last_outbox_processed_at=outbox.last_processed_at,
    )
