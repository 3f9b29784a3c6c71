"""Vote on a resource, or take the vote back."""

from application.dto.commands import VoteOnResourceCommand
from application.dto.events import AggregateType, EventType
from application.dto.results import ResourceVoteResult
from core.outbox import announce, emission_from
from core.services.audit import audit_from
from resources.exceptions import ResourceLocked
from resources.models import ResourceVote
from resources.services.cast_vote import CHANGED
from resources.services.vote_on_resource import vote_on_resource


class VoteOnResource:
    """One vote for each user and resource: the last value wins, the same again changes nothing.

    Raises ResourceNotFound, and ResourceLocked where a right is missing. One statement, which is
    its own transaction.
    """

    def execute(self, command: VoteOnResourceCommand) -> ResourceVoteResult:
        facts = {
            "resource_id": str(command.resource_id),
            "value": command.vote_value.value if command.vote_value else 0,
        }
        vote = vote_on_resource(
            user=command.user,
            resource_id=command.resource_id,
            value=command.vote_value,
            followed_by=[
                audit_from(CHANGED, model=ResourceVote, actor=command.user, after=facts),
                # The aggregate is the vote, whose row is locked: the votes on one resource are
                # many, and need not wait for each other.
                emission_from(
                    CHANGED,
                    aggregate_type=AggregateType.RESOURCE_VOTE,
                    event_type=EventType.RESOURCE_VOTED,
                    payload={**facts, "user_id": str(command.user.pk)},
                ),
            ],
        )
        if not vote.is_allowed:
            raise ResourceLocked
        if vote.change:
            announce()
        return ResourceVoteResult(
            vote_id=vote.vote_id if vote.value else None,
            resource_id=vote.resource_id,
            value=vote.value,
        )
