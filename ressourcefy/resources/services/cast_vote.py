"""The one statement that stores a vote, for whatever can be voted on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import models
from django.utils import timezone

from core.database.parts import Part, joined
from core.database.prepared import prepared_cursor
from core.models.base import new_id
from resources.models.access import is_secret
from resources.types import VoteValue
from users.models import User

#: The part of the statement that has the vote that changed: `id`, `change`, `resource_id`.
CHANGED = "changed"

# Planned once for each connection. The object and the right to vote on it, the vote, and all that
# follows from it, in one round trip and one transaction.
_STATEMENT = """
WITH seen AS ({seen}),
cast_vote AS ({cast}),
changed AS (SELECT cast_vote.*, seen.resource_id FROM cast_vote, seen)
{parts}
SELECT seen.resource_id, seen.visibility, seen.is_open, seen.may_vote, changed.change,
    coalesce(changed.id, (
        SELECT id FROM {table} WHERE seen.may_vote AND user_id = %(viewer)s AND {on} = seen.id
    ))
FROM seen LEFT JOIN changed ON true
"""

# One row for each user and object under any concurrency: the last value wins, and the same value
# again changes nothing.
_STORE = """
INSERT INTO {table} AS vote (id, created_at, updated_at, {on}, user_id, value)
SELECT %(vote_id)s::uuid, %(now)s, %(now)s, seen.id, %(viewer)s, %(value)s::smallint
FROM seen WHERE seen.may_vote
ON CONFLICT (user_id, {on}) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
WHERE vote.value <> excluded.value
RETURNING vote.id, CASE WHEN xmax = 0 THEN 'CREATE' ELSE 'UPDATE' END AS change
"""
_WITHDRAW = """
DELETE FROM {table} AS vote USING seen
WHERE seen.may_vote AND vote.{on} = seen.id AND vote.user_id = %(viewer)s
RETURNING vote.id, 'DELETE' AS change
"""


@dataclass(frozen=True, slots=True)
class CastVote:
    """A person's vote: the row's id, None if there never was one, and its value, 0 if withdrawn.

    `change` is what happened to the row: "CREATE", "UPDATE", "DELETE", or nothing. Without
    `is_allowed` the object may be known, but not voted on, and nothing happened.
    """

    vote_id: UUID | None
    value: int
    change: str
    resource_id: UUID
    is_allowed: bool = True


def cast_vote(
    votes: type[models.Model],
    *,
    on: str,
    object_id: UUID,
    user: User,
    value: VoteValue | None,
    seen: str,
    followed_by: Sequence[Part] = (),
) -> CastVote | None:
    """Store the vote of `user` on the object that the column `on` of `votes` names.

    None withdraws it. `seen` is a query with the parameters `object` and `viewer` for the object's
    `id`, its `resource_id` with `visibility` and `is_open`, and whether the viewer may vote on it
    (`may_vote`); the parts in `followed_by` are run for a vote that changed (CHANGED). The answer
    is None where there is nothing that the user may know of.
    """
    table = votes._meta.db_table
    parts, values = joined(followed_by)
    change = (_WITHDRAW if value is None else _STORE).format(table=table, on=on)
    text = _STATEMENT.format(seen=seen, cast=change, parts=parts, table=table, on=on)
    given: Mapping[str, Any] = {
        "object": object_id,
        "viewer": user.pk,
        "vote_id": new_id(),
        "now": timezone.now(),
        "value": value,
    }
    with prepared_cursor() as cursor:
        cursor.execute(text, {**values, **given})
        row = cursor.fetchone()
    if row is None:
        return None
    resource_id, visibility, is_open, may_vote, what, vote_id = row
    if not is_open and is_secret(visibility):
        return None
    new_value = 0 if value is None else value.value
    if vote_id is None and may_vote and value is not None:
        # The same as before, stored by somebody else since this statement began.
        own = votes._default_manager.filter(user=user, **{on: object_id})
        vote_id = own.values_list("pk", flat=True).first()
    return CastVote(vote_id, new_value, what or "", resource_id, may_vote)
