"""Tags of resources: from what a client names, and from one that is merged into another."""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection, models

from core.exceptions import InvalidAction
from core.models import Tag
from core.services.tags import hold_tags
from resources.models import Resource


def live_tags(tag_ids: Iterable[UUID]) -> list[Tag]:
    """The tags of these ids, each once, held until the transaction ends.

    Raises InvalidAction for an unknown or deleted one.
    """
    wanted = set(tag_ids)
    tags = hold_tags(wanted)
    if len(tags) != len(wanted):
        raise InvalidAction("A tag that you chose does not exist.")
    return tags


def refile_resources(source: Tag, target: Tag) -> int:
    """File under `target` what is filed under `source`, deleted resources too; how many there were.

    The caller holds the locks of `lock_tags_to_merge`.
    """
    through: type[models.Model] = Resource.tags.through
    # All that changes, at once and in the order of everybody who files: first what is filed, then
    # the rows of the feed by id. Two statements would take them in an order of their own, and wait
    # for ever for somebody who changes a name.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM resources_resource_tags WHERE tag_id = %s FOR UPDATE", [source.pk]
        )
        cursor.execute(
            "SELECT FROM resources_feedrow WHERE resource_id IN"
            " (SELECT resource_id FROM resources_resource_tags WHERE tag_id = %s)"
            " ORDER BY resource_id FOR NO KEY UPDATE",
            [source.pk],
        )
    filed = through._default_manager.filter(tag_id=source.pk)
    already = through._default_manager.filter(tag_id=target.pk).values("resource_id")
    moved = filed.exclude(resource_id__in=already).update(tag_id=target.pk)
    removed, _by_table = filed.delete()
    return moved + removed
