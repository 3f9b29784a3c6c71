"""What the mails say that follow from what administrators do, in the language that is active."""

from datetime import datetime

from django.utils.translation import gettext as _

from application.services.letters import Letter, moment_in_words


def invitation_letter(
    *, username: str, made_at: datetime, link: str, expires_at: datetime
) -> Letter:
    """Lets somebody choose a password for an account that was made for them."""
    return Letter(
        subject=_("An account at Ressourcefy was made for you"),
        paragraphs=[
            _("An administrator made an account with this address on %(time)s.")
            % {"time": moment_in_words(made_at)},
            _("Its user name is “%(username)s”. Choose a password to use it.")
            % {"username": username},
        ],
        button=_("Choose a password"),
        link=link,
        notes=[
            _("The link works once, until %(time)s. Later, ask for a new one on the sign-in page.")
            % {"time": moment_in_words(expires_at)},
            _("If you expected no account, ignore this mail: nobody can use it."),
        ],
    )


def staff_password_letter(
    *, username: str, password: str, changed_at: datetime, link: str, expires_at: datetime | None
) -> Letter:
    """Holds a password that an administrator had made.

    `expires_at` is the end of a link to choose another one; without it the link leads to the
    sign-in page.
    """
    return Letter(
        subject=_("Your new Ressourcefy password"),
        paragraphs=[
            _(
                "An administrator gave your account “%(username)s” a new password on %(time)s. "
                "All sessions have ended."
            )
            % {"username": username, "time": moment_in_words(changed_at)},
            _("Your password is: %(password)s") % {"password": password},
            _("Choose one of your own soon, because this one stood in a mail."),
        ],
        button=_("Choose a password") if expires_at else _("Go to the sign-in page"),
        link=link,
        notes=[
            *(
                [
                    _("The link works once, until %(time)s. The password works without it.")
                    % {"time": moment_in_words(expires_at)}
                ]
                if expires_at
                else []
            ),
            _("If you did not ask for this, tell whoever looks after your Ressourcefy."),
        ],
    )
