"""Change what a resource says."""

from collections.abc import Iterable
from typing import Any, TypedDict
from uuid import UUID

from django.db import transaction

from resources.models import Resource
from resources.services.content import checked_price, clean_description, clean_title
from resources.services.live_tags import live_tags
from resources.types import Visibility


class ResourceChanges(TypedDict, total=False):
    """What to change; what is not named stays."""

    title: str
    description: str
    visibility: Visibility
    price_cents: int | None
    tag_ids: Iterable[UUID]


@transaction.atomic
def update_resource(resource: Resource, changes: ResourceChanges) -> list[str]:
    """Change `resource`, whose row the caller has locked; returns the fields that differ now.

    If price or visibility change, they have to fit each other in the result. Raises InvalidInput
    for text that cannot be stored, InvalidAction for price and tags.
    """
    values: dict[str, Any] = {}
    if "title" in changes:
        values["title"] = clean_title(changes["title"])
    if "description" in changes:
        values["description"] = clean_description(changes["description"])
    if "visibility" in changes or "price_cents" in changes:
        visibility = Visibility(changes.get("visibility", resource.visibility))
        price = checked_price(visibility, changes.get("price_cents", resource.price_cents))
        values |= {"visibility": visibility, "price_cents": price}
    changed = [name for name, value in values.items() if getattr(resource, name) != value]
    for name in changed:
        setattr(resource, name, values[name])
    if "tag_ids" in changes and _replace_tags(resource, changes["tag_ids"]):
        changed.append("tags")
    if changed:
        resource.save(update_fields=[*values, "updated_at"])
    return changed


def _replace_tags(resource: Resource, tag_ids: Iterable[UUID]) -> bool:
    tags = live_tags(tag_ids)
    if {tag.pk for tag in tags} == {tag.pk for tag in resource.tags.all()}:
        return False
    resource.tags.set(tags)
    return True
