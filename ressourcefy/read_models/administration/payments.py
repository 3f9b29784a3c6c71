"""Everybody's payments, for administrators."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import FETCH_RAISE, QuerySet

from core.metrics import timed_read
from monetization.exceptions import PaymentNotFound
from monetization.models import Payment
from monetization.types import PaymentStatus
from read_models.administration.lists import by_id, by_word, listing_of
from read_models.pagination import FIRST_PAGE, Listing, PageRequest

_COLUMNS = (
    "user_id",
    "user__email",
    "amount_cents",
    "amount_refunded",
    "currency",
    "status",
    "provider_reference",
    "created_at",
    "updated_at",
)


@dataclass(frozen=True, slots=True)
class AdministeredPayment:
    """A payment; amounts are in the smallest unit of `currency`."""

    id: UUID
    user_id: UUID
    user_email: str
    amount_cents: int
    amount_refunded_cents: int
    currency: str
    status: PaymentStatus
    provider_reference: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFilters:
    """What to list, in a client's words."""

    user_id: str | None = None
    status: str | None = None


@timed_read
def get_administered_payments(
    filters: PaymentFilters | None = None, *, page: PageRequest = FIRST_PAGE
) -> Listing[AdministeredPayment]:
    """The newest first. Two queries; one where the page is empty."""
    filters = filters or PaymentFilters()
    rows = Payment.objects.filter(
        by_id("user_id", filters.user_id), by_word("status", filters.status, PaymentStatus)
    )
    return listing_of(rows, page, load=_loaded, to_item=_to_item)


@timed_read
def get_administered_payment(payment_id: UUID) -> AdministeredPayment:
    """One query. Raises PaymentNotFound."""
    row = _loaded(Payment.objects.filter(pk=payment_id)).first()
    if row is None:
        raise PaymentNotFound
    return _to_item(row)


def _loaded(rows: QuerySet[Payment]) -> QuerySet[Payment]:
    return rows.select_related("user").only(*_COLUMNS).fetch_mode(FETCH_RAISE)


def _to_item(row: Payment) -> AdministeredPayment:
    return AdministeredPayment(
        id=row.pk,
        user_id=row.user_id,
        user_email=row.user.email,
        amount_cents=row.amount_cents,
        amount_refunded_cents=row.amount_refunded,
        currency=row.currency,
        status=PaymentStatus(row.status),
        provider_reference=row.provider_reference,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
