"""Publish a resource in somebody else's name."""

from django.db import transaction

from application.dto.commands import PublishForAuthorCommand
from application.dto.results import PublishedForAuthor
from application.exceptions import AdministratorsOnly
from application.policies.account_policy import can_edit_content
from application.services.resource_changes import publish
from users.exceptions import UserNotFound
from users.models import User


class PublishForAuthor:
    """What `CreateResource` is for authors, for administrators; the author may have any role.

    Raises AccessDenied, UserNotFound for an unknown or deleted author, InvalidInput for text that
    is not allowed, and InvalidAction where price, visibility and tags do not fit.
    """

    @transaction.atomic
    def execute(self, command: PublishForAuthorCommand) -> PublishedForAuthor:
        if not can_edit_content(command.user):
            raise AdministratorsOnly
        author = User.objects.filter(pk=command.author_id).first()
        if author is None:
            raise UserNotFound

        resource = publish(
            actor=command.user,
            author=author,
            title=command.title,
            description=command.description,
            visibility=command.visibility,
            price_cents=command.price_cents,
            tag_ids=tuple(dict.fromkeys(command.tag_ids)),
        )
        return PublishedForAuthor(
            resource_id=resource.pk, title=resource.title, author_id=author.pk
        )
