"""Resources with their files, for administrators."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import FETCH_RAISE, Exists, OuterRef, Prefetch, Q, QuerySet

from core.metrics import timed_read
from core.models import Tag
from read_models.administration.lists import by_id, by_part, by_word, known_id, listing_of
from read_models.pagination import FIRST_PAGE, Listing, PageRequest
from resources.exceptions import ResourceNotFound
from resources.models import Resource, ResourceQuerySet, ResourceVersion
from resources.types import Visibility

_COLUMNS = (
    "title",
    "description",
    "author_id",
    "author__email",
    "visibility",
    "price_cents",
    "created_at",
    "updated_at",
    "deleted_at",
)
_HAS_PRICE = {"true": Q(price_cents__isnull=False), "false": Q(price_cents__isnull=True)}


@dataclass(frozen=True, slots=True)
class TagOfResource:
    """A live tag that a resource is filed under."""

    id: UUID
    name: str
    slug: str


@dataclass(frozen=True, slots=True)
class FileOfResource:
    """A version, with the address of its file."""

    id: UUID
    version_number: int
    file_url: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AdministeredResource:
    """A whole resource, the newest version first."""

    id: UUID
    title: str
    description: str
    author_id: UUID
    author_email: str
    visibility: Visibility
    price_cents: int | None
    tags: tuple[TagOfResource, ...]
    versions: tuple[FileOfResource, ...]
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceFilters:
    """What to list, in a client's words. Of several tags one is enough."""

    author_id: str | None = None
    visibility: str | None = None
    has_price: str | None = None
    search: str | None = None
    tag_ids: Sequence[str] = ()
    include_deleted: bool = False


@timed_read
def get_administered_resources(
    filters: ResourceFilters | None = None, *, page: PageRequest = FIRST_PAGE
) -> Listing[AdministeredResource]:
    """The newest first. Four queries; one where the page is empty."""
    rows = _filtered(filters or ResourceFilters())
    return listing_of(rows, page, load=_loaded, to_item=_to_item)


@timed_read
def get_administered_resource(
    resource_id: UUID, *, include_deleted: bool = False
) -> AdministeredResource:
    """Three queries; one where there is none. Raises ResourceNotFound."""
    rows = _loaded(_all(include_deleted=include_deleted).filter(pk=resource_id))
    resource = rows.first()
    if resource is None:
        raise ResourceNotFound
    return _to_item(resource)


def _all(*, include_deleted: bool) -> ResourceQuerySet:
    rows = ResourceQuerySet(Resource)
    return rows if include_deleted else rows.active()


def _filtered(filters: ResourceFilters) -> QuerySet[Resource]:
    rows = _all(include_deleted=filters.include_deleted).filter(
        by_id("author_id", filters.author_id),
        by_word("visibility", filters.visibility, Visibility),
    )
    if filters.has_price is not None:
        rows = rows.filter(_HAS_PRICE.get(filters.has_price, Q(pk__in=())))
    if filters.tag_ids:
        tag_ids = [tag_id for text in filters.tag_ids if (tag_id := known_id(text))]
        filed = Resource.tags.through._default_manager.filter(
            resource_id=OuterRef("pk"), tag_id__in=tag_ids
        )
        rows = rows.filter(Exists(filed)) if tag_ids else rows.none()
    return by_part(rows, "title", filters.search)


def _loaded(rows: QuerySet[Resource]) -> QuerySet[Resource]:
    tags: Prefetch[Any] = Prefetch(
        "tags", queryset=Tag.objects.only("name", "slug").fetch_mode(FETCH_RAISE)
    )
    versions: Prefetch[Any] = Prefetch(
        "versions",
        queryset=ResourceVersion.objects.order_by("-version_number").fetch_mode(FETCH_RAISE),
    )
    return (
        rows.select_related("author")
        .only(*_COLUMNS)
        .prefetch_related(tags, versions)
        .fetch_mode(FETCH_RAISE)
    )


def _to_item(resource: Resource) -> AdministeredResource:
    return AdministeredResource(
        id=resource.pk,
        title=resource.title,
        description=resource.description,
        author_id=resource.author_id,
        author_email=resource.author.email,
        visibility=Visibility(resource.visibility),
        price_cents=resource.price_cents,
        tags=tuple(
            TagOfResource(id=tag.pk, name=tag.name, slug=tag.slug) for tag in resource.tags.all()
        ),
        versions=tuple(
            FileOfResource(
                id=version.pk,
                version_number=version.version_number,
                file_url=version.file_url,
                created_at=version.created_at,
            )
            for version in resource.versions.all()
        ),
        created_at=resource.created_at,
        updated_at=resource.updated_at,
        deleted_at=resource.deleted_at,
    )
