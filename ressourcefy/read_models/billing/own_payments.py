"""What a person has paid.

One statement:

    Sort -> Nested Loop Left Join
      -> CTE length: Aggregate -> Index Only Scan using payment_of_user
      -> Limit -> Index Scan using payment_of_user
      -> Index Scan using resources_resource_pkey        deleted ones keep their title here
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from core.metrics import timed_read
from monetization.types import IntentKind
from read_models.database import reads_for
from read_models.pagination import FIRST_PAGE, PageRequest, Pagination
from read_models.statements import Numbered, Row, page_of
from users.models import User

_OWN = "FROM monetization_payment WHERE user_id"
_NUMBERED = Numbered(
    length=f"SELECT count(*) AS total_count {_OWN} = %(viewer)s",
    # As a range, which no other index has in order: planned for anybody, it would sort all.
    listed=f"SELECT * {_OWN} BETWEEN %(viewer)s AND %(viewer)s",
    order="user_id, created_at DESC, id DESC",
    columns="""page.id, resource_id, title, amount_cents, amount_refunded, currency, status,
        paid_at, receipt_url""",
    joins="LEFT JOIN resources_resource AS resource ON resource.id = resource_id",
)


class OwnPayment(TypedDict):
    """One payment; amounts are in the smallest unit of `currency`."""

    id: UUID
    kind: str
    resource_id: UUID | None
    resource_title: str | None
    amount_cents: int
    amount_refunded_cents: int
    currency: str
    status: str
    paid_at: datetime
    receipt_url: str | None


@dataclass(frozen=True, slots=True)
class OwnPayments:
    """One page of them."""

    items: list[OwnPayment]
    pagination: Pagination


@timed_read
def get_own_payments(user: User, *, page: PageRequest = FIRST_PAGE) -> OwnPayments:
    """The newest first. One query."""
    length, rows = page_of(reads_for(user), _NUMBERED, page, {"viewer": user.pk})
    return OwnPayments(
        items=[_to_item(row) for row in rows],
        pagination=Pagination.of(page, length["total_count"]),
    )


def _to_item(row: Row) -> OwnPayment:
    return {
        "id": row["id"],
        "kind": IntentKind.PURCHASE if row["resource_id"] else IntentKind.SUBSCRIPTION,
        "resource_id": row["resource_id"],
        "resource_title": row["title"],
        "amount_cents": row["amount_cents"],
        "amount_refunded_cents": row["amount_refunded"],
        "currency": row["currency"],
        "status": row["status"],
        "paid_at": row["paid_at"],
        "receipt_url": row["receipt_url"] or None,
    }
