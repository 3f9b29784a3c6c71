"""Vote on a comment, or take a vote back."""

from django.db import transaction

from interactions.models import Comment, CommentVote
from resources.services.cast_vote import CastVote, cast_vote, withdraw_vote
from resources.types import VoteValue
from users.models import User


@transaction.atomic
def vote_comment(*, user: User, comment: Comment, value: VoteValue | None) -> CastVote:
    """Store the one vote of `user` on `comment`; None withdraws it.

    The counters of the comment follow in the same transaction, by triggers.
    """
    if value is None:
        return withdraw_vote(CommentVote, on="comment_id", object_id=comment.pk, user=user)
    return cast_vote(CommentVote, on="comment_id", object_id=comment.pk, user=user, value=value)
