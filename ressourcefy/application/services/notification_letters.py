"""What the mails say that one can do without, in the language that is active."""

from django.utils.translation import gettext as _

from application.services.letters import Letter
from users.types import Role


def reply_letter(*, username: str, resource_title: str, link: str, unsubscribe_link: str) -> Letter:
    """Somebody replied to the reader's comment; what they said is read on the site."""
    return Letter(
        subject=_("Somebody replied to your comment"),
        paragraphs=[
            _("%(username)s replied to your comment on “%(title)s”.")
            % {"username": username, "title": resource_title},
        ],
        button=_("Open Ressourcefy"),
        link=link,
        notes=[],
        unsubscribe_link=unsubscribe_link,
    )


def comment_letter(
    *, username: str, resource_title: str, link: str, unsubscribe_link: str
) -> Letter:
    """Somebody commented on the reader's resource."""
    return Letter(
        subject=_("Somebody commented on your resource"),
        paragraphs=[
            _("%(username)s commented on your resource “%(title)s”.")
            % {"username": username, "title": resource_title},
        ],
        button=_("Open Ressourcefy"),
        link=link,
        notes=[],
        unsubscribe_link=unsubscribe_link,
    )


def role_decision_letter(
    *, role: Role, is_approved: bool, reason: str, link: str, unsubscribe_link: str
) -> Letter:
    """The reader's request for a role was decided, perhaps with a reason."""
    words = {"role": role_in_words(role)}
    if is_approved:
        paragraphs = [
            _("Your request was approved. Your role is now: %(role)s.") % words,
            _("Sign in again to use it."),
        ]
    else:
        paragraphs = [
            _("Your request for the role “%(role)s” was not approved.") % words,
            _("Your account stays as it is."),
        ]
    if reason:
        paragraphs.insert(1, _("Reason: %(reason)s") % {"reason": reason})
    return Letter(
        subject=_("Your role request was decided"),
        paragraphs=paragraphs,
        button=_("Open Ressourcefy"),
        link=link,
        notes=[],
        unsubscribe_link=unsubscribe_link,
    )


def role_in_words(role: Role) -> str:
    """What a role that one can ask for is called."""
    return {Role.CONTRIBUTOR: _("contributor"), Role.MODERATOR: _("moderator")}[role]
