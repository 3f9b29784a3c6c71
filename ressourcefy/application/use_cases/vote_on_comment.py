"""Vote on a comment, or take the vote back."""

from application.dto.commands import VoteOnCommentCommand
from application.dto.events import AggregateType, EventType
from application.dto.results import CommentVoteResult
from core.exceptions import AccessDenied
from core.outbox import announce, emission_from
from core.services.audit import audit_from
from interactions.models import CommentVote
from interactions.services.vote_comment import vote_comment
from resources.services.cast_vote import CHANGED


class VoteOnComment:
    """One vote for each user and comment: the last value wins, the same again changes nothing.

    Raises CommentNotFound, and AccessDenied for a deleted or hidden comment and where the right to
    its resource is missing. One statement, which is its own transaction.
    """

    def execute(self, command: VoteOnCommentCommand) -> CommentVoteResult:
        comment_id = str(command.comment_id)
        value = command.vote_value.value if command.vote_value else 0
        vote = vote_comment(
            user=command.user,
            comment_id=command.comment_id,
            value=command.vote_value,
            followed_by=[
                audit_from(
                    CHANGED,
                    model=CommentVote,
                    actor=command.user,
                    after={"comment_id": comment_id, "value": value},
                ),
                emission_from(
                    CHANGED,
                    aggregate_type=AggregateType.COMMENT_VOTE,
                    event_type=EventType.COMMENT_VOTED,
                    payload={
                        "comment_id": comment_id,
                        "user_id": str(command.user.pk),
                        "value": value,
                    },
                    columns=["resource_id"],
                ),
            ],
        )
        if not vote.is_allowed:
            raise AccessDenied("You cannot vote on this comment.")
        if vote.change:
            announce()
        return CommentVoteResult(
            vote_id=vote.vote_id if vote.value else None,
            comment_id=command.comment_id,
            value=vote.value,
        )
