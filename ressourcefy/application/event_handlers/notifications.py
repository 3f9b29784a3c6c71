"""Mails about what others do with one's comments, resources and requests (`docs/mail.md`).

One can do without each of them: they follow the person's choices and bear a link that ends them.
Nobody is told of their own deeds. Handlers look at the rows as they are now; what was deleted,
hidden or shut to the reader since is not mailed.
"""

from collections.abc import Callable

from application.dto.events import EventType
from application.services.letters import Letter
from application.services.mailing import send_notification
from application.services.notification_letters import (
    comment_letter,
    reply_letter,
    role_decision_letter,
)
from application.services.web_links import home_link
from core.outbox import Event, HandlerKind, handles
from interactions.models import Comment
from resources.services.access import has_access
from users.models import RoleRequest, User
from users.services.notifications import wants
from users.types import Notification, Role, RoleRequestStatus

type CommentLetter = Callable[..., Letter]


@handles(EventType.COMMENT_CREATED, HandlerKind.EXTERNAL)
def send_reply_email(event: Event) -> None:
    """Tells whose comment was replied to."""
    comment = _shown_comment(event)
    if comment is not None and comment.parent is not None and comment.parent.is_shown:
        _tell(event, comment, comment.parent.author, Notification.ON_REPLY, reply_letter)


@handles(EventType.COMMENT_CREATED, HandlerKind.EXTERNAL)
def send_comment_email(event: Event) -> None:
    """Tells whose resource was commented on, unless the same person is told of a reply."""
    comment = _shown_comment(event)
    if comment is None:
        return
    owner = comment.resource.author
    is_told_of_reply = (
        comment.parent is not None
        and comment.parent.is_shown
        and comment.parent.author_id == owner.pk
        and wants(owner, Notification.ON_REPLY)
    )
    if not is_told_of_reply:
        _tell(event, comment, owner, Notification.ON_COMMENT, comment_letter)


@handles(EventType.USER_ROLE_REQUEST_DECIDED, HandlerKind.EXTERNAL)
def send_role_decision_email(event: Event) -> None:
    """Tells whoever asked what became of it."""
    request = (
        RoleRequest.objects.select_related("user")
        .exclude(status=RoleRequestStatus.PENDING)
        .filter(pk=event.payload["role_request_id"])
        .first()
    )
    if request is None or request.decided_by_id == request.user_id:
        return
    if not _can_be_told(request.user, Notification.ON_ROLE_DECISION):
        return
    send_notification(
        event,
        request.user,
        Notification.ON_ROLE_DECISION,
        lambda unsubscribe_link: role_decision_letter(
            role=Role(request.requested_role),
            is_approved=request.status == RoleRequestStatus.APPROVED,
            reason=request.decision_reason,
            link=home_link(),
            unsubscribe_link=unsubscribe_link,
        ),
    )


def _tell(
    event: Event, comment: Comment, reader: User, kind: Notification, write: CommentLetter
) -> None:
    if reader.pk == comment.author_id or not _can_be_told(reader, kind):
        return
    if not has_access(reader, comment.resource):
        return
    send_notification(
        event,
        reader,
        kind,
        lambda unsubscribe_link: write(
            username=comment.author.profile.username,
            resource_title=comment.resource.title,
            link=home_link(),
            unsubscribe_link=unsubscribe_link,
        ),
    )


def _shown_comment(event: Event) -> Comment | None:
    """The comment of the event, while readers see it and its author is not shut out."""
    comment = (
        Comment.objects.shown()
        .select_related("author__profile", "resource__author", "parent__author")
        .filter(pk=event.payload["comment_id"])
        .first()
    )
    return comment if comment is not None and _is_live(comment.author) else None


def _can_be_told(user: User, kind: Notification) -> bool:
    return _is_live(user) and wants(user, kind)


def _is_live(user: User) -> bool:
    return user.is_active and user.is_activated and not user.is_deleted
