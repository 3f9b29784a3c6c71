"""Settings of mail: Resend if it has a key, else SMTP if it has a host, else files or the log."""

from email.utils import parseaddr
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from ressourcefy.settings.base import DATA_DIR, DEBUG, OUTBOX_HANDLER_TIMEOUT_SECONDS
from ressourcefy.settings.env import boolean, integer, stop, text, web_address

RESEND_API_KEY = text("RESEND_API_KEY")
RESEND_API_URL = web_address("RESEND_API_URL", "https://api.resend.com")
_OUR_ADDRESS = "no-reply@ressourcefy.dev"
DEFAULT_FROM_EMAIL = text("DEFAULT_FROM_EMAIL", _OUR_ADDRESS)
try:
    # Our own is known to be one: the validator takes longer to load than all other settings.
    if DEFAULT_FROM_EMAIL != _OUR_ADDRESS:
        validate_email(parseaddr(DEFAULT_FROM_EMAIL)[1])
except ValidationError:
    stop("DEFAULT_FROM_EMAIL: is not a mail address, alone or as Name <address>.")
EMAIL_TIMEOUT_SECONDS = integer("EMAIL_TIMEOUT_SECONDS", 10, least=1)
if EMAIL_TIMEOUT_SECONDS >= OUTBOX_HANDLER_TIMEOUT_SECONDS:
    stop("EMAIL_TIMEOUT_SECONDS: has to be below OUTBOX_HANDLER_TIMEOUT_SECONDS.")
MAILBOX_DIR = DATA_DIR / "mailbox"

_host = text("EMAIL_HOST")
_smtp_options = {
    "host": _host,
    "port": integer("EMAIL_PORT", 587, least=1, most=65_535),
    "username": text("EMAIL_HOST_USER"),
    "password": text("EMAIL_HOST_PASSWORD"),
    "use_tls": boolean("EMAIL_USE_TLS", default=True),
    "timeout": EMAIL_TIMEOUT_SECONDS,
}


def _mailer() -> dict[str, Any]:
    if _host:
        return {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": _smtp_options}
    if DEBUG:
        return {
            "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "OPTIONS": {"file_path": str(MAILBOX_DIR)},
        }
    # No provider is configured: the email service writes one line to the log for each mail.
    return {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}


MAILERS = {"default": _mailer()}
# Whether mails reach anything but the log.
MAIL_IS_DELIVERED = bool(RESEND_API_KEY or _host or DEBUG)
# Django sees a mailer that delivers nothing, and cannot know of Resend's SDK; application.W001
# says the same where it is true.
SILENCED_SYSTEM_CHECKS = ["mail.E001"]
