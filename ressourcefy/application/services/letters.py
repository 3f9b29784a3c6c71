"""What the mails say, in the language that is active, as text and as HTML.

A letter is a list of sentences, so that both forms always say the same. User names enter it as they
are; the HTML template escapes them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail before it is laid out: what happened, one thing to do about it, what else to know."""

    subject: str
    paragraphs: list[str]
    button: str
    link: str
    notes: list[str]
    unsubscribe_link: str = ""

    def as_text(self) -> str:
        """The plain text, with the link on a line of its own."""
        return render_to_string("emails/letter.txt", {"letter": self})

    def as_html(self) -> str:
        """The HTML document; it loads nothing from anywhere."""
        return render_to_string("emails/letter.html", {"letter": self, "language": get_language()})


def activation_letter(
    *, username: str, registered_at: datetime, link: str, expires_at: datetime
) -> Letter:
    """Asks whoever owns the address to confirm it.

    It names the user name and the time, because somebody else may have registered the address.
    """
    return Letter(
        subject=_("Activate your Ressourcefy account"),
        paragraphs=[
            _("An account named “%(username)s” was registered with this address on %(time)s.")
            % {"username": username, "time": moment_in_words(registered_at)},
            _("Confirm that the address is yours to activate the account."),
        ],
        button=_("Activate the account"),
        link=link,
        notes=[
            _("The link works until %(time)s. Asking for a new one ends it.")
            % {"time": moment_in_words(expires_at)},
            _(
                "Is this not you, or not the name you chose? Then do not use the link: nobody can "
                "use the account until it is activated, and you can register with this address "
                "yourself."
            ),
        ],
    )


def welcome_letter(*, username: str, link: str) -> Letter:
    """Says that the account is active, and what comes next."""
    return Letter(
        subject=_("Welcome to Ressourcefy"),
        paragraphs=[
            _("Your account “%(username)s” is active.") % {"username": username},
            _("Sign in, complete your profile and choose your interests to get started."),
        ],
        button=_("Sign in"),
        link=link,
        notes=[],
    )


def password_reset_letter(
    *, username: str, requested_at: datetime, link: str, expires_at: datetime
) -> Letter:
    """Lets the owner of the address choose a new password."""
    return Letter(
        subject=_("Reset your Ressourcefy password"),
        paragraphs=[
            _("A new password for your account “%(username)s” was asked for on %(time)s.")
            % {"username": username, "time": moment_in_words(requested_at)},
        ],
        button=_("Choose a new password"),
        link=link,
        notes=[
            _("The link works once, until %(time)s. Asking for a new one ends it.")
            % {"time": moment_in_words(expires_at)},
            _("If this was not you, ignore this mail: your password stays as it is."),
        ],
    )


def password_changed_letter(*, username: str, changed_at: datetime, link: str) -> Letter:
    """Warns the owner, in case somebody else changed the password."""
    return Letter(
        subject=_("Your Ressourcefy password was changed"),
        paragraphs=[
            _("The password of your account “%(username)s” was changed on %(time)s.")
            % {"username": username, "time": moment_in_words(changed_at)},
            _("Sessions that were opened with the old password have ended."),
        ],
        button=_("Go to the sign-in page"),
        link=link,
        notes=[
            _(
                "If this was not you, ask for a password reset on the sign-in page at once, and "
                "change the password of your mailbox as well."
            ),
        ],
    )


def new_device_letter(
    *, username: str, device: str, ip_address: str | None, signed_in_at: datetime, link: str
) -> Letter:
    """Warns the owner of a sign-in on a device that the account has not used lately."""
    return Letter(
        subject=_("New sign-in to your Ressourcefy account"),
        paragraphs=[
            _("Somebody signed in to your account “%(username)s” on %(time)s, on a new device.")
            % {"username": username, "time": moment_in_words(signed_in_at)},
            _device(device),
            *([_("Network address: %(address)s") % {"address": ip_address}] if ip_address else []),
        ],
        button=_("Go to the sign-in page"),
        link=link,
        notes=[
            _("If this was you, there is nothing to do."),
            _(
                "If this was not you, choose a new password on the sign-in page at once: that ends "
                "all sessions."
            ),
        ],
    )


def session_ended_letter(*, username: str, device: str, ended_at: datetime, link: str) -> Letter:
    """Says why the owner has to sign in again, and what it may mean."""
    return Letter(
        subject=_("A session of your Ressourcefy account was ended"),
        paragraphs=[
            _("A session of your account “%(username)s” was ended on %(time)s.")
            % {"username": username, "time": moment_in_words(ended_at)},
            _device(device),
            _(
                "What keeps it open was used twice, so somebody else may have a copy. Sign in "
                "again to go on."
            ),
        ],
        button=_("Go to the sign-in page"),
        link=link,
        notes=[
            _(
                "If you notice anything that you did not do, choose a new password: that ends all "
                "sessions."
            ),
        ],
    )


def _device(device: str) -> str:
    return _("Device: %(device)s") % {"device": device or _("unknown")}


def moment_in_words(time: datetime) -> str:
    """A time in words and in UTC: we do not know where the reader is."""
    return f"{date_format(time.astimezone(UTC), 'j F Y, H:i', use_l10n=False)} UTC"
