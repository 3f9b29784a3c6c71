"""Make a subject."""

from django.db import transaction

from application.dto.commands import CreateTagCommand
from application.dto.results import KeptTag
from application.exceptions import AdministratorsOnly
from application.policies.account_policy import can_keep_tags
from core.services.audit import audit_change
from core.services.tags import create_tag


class CreateTag:
    """Raises AccessDenied, or InvalidInput for a name that is none or taken."""

    @transaction.atomic
    def execute(self, command: CreateTagCommand) -> KeptTag:
        if not can_keep_tags(command.user):
            raise AdministratorsOnly

        tag = create_tag(command.name)
        audit_change(
            entity=tag,
            action="CREATE",
            actor=command.user,
            after={"name": tag.name, "slug": tag.slug},
        )
        return KeptTag(tag_id=tag.pk, name=tag.name, slug=tag.slug)
