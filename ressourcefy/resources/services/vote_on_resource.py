"""Vote on a resource, or take a vote back."""

from collections.abc import Sequence
from uuid import UUID

from core.database.parts import Part
from resources.exceptions import ResourceNotFound
from resources.models import ResourceVote
from resources.services.access import seen_in_sql
from resources.services.cast_vote import CastVote, cast_vote
from resources.types import VoteValue
from users.models import User

_SEEN = """
SELECT resource.*, resource.id AS resource_id, resource.is_open AS may_vote
FROM ({resources}) AS resource WHERE resource.id = %(object)s
"""


def vote_on_resource(
    *,
    user: User,
    resource_id: UUID,
    value: VoteValue | None,
    followed_by: Sequence[Part] = (),
) -> CastVote:
    """Store the one vote of `user` on the resource; None withdraws it. One statement.

    The counters of the resource follow by triggers. Raises ResourceNotFound for what the user may
    not know of.
    """
    vote = cast_vote(
        ResourceVote,
        on="resource_id",
        object_id=resource_id,
        user=user,
        value=value,
        seen=_SEEN.format(resources=seen_in_sql(user)),
        followed_by=followed_by,
    )
    if vote is None:
        raise ResourceNotFound
    return vote
