"""Take a subject out of use."""

from django.db import transaction

from application.dto.commands import DeleteTagCommand
from application.dto.results import ContentStanding
from application.exceptions import AdministratorsOnly
from application.policies.account_policy import can_keep_tags
from core.services.audit import audit_change
from core.services.tags import lock_tag


class DeleteTag:
    """Soft: resources and interests keep it, nobody sees it, and its name is free.

    Raises AccessDenied, or TagNotFound, for a deleted one as well.
    """

    @transaction.atomic
    def execute(self, command: DeleteTagCommand) -> ContentStanding:
        if not can_keep_tags(command.user):
            raise AdministratorsOnly
        tag = lock_tag(command.tag_id)

        tag.delete()
        audit_change(
            entity=tag,
            action="DELETE",
            actor=command.user,
            before={"is_deleted": False},
            after={"is_deleted": True},
        )
        return ContentStanding(object_id=tag.pk, is_deleted=True)
