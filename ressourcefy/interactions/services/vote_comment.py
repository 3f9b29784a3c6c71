"""Vote on a comment, or take a vote back."""

from collections.abc import Sequence
from uuid import UUID

from core.database.parts import Part
from interactions.exceptions import CommentNotFound
from interactions.models import CommentVote
from resources.services.access import seen_in_sql
from resources.services.cast_vote import CastVote, cast_vote
from resources.types import VoteValue
from users.models import User

# A comment that is deleted or hidden is known of, and cannot be voted on.
_SEEN = """
SELECT comment.id, comment.resource_id, resource.visibility, resource.is_open, resource.is_open
    AND comment.deleted_at IS NULL AND comment.hidden_at IS NULL AS may_vote
FROM interactions_comment AS comment
JOIN ({resources}) AS resource ON resource.id = comment.resource_id
WHERE comment.id = %(object)s
"""


def vote_comment(
    *,
    user: User,
    comment_id: UUID,
    value: VoteValue | None,
    followed_by: Sequence[Part] = (),
) -> CastVote:
    """Store the one vote of `user` on the comment; None withdraws it. One statement.

    The counters of the comment follow by triggers. Raises CommentNotFound for an unknown one, and
    for one on a resource that is deleted or not the user's business.
    """
    vote = cast_vote(
        CommentVote,
        on="comment_id",
        object_id=comment_id,
        user=user,
        value=value,
        seen=_SEEN.format(resources=seen_in_sql(user)),
        followed_by=followed_by,
    )
    if vote is None:
        raise CommentNotFound
    return vote
