"""Bring a deleted subject back."""

from django.db import transaction

from application.dto.commands import RestoreTagCommand
from application.dto.results import ContentStanding
from application.exceptions import AdministratorsOnly
from application.policies.account_policy import can_keep_tags
from core.services.audit import audit_change
from core.services.tags import lock_tag, restore_tag


class RestoreTag:
    """Raises AccessDenied, TagNotFound unless the tag is deleted, or TagTaken."""

    @transaction.atomic
    def execute(self, command: RestoreTagCommand) -> ContentStanding:
        if not can_keep_tags(command.user):
            raise AdministratorsOnly
        tag = lock_tag(command.tag_id, is_deleted=True)

        restore_tag(tag)
        audit_change(
            entity=tag,
            action="UPDATE",
            actor=command.user,
            before={"is_deleted": True},
            after={"is_deleted": False},
        )
        return ContentStanding(object_id=tag.pk, is_deleted=False)
