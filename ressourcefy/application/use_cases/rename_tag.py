"""Give a subject another name."""

from django.db import transaction

from application.dto.commands import RenameTagCommand
from application.dto.results import KeptTag
from application.exceptions import AdministratorsOnly
from application.policies.account_policy import can_keep_tags
from core.services.audit import audit_change
from core.services.tags import lock_tag, rename_tag


class RenameTag:
    """Its slug follows. Nothing is recorded where nothing differs.

    Raises AccessDenied, TagNotFound, or InvalidInput for a name that is none or taken.
    """

    @transaction.atomic
    def execute(self, command: RenameTagCommand) -> KeptTag:
        if not can_keep_tags(command.user):
            raise AdministratorsOnly
        tag = lock_tag(command.tag_id)

        before = {"name": tag.name, "slug": tag.slug}
        if rename_tag(tag, command.name):
            audit_change(
                entity=tag,
                action="UPDATE",
                actor=command.user,
                before=before,
                after={"name": tag.name, "slug": tag.slug},
            )
        return KeptTag(tag_id=tag.pk, name=tag.name, slug=tag.slug)
