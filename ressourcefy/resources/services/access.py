"""Questions to the rule of who may open a resource (`resources.models.access`)."""

from datetime import timedelta
from functools import cache
from uuid import UUID

from django.conf import settings

from core.database.compiled import in_sql
from resources.exceptions import ResourceLocked, ResourceNotFound
from resources.models import Resource, ResourceQuerySet
from resources.models.access import Viewer, is_secret
from users.models import User
from users.types import Role

# Stands for whoever looks, until a statement is run.
_SOMEBODY = UUID(int=0)


def has_access(viewer: Viewer, resource: Resource) -> bool:
    """Whether `viewer` may open the resource; nobody opens a deleted one.

    A resource that `find_for` found for the same viewer knows the answer; of any other the database
    is asked.
    """
    if resource.is_found_for(viewer):
        return resource.is_open
    return Resource.objects.visible_for(viewer).filter(pk=resource.pk).exists()


def find_for(
    viewer: Viewer, resource_id: UUID, *, among: ResourceQuerySet | None = None
) -> Resource:
    """A live resource that `viewer` may know of, in one query.

    Raises ResourceNotFound for an unknown, deleted or somebody else's private one.
    """
    resources = Resource.objects.get_queryset() if among is None else among
    resource = resources.with_access(viewer).require(resource_id)
    if not resource.is_open and is_secret(resource.visibility):
        raise ResourceNotFound
    return resource


def seen_in_sql(viewer: User) -> str:
    """What `find_for` asks, as the text of a query with the parameter `viewer`, for statements.

    Of every live resource `id`, `visibility` and `is_open`. Nothing may be told of those that do
    not open and are secret (`is_secret`).
    """
    return _seen_in_sql(viewer.has_role(Role.ADMIN), settings.BILLING_PAST_DUE_GRACE)


@cache
def _seen_in_sql(is_admin: bool, _grace: timedelta) -> str:
    somebody = User(pk=_SOMEBODY, role=Role.ADMIN if is_admin else Role.USER)
    live = Resource.objects.get_queryset().with_access(somebody)
    columns = ["id", "visibility", "is_open"]
    return in_sql(live.values(*columns), viewer=_SOMEBODY)


def open_for(
    viewer: Viewer, resource_id: UUID, *, among: ResourceQuerySet | None = None
) -> Resource:
    """A resource that `viewer` may open, in one query.

    Raises ResourceNotFound as `find_for` does, and ResourceLocked where a right is missing; neither
    says anything about the resource.
    """
    resource = find_for(viewer, resource_id, among=among)
    if not resource.is_open:
        raise ResourceLocked
    return resource


def may_see_followers(viewer: User, resource: Resource) -> bool:
    """Whether `viewer` may see who reads the resource, and how far they are.

    Its author, while CONTRIBUTOR or above, and administrators.
    """
    is_author = resource.author_id == viewer.pk
    return viewer.has_role(Role.ADMIN) or (is_author and viewer.has_role(Role.CONTRIBUTOR))
