"""Publish a new resource."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from resources.models import Resource
from resources.services.content import checked_price, clean_description, clean_title
from resources.services.live_tags import live_tags
from resources.types import Visibility
from users.models import User


@transaction.atomic
def create_resource(
    *,
    author: User,
    title: str,
    description: str,
    visibility: Visibility,
    price_cents: int | None = None,
    tag_ids: Iterable[UUID] = (),
) -> Resource:
    """Raises InvalidInput for text that cannot be stored, InvalidAction for price and tags."""
    resource = Resource(
        author=author,
        title=clean_title(title),
        description=clean_description(description),
        visibility=visibility,
        price_cents=checked_price(visibility, price_cents),
    )
    tags = live_tags(tag_ids)
    resource.save(force_insert=True)
    if tags:
        resource.tags.add(*tags)
    return resource
