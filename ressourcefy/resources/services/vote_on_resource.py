"""Vote on a resource, or take a vote back."""

from django.db import transaction

from resources.models import Resource, ResourceVote
from resources.services.cast_vote import CastVote, cast_vote, withdraw_vote
from resources.types import VoteValue
from users.models import User


@transaction.atomic
def vote_on_resource(*, user: User, resource: Resource, value: VoteValue | None) -> CastVote:
    """Store the one vote of `user` on `resource`; None withdraws it.

    The counters of the resource follow in the same transaction, by triggers.
    """
    if value is None:
        return withdraw_vote(ResourceVote, on="resource_id", object_id=resource.pk, user=user)
    return cast_vote(ResourceVote, on="resource_id", object_id=resource.pk, user=user, value=value)
