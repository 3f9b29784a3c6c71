"""Everybody's payments, for administrators.

Sort -> Nested Loop Left Join
  -> CTE length: Index Scan on pg_class                  the planner's own figures
  -> Limit -> Index Scan using payment_newest            or payment_of_user,
                                                         payment_newest_by_status
  -> Index Scan using users_user_pkey
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict, cast
from uuid import UUID

from core.metrics import timed_read
from monetization.exceptions import PaymentNotFound
from monetization.types import PaymentStatus
from read_models.administration.lists import Table, Wanted, listing_of, one_of, with_id
from read_models.long_lists import length_of_table
from read_models.pagination import FIRST_PAGE, Listing, PageRequest

_PAYMENTS = Table(
    "monetization_payment",
    columns="""page.id, user_id, email AS user_email, amount_cents,
        amount_refunded AS amount_refunded_cents, currency, status, provider_reference,
        page.created_at, page.updated_at""",
    joins="LEFT JOIN users_user AS payer ON payer.id = user_id",
)
_LENGTH = length_of_table("monetization_payment")


class AdministeredPayment(TypedDict):
    """A payment; amounts are in the smallest unit of `currency`."""

    id: UUID
    user_id: UUID
    user_email: str
    amount_cents: int
    amount_refunded_cents: int
    currency: str
    status: str
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
    """The newest first. One query; two where a filter leaves more than is counted."""
    filters, wanted = filters or PaymentFilters(), Wanted()
    wanted.by_id("user_id", filters.user_id)
    wanted.by_word("status", filters.status, PaymentStatus)
    length = None if wanted.is_narrowed else _LENGTH
    found = listing_of(_PAYMENTS, wanted, page, length=length)
    return cast("Listing[AdministeredPayment]", found)


@timed_read
def get_administered_payment(payment_id: UUID) -> AdministeredPayment:
    """One query. Raises PaymentNotFound."""
    row = one_of(_PAYMENTS, with_id(payment_id))
    if row is None:
        raise PaymentNotFound
    return cast("AdministeredPayment", row)
