"""Make two subjects one."""

from django.db import transaction

from application.dto.commands import MergeTagsCommand
from application.dto.results import MergedTags
from application.exceptions import AdministratorsOnly
from application.policies.account_policy import can_keep_tags
from core.services.audit import audit_change
from core.services.tags import lock_tags_to_merge
from resources.services.live_tags import refile_resources
from users.services.onboarding import refile_interests


class MergeTags:
    """What is filed under the source is filed under the target, once; the source is deleted.

    Raises AccessDenied, TagNotFound, or InvalidAction for twice the same tag or a deleted target.
    """

    @transaction.atomic
    def execute(self, command: MergeTagsCommand) -> MergedTags:
        if not can_keep_tags(command.user):
            raise AdministratorsOnly
        source, target = lock_tags_to_merge(
            source_id=command.source_tag_id, target_id=command.target_tag_id
        )

        resources = refile_resources(source, target)
        interests = refile_interests(source, target)
        source.delete()
        audit_change(
            entity=source,
            action="DELETE",
            actor=command.user,
            before={"is_deleted": False},
            after={"is_deleted": True, "merged_into": str(target.pk)},
        )
        audit_change(
            entity=target,
            action="UPDATE",
            actor=command.user,
            after={"merged_from": str(source.pk), "resources": resources, "interests": interests},
        )
        return MergedTags(
            source_tag_id=source.pk,
            target_tag_id=target.pk,
            resources=resources,
            interests=interests,
        )
