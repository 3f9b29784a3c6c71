"""Vote on a comment, or take the vote back."""

from django.db import transaction

from application.dto.commands import VoteOnCommentCommand
from application.dto.events import AggregateType, EventType
from application.dto.results import CommentVoteResult
from application.policies.comment_policy import can_vote_on_comment
from core.exceptions import AccessDenied
from core.outbox import emit_event
from core.services.audit import audit_change
from interactions.models import CommentVote
from interactions.services.find_comment import find_comment
from interactions.services.vote_comment import vote_comment


class VoteOnComment:
    """One vote for each user and comment: the last value wins, the same again changes nothing.

    Raises CommentNotFound, and AccessDenied for a deleted or hidden comment and where the right to
    its resource is missing.
    """

    @transaction.atomic
    def execute(self, command: VoteOnCommentCommand) -> CommentVoteResult:
        comment = find_comment(command.user, command.comment_id)
        if not can_vote_on_comment(command.user, comment):
            raise AccessDenied("You cannot vote on this comment.")

        vote = vote_comment(user=command.user, comment=comment, value=command.vote_value)
        if vote.change:
            audit_change(
                entity=CommentVote(pk=vote.vote_id),
                action=vote.change,
                actor=command.user,
                after={"comment_id": str(comment.pk), "value": vote.value},
            )
            emit_event(
                AggregateType.COMMENT_VOTE,
                vote.vote_id,
                EventType.COMMENT_VOTED,
                {
                    "comment_id": str(comment.pk),
                    "resource_id": str(comment.resource_id),
                    "user_id": str(command.user.pk),
                    "value": vote.value,
                },
            )
        return CommentVoteResult(
            vote_id=vote.vote_id if vote.value else None, comment_id=comment.pk, value=vote.value
        )
