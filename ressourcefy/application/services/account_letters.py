"""What the mails say that are about one's data as a whole, in the language that is active."""

from datetime import datetime

from django.utils.translation import gettext as _

from application.services.letters import Letter, moment_in_words


def export_letter(*, requested_at: datetime, link: str, expires_at: datetime) -> Letter:
    """Brings the link to a file with all that the product holds about the reader."""
    return Letter(
        subject=_("Your Ressourcefy data"),
        paragraphs=[
            _("The file with your data that was asked for on %(time)s is ready.")
            % {"time": moment_in_words(requested_at)},
        ],
        button=_("Download the file"),
        link=link,
        notes=[
            _(
                "The link works until %(time)s, for whoever has it: do not pass it on. It ends "
                "when you sign out everywhere or change your password."
            )
            % {"time": moment_in_words(expires_at)},
            _("If you did not ask for this, choose a new password: that ends all sessions."),
        ],
    )


def deletion_letter(*, username: str, link: str, erase_after: datetime) -> Letter:
    """Says that the account is deleted, and how to keep it after all."""
    return Letter(
        subject=_("Your Ressourcefy account is deleted"),
        paragraphs=[
            _("Your account “%(username)s” is closed, and all its sessions have ended.")
            % {"username": username},
            _("On %(time)s your address, your name and your profile will be erased for good.")
            % {"time": moment_in_words(erase_after)},
            _("Until then you can change your mind."),
        ],
        button=_("Keep the account"),
        link=link,
        notes=[
            _("What you published stays, under no name. Subscriptions have ended already."),
            _(
                "If this was not you, keep the account and choose a new password on the sign-in "
                "page at once."
            ),
        ],
    )
