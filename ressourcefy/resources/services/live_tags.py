"""Tags for a resource, from what a client names."""

from collections.abc import Iterable
from uuid import UUID

from core.exceptions import InvalidAction
from core.models import Tag


def live_tags(tag_ids: Iterable[UUID]) -> list[Tag]:
    """The tags of these ids, each once. Raises InvalidAction for an unknown or deleted one."""
    wanted = set(tag_ids)
    if not wanted:
        return []
    tags = list(Tag.objects.filter(pk__in=wanted))
    if len(tags) != len(wanted):
        raise InvalidAction("A tag that you chose does not exist.")
    return tags
