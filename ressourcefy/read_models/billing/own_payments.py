"""What a person has paid."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.metrics import timed_read
from monetization.models import Payment
from monetization.types import IntentKind, PaymentStatus
from read_models.pagination import FIRST_PAGE, NEWEST_FIRST, PageRequest, Pagination
from users.models import User


@dataclass(frozen=True, slots=True)
class OwnPayment:
    """One payment; amounts are in the smallest unit of `currency`."""

    id: UUID
    kind: IntentKind
    resource_id: UUID | None
    resource_title: str | None
    amount_cents: int
    amount_refunded_cents: int
    currency: str
    status: PaymentStatus
    paid_at: datetime
    receipt_url: str | None


@dataclass(frozen=True, slots=True)
class OwnPayments:
    """One page of them."""

    items: tuple[OwnPayment, ...]
    pagination: Pagination


@timed_read
def get_own_payments(user: User, *, page: PageRequest = FIRST_PAGE) -> OwnPayments:
    """The newest first. Two queries; one where the page is empty."""
    own = Payment.objects.filter(user=user)
    total_count = own.count()
    items: list[OwnPayment] = []
    if page.offset < total_count:
        rows = own.select_related("resource").order_by(*NEWEST_FIRST)
        items = [_to_item(row) for row in rows[page.offset : page.offset + page.page_size]]
    return OwnPayments(items=tuple(items), pagination=Pagination.of(page, total_count))


def _to_item(row: Payment) -> OwnPayment:
    return OwnPayment(
        id=row.pk,
        kind=IntentKind.PURCHASE if row.resource_id else IntentKind.SUBSCRIPTION,
        resource_id=row.resource_id,
        resource_title=row.resource.title if row.resource else None,
        amount_cents=row.amount_cents,
        amount_refunded_cents=row.amount_refunded,
        currency=row.currency,
        status=PaymentStatus(row.status),
        paid_at=row.paid_at,
        receipt_url=row.receipt_url or None,
    )
