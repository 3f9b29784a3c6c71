"""Sending one mail: by Resend, by Django's mailers, or as a line in the log (`docs/mail.md`).

Every failure is sorted into one of two: it may pass (RetryLater) or it will not (PermanentFailure).
"""

import logging
import re
import smtplib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from typing import Any, NoReturn

import requests
import resend
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, mailers
from django.core.mail.backends.dummy import EmailBackend as NoMailer
from resend.exceptions import ResendError

from core.metrics import MailOutcome, count_mail
from core.outbox import PermanentFailure, RetryLater

logger = logging.getLogger(__name__)

# RFC 3834: no automatic reply wanted, and none from us to those that come.
_STANDARD_HEADERS = {"Auto-Submitted": "auto-generated"}

# What Resend's error page lists under these is wrong with this one mail, and will stay so.
_REFUSED_MAIL_STATUSES = frozenset({400, 413, 422, 451})
_BUSY_STATUSES = frozenset({408, 409, 425, 429})
_FIRST_FAULT_OF_THEIRS = 500
_FIRST_FINAL_SMTP_REPLY = 500
_LONGEST_CONNECT_SECONDS = 3
_SECONDS = re.compile(r"[0-9]{1,6}")
_LARGEST_ANSWER_BYTES = 100_000


def send_email(
    to: str,
    subject: str,
    message: str,
    html_message: str | None = None,
    *,
    idempotency_key: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Hand one mail to the configured provider.

    With the same `idempotency_key` Resend delivers once within 24 hours. Over SMTP the key becomes
    the Message-ID, by which many mailboxes drop a second copy, so a crash at the wrong moment can
    double a mail there. Raises RetryLater or PermanentFailure, whose messages hold no address.
    """
    mail = _Mail(
        to=to,
        subject=subject,
        text=message,
        html=html_message,
        key=idempotency_key,
        headers=_STANDARD_HEADERS | dict(headers or {}),
    )
    try:
        _refuse_line_breaks(to, subject, *mail.headers, *mail.headers.values())
        outcome = _send_by_resend(mail) if settings.RESEND_API_KEY else _send_by_mailer(mail)
    except PermanentFailure:
        count_mail(MailOutcome.REFUSED)
        raise
    except RetryLater:
        count_mail(MailOutcome.RETRY)
        raise
    count_mail(outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mail:
    to: str
    subject: str
    text: str
    html: str | None
    key: str | None
    headers: dict[str, str]


def _refuse_line_breaks(*values: str) -> None:
    if any("\r" in value or "\n" in value for value in values):
        raise PermanentFailure("A header of the mail holds a line break.")


def _alarm(reason: str, cause: Exception | None) -> NoReturn:
    """Trouble that passes when the operator has put a setting right."""
    logger.error(
        "The mail provider refuses our settings; mails wait until that is fixed.",
        extra={"reason": reason},
    )
    raise RetryLater(f"The mail provider refuses our settings: {reason}.") from cause


# Resend -------------------------------------------------------------------------------------------


def _send_by_resend(mail: _Mail) -> MailOutcome:
    # The SDK is configured by its module's variables; every thread sets them to the same values.
    resend.api_key = settings.RESEND_API_KEY
    resend.api_url = settings.RESEND_API_URL.rstrip("/")
    resend.default_http_client = _DeadlineClient(settings.EMAIL_TIMEOUT_SECONDS)
    body: resend.Emails.SendParams = {
        "from": settings.DEFAULT_FROM_EMAIL,
        "to": [mail.to],
        "subject": mail.subject,
        "text": mail.text,
        "headers": mail.headers,
    }
    if mail.html:
        body["html"] = mail.html
    options: resend.Emails.SendOptions = {"idempotency_key": mail.key} if mail.key else {}
    try:
        answer = resend.Emails.send(body, options)
    except ResendError as error:
        _sort_resend_error(error)
    else:
        mail_id = answer.get("id")
        if not mail_id:
            _alarm("the answer names no mail", None)
        logger.info("Mail handed to Resend.", extra={"mail_id": mail_id})
    return MailOutcome.SENT


def _sort_resend_error(error: ResendError) -> None:
    """Raise what the error means; return if the mail had been delivered before.

    https://resend.com/docs/api-reference/errors
    """
    status, name = int(error.code), str(error.error_type)[:60]
    reason = f"{status} {name}"
    if name == "invalid_idempotent_request":
        # The mail of this key went out with other words, say before the language changed.
        logger.info("Resend had this mail already, with another text.")
        return
    if status in _BUSY_STATUSES or status >= _FIRST_FAULT_OF_THEIRS:
        raise RetryLater(
            f"The mail provider is busy or away: {reason}.", after=_asked_wait(error.headers)
        ) from error
    about_sender = name == "invalid_from_address" or "`from`" in str(error.message)
    if status in _REFUSED_MAIL_STATUSES and not about_sender:
        raise PermanentFailure(f"The mail provider refused the mail: {reason}.") from error
    _alarm(reason, error)


def _asked_wait(headers: Mapping[str, str]) -> timedelta | None:
    """The wait that the provider asks for in seconds (RFC 9110, section 10.2.3)."""
    seconds = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    return timedelta(seconds=int(seconds)) if _SECONDS.fullmatch(seconds) else None


class _DeadlineClient(resend.HTTPClient):
    """The HTTP client of the SDK with an end to the whole answer, not to each read of it.

    Redirects are not followed: a POST would turn into a GET, and its answer look like success.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout

    def request(  # noqa: PLR0917 - the SDK's signature
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        json: Any = None,
        files: dict[str, Any] | None = None,
        data: dict[str, str] | None = None,
    ) -> tuple[bytes, int, Mapping[str, str]]:
        deadline = time.monotonic() + self._timeout
        with requests.request(
            method,
            url,
            headers=headers,
            json=json,
            timeout=(min(_LONGEST_CONNECT_SECONDS, self._timeout), self._timeout),
            allow_redirects=False,
            stream=True,
        ) as response:
            body = bytearray()
            # A larger read would wait for that many bytes, for the time-out between each two.
            for byte in response.iter_content(chunk_size=1):
                body += byte
                if time.monotonic() > deadline or len(body) > _LARGEST_ANSWER_BYTES:
                    raise TimeoutError("The answer took too long, or was too long.")
            return bytes(body), response.status_code, response.headers


# Django's mailers ---------------------------------------------------------------------------------


def _send_by_mailer(mail: _Mail) -> MailOutcome:
    headers = dict(mail.headers)
    if mail.key:
        domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
        headers["Message-ID"] = f"<{mail.key}@{domain}>"
    message = EmailMultiAlternatives(mail.subject, mail.text, to=[mail.to], headers=headers)
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    try:
        mailer = mailers.default
        if isinstance(mailer, NoMailer):
            logger.warning(
                "Mail not sent: no provider is configured.", extra={"subject": mail.subject}
            )
            return MailOutcome.NOT_CONFIGURED
        sent = mailer.send_messages([message])
    except smtplib.SMTPException as error:
        _sort_smtp_error(error)
    except OSError as error:
        raise RetryLater(f"The mail server is away: {type(error).__name__}.") from error
    except ImproperlyConfigured as error:
        _alarm(type(error).__name__, error)
    except ValueError as error:
        raise PermanentFailure("The mail cannot be written: an address is not valid.") from error
    else:
        if not sent:
            raise PermanentFailure("The mail has no recipient.")
    return MailOutcome.SENT


def _sort_smtp_error(error: smtplib.SMTPException) -> NoReturn:
    """4yz is passing and 5yz is final (RFC 5321, section 4.2.1), unless it is about ourselves."""
    match error:
        case smtplib.SMTPRecipientsRefused(recipients=refused):
            status = max(code for code, _ in refused.values())
            refused_mail = True
        case smtplib.SMTPResponseException(smtp_code=status):
            # The sender, the sign-in and the greeting are about us; only data are about the mail.
            refused_mail = isinstance(error, smtplib.SMTPDataError)
        case smtplib.SMTPNotSupportedError():
            _alarm(type(error).__name__, error)
        case _:
            raise RetryLater(f"The mail server is away: {type(error).__name__}.") from error
    if status < _FIRST_FINAL_SMTP_REPLY:
        raise RetryLater(f"The mail server asks to wait: {status}.") from error
    if refused_mail:
        raise PermanentFailure(f"The mail server refused the mail: {status}.") from error
    _alarm(f"{status} {type(error).__name__}", error)
