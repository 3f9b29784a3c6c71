"""Add a file to a resource as its next version."""

from django.db import transaction
from django.db.models import Max

from resources.models import Resource, ResourceVersion
from resources.services.content import checked_file_url


@transaction.atomic
def create_resource_version(resource: Resource, file_url: str) -> ResourceVersion:
    """The new version. Numbers are 1, 2, 3 without a gap, however many are added at once.

    Raises InvalidInput for an address that is not allowed, and ResourceNotFound if the resource was
    deleted meanwhile.
    """
    file_url = checked_file_url(file_url)
    locked = Resource.objects.locked().require(resource.pk)
    latest = locked.versions.aggregate(latest=Max("version_number"))["latest"] or 0
    return ResourceVersion.objects.create(
        resource=resource, version_number=latest + 1, file_url=file_url
    )
