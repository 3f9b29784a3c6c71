"""Vote on a resource, or take the vote back."""

from django.db import transaction

from application.dto.commands import VoteOnResourceCommand
from application.dto.events import AggregateType, EventType
from application.dto.results import ResourceVoteResult
from application.policies.resource_policy import can_access_resource
from core.outbox import emit_event
from core.services.audit import audit_change
from resources.exceptions import ResourceLocked
from resources.models import ResourceVote
from resources.services.access import find_for
from resources.services.vote_on_resource import vote_on_resource


class VoteOnResource:
    """One vote for each user and resource: the last value wins, the same again changes nothing.

    Raises ResourceNotFound, and ResourceLocked where a right is missing.
    """

    @transaction.atomic
    def execute(self, command: VoteOnResourceCommand) -> ResourceVoteResult:
        resource = find_for(command.user, command.resource_id)
        if not can_access_resource(command.user, resource):
            raise ResourceLocked

        vote = vote_on_resource(user=command.user, resource=resource, value=command.vote_value)
        if vote.change:
            audit_change(
                entity=ResourceVote(pk=vote.vote_id),
                action=vote.change,
                actor=command.user,
                after={"resource_id": str(resource.pk), "value": vote.value},
            )
            # The aggregate is the vote, whose row is locked: the votes on one resource are many,
            # and need not wait for each other.
            emit_event(
                AggregateType.RESOURCE_VOTE,
                vote.vote_id,
                EventType.RESOURCE_VOTED,
                {
                    "resource_id": str(resource.pk),
                    "user_id": str(command.user.pk),
                    "value": vote.value,
                },
            )
        return ResourceVoteResult(
            vote_id=vote.vote_id if vote.value else None, resource_id=resource.pk, value=vote.value
        )
