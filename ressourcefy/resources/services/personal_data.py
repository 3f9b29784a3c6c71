"""What the tables of this app hold about one person (`docs/privacy.md`)."""

from uuid import UUID

from core.services.personal_data import Sections, records_of
from resources.models import Resource, ResourceProgress, ResourceVersion, ResourceVote


def personal_data(user_id: UUID) -> Sections:
    """What was published, deleted things too, and what was read and voted on."""
    tags = Resource.tags.through.objects.filter(resource__author_id=user_id)
    return {
        "resources": records_of(Resource.all_objects.filter(author_id=user_id)),
        "resource_tags": tags.order_by("pk").values("resource_id", "tag_id", "tag__name"),
        "resource_versions": records_of(
            ResourceVersion.objects.filter(resource__author_id=user_id)
        ),
        "resource_votes": records_of(ResourceVote.objects.filter(user_id=user_id)),
        "progress": records_of(ResourceProgress.objects.filter(user_id=user_id)),
    }
