"""The one statement that stores a vote, for whatever can be voted on."""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection, models
from django.utils import timezone

from core.models.base import new_id
from resources.types import VoteValue
from users.models import User


@dataclass(frozen=True, slots=True)
class CastVote:
    """A person's vote: the row's id, None if there never was one, and its value, 0 if withdrawn.

    `change` is what happened to the row: "CREATE", "UPDATE", "DELETE", or nothing.
    """

    vote_id: UUID | None
    value: int
    change: str


def cast_vote(
    votes: type[models.Model], *, on: str, object_id: UUID, user: User, value: VoteValue
) -> CastVote:
    """Store the vote of `user` on the object that the column `on` of `votes` names.

    One row for each user and object under any concurrency: the last value wins, and the same value
    again changes nothing. The caller has a transaction.
    """
    table, now = votes._meta.db_table, timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            # The names are those of our own models.
            f"INSERT INTO {table} AS vote (id, created_at, updated_at, {on}, user_id, value) "  # noqa: S608
            "VALUES (%s, %s, %s, %s, %s, %s) "
            f"ON CONFLICT (user_id, {on}) DO UPDATE "
            "SET value = excluded.value, updated_at = excluded.updated_at "
            "WHERE vote.value <> excluded.value RETURNING id, xmax = 0",
            [new_id(), now, now, object_id, user.pk, value.value],
        )
        if row := cursor.fetchone():
            vote_id, is_new = row
            return CastVote(vote_id, value.value, "CREATE" if is_new else "UPDATE")
    # The conflict locked the row, so it is still there.
    vote_id = votes._default_manager.values_list("pk", flat=True).get(user=user, **{on: object_id})
    return CastVote(vote_id, value.value, "")


def withdraw_vote(votes: type[models.Model], *, on: str, object_id: UUID, user: User) -> CastVote:
    """Remove the vote of `user`, if there is one. The caller has a transaction."""
    own = votes._default_manager.filter(user=user, **{on: object_id})
    vote_id = own.select_for_update().values_list("pk", flat=True).first()
    if vote_id is not None:
        own.delete()
    return CastVote(vote_id, 0, "DELETE" if vote_id else "")
