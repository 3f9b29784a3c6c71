"""What every publication and every change of a resource does, whoever asks for it."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from application.dto.events import AggregateType, EventType
from application.dto.results import PublishedVersion
from core.outbox import emit_event
from core.services.audit import audit_change
from resources.models import Resource
from resources.services.create_resource import create_resource
from resources.services.create_resource_version import create_resource_version
from resources.services.update_resource import ResourceChanges, update_resource
from resources.types import Visibility
from users.models import User

# Whose values the audit log keeps; of the others it keeps that they changed.
_AUDITED_VALUES = ("visibility", "price_cents")


def publish(
    *,
    actor: User,
    author: User,
    title: str,
    description: str,
    visibility: Visibility,
    price_cents: int | None,
    tag_ids: Iterable[UUID],
    file_url: str = "",
) -> Resource:
    """A new resource of `author`, with its first file if `file_url` names one.

    Raises InvalidInput for text or an address that is not allowed, and InvalidAction where price,
    visibility and tags do not fit.
    """
    tag_ids = list(tag_ids)
    resource = create_resource(
        author=author,
        title=title,
        description=description,
        visibility=visibility,
        price_cents=price_cents,
        tag_ids=tag_ids,
    )
    if file_url:
        create_resource_version(resource, file_url)
    state: dict[str, Any] = {
        "visibility": resource.visibility,
        "price_cents": resource.price_cents,
        "tags": [str(tag_id) for tag_id in tag_ids],
        "versions": 1 if file_url else 0,
    }
    if actor.pk != author.pk:
        state["author_id"] = str(author.pk)
    audit_change(entity=resource, action="CREATE", actor=actor, after=state)
    _emit(EventType.RESOURCE_PUBLISHED, resource, actor)
    return resource


def change(resource: Resource, changes: ResourceChanges, *, actor: User) -> list[str]:
    """Change `resource`, whose row the caller has locked; the names of the fields that differ now.

    Nothing is recorded where nothing differs. Raises as `update_resource` does.
    """
    before = {name: getattr(resource, name) for name in _AUDITED_VALUES}
    changed = update_resource(resource, changes)
    if changed:
        audit_change(
            entity=resource,
            action="UPDATE",
            actor=actor,
            before={name: before[name] for name in _AUDITED_VALUES if name in changed},
            after={
                "changed": list(changed),
                **{name: getattr(resource, name) for name in _AUDITED_VALUES if name in changed},
            },
        )
        _emit(EventType.RESOURCE_UPDATED, resource, actor)
    return changed


def add_version(resource: Resource, file_url: str, *, actor: User) -> PublishedVersion:
    """Add a file as the next version. Raises as `create_resource_version` does."""
    version = create_resource_version(resource, file_url)
    audit_change(
        entity=version,
        action="CREATE",
        actor=actor,
        after={"resource_id": str(resource.pk), "version_number": version.version_number},
    )
    _emit(EventType.RESOURCE_VERSION_PUBLISHED, resource, actor, version_id=str(version.pk))
    return PublishedVersion(
        resource_id=resource.pk,
        version_number=version.version_number,
        file_url=version.file_url,
        created_at=version.created_at,
    )


def _emit(event_type: EventType, resource: Resource, actor: User, **more: str) -> None:
    emit_event(
        AggregateType.RESOURCE,
        resource.pk,
        event_type,
        {"resource_id": str(resource.pk), "user_id": str(actor.pk), **more},
    )
