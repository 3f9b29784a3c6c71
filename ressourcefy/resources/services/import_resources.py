"""Publishing many resources at once, in a few statements."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import models
from django.utils import timezone

from core.exceptions import InvalidInput
from core.models.tag import normal_name
from core.services.tags import ensure_tags
from resources.models import Resource, ResourceVersion
from resources.services.content import checked_file_url, clean_description, clean_title
from resources.types import Visibility
from users.models import User

type Key = tuple[str, str]

MAX_ATTRIBUTION_LENGTH = 500
MAX_TAG_LENGTH = 50
MAX_TAGS = 50


class RecordRefused(Exception):
    """A record breaks a rule; the text says which."""


@dataclass(frozen=True, slots=True)
class ResourceRecord:
    """A resource to be, checked against every rule that needs no database."""

    title: str
    description: str
    url: str
    attribution: str
    tags: tuple[str, ...]

    @property
    def key(self) -> Key:
        """What makes two records of one author the same resource."""
        return self.title, self.url


def checked_record(fields: Mapping[str, object]) -> ResourceRecord:
    """The record that `fields` describe; fields of other names are passed over.

    Raises RecordRefused.
    """
    return ResourceRecord(
        title=_required(fields, "title", clean_title),
        description=_required(fields, "description", clean_description),
        url=_required(fields, "url", checked_file_url),
        attribution=_attribution(fields),
        tags=_tags(fields),
    )


def import_resources(
    author: User,
    records: Sequence[ResourceRecord],
    *,
    visibility: Visibility,
    price_cents: int | None,
) -> list[Resource]:
    """Publish those records that the author has not published yet; returns the new resources.

    The caller holds the lock on the author's row, so that a second import of the same author sees
    what this one makes. What the author has deleted stays deleted. Times and ids rise in the order
    of the records.
    """
    known = _keys_of(author, records)
    new = []
    for record in records:
        if record.key not in known:
            known.add(record.key)
            new.append(record)
    if not new:
        return []

    tags = ensure_tags(name for record in new for name in record.tags)
    now = timezone.now()
    resources = [
        Resource(
            title=record.title,
            description=record.description,
            attribution=record.attribution,
            visibility=visibility,
            price_cents=price_cents,
            author=author,
            created_at=now - timedelta(microseconds=len(new) - position),
        )
        for position, record in enumerate(new)
    ]
    Resource.objects.bulk_create(resources)
    ResourceVersion.objects.bulk_create(
        ResourceVersion(resource=resource, version_number=1, file_url=record.url)
        for resource, record in zip(resources, new, strict=True)
    )
    filed: type[models.Model] = Resource.tags.through
    filed._default_manager.bulk_create(
        filed(resource_id=resource.id, tag_id=tags[name].id)
        for resource, record in zip(resources, new, strict=True)
        for name in record.tags
    )
    return resources


def _keys_of(author: User, records: Iterable[ResourceRecord]) -> set[Key]:
    """The keys of the author's resources, deleted ones too, that share an address with records."""
    first_versions = ResourceVersion.objects.filter(
        version_number=1,
        file_url__in={record.url for record in records},
        resource__author=author,
    )
    return set(first_versions.values_list("resource__title", "file_url"))


# The rules ----------------------------------------------------------------------------------------


def _required(fields: Mapping[str, object], name: str, clean: Callable[[str], str]) -> str:
    value = fields.get(name)
    if value is None:
        raise RecordRefused(f"{name}: is missing.")
    try:
        return clean(_text(value, name))
    except InvalidInput as refusal:
        reasons = [reason for texts in refusal.details.values() for reason in texts]
        raise RecordRefused(f"{name}: {' '.join(reasons)}") from refusal


def _text(value: object, name: str) -> str:
    """`value` without blanks around it, if it is text that PostgreSQL can store."""
    if not isinstance(value, str):
        raise RecordRefused(f"{name}: has to be text.")
    if any(character == "\x00" or "\ud800" <= character <= "\udfff" for character in value):
        raise RecordRefused(f"{name}: holds a null character or half of a character.")
    return value.strip()


def _attribution(fields: Mapping[str, object]) -> str:
    value = fields.get("author")
    text = "" if value is None else _text(value, "author")
    if len(text) > MAX_ATTRIBUTION_LENGTH:
        raise RecordRefused(f"author: has more than {MAX_ATTRIBUTION_LENGTH} characters.")
    return text


def _tags(fields: Mapping[str, object]) -> tuple[str, ...]:
    names = fields.get("tags")
    if names is None:
        return ()
    if not isinstance(names, list):
        raise RecordRefused("tags: has to be a list of names.")
    if len(names) > MAX_TAGS:
        raise RecordRefused(f"tags: there are more than {MAX_TAGS}.")
    return tuple(dict.fromkeys(_tag(name) for name in names))


def _tag(value: object) -> str:
    name = normal_name(_text(value, "tags"))
    if not name:
        raise RecordRefused("tags: one of the names is blank.")
    if len(name) > MAX_TAG_LENGTH:
        raise RecordRefused(f"tags: one of the names has more than {MAX_TAG_LENGTH} characters.")
    return name
