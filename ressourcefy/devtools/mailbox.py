"""The mails that were sent in development: files that Django's file-based mailer wrote."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

# The mailer ends each message with this line; it appends all messages of a process to one file.
_END_OF_MAIL = b"\n" + b"-" * 79 + b"\n"
_FILE_NAME = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9]+\.log")


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail; `file` and `number` name it."""

    file: str
    number: int
    sent_at: datetime
    sender: str
    to: str
    subject: str
    text: str
    html: str


def mails_in(directory: Path) -> list[Mail]:
    """All mails, newest first."""
    if not directory.is_dir():
        return []
    files = sorted(path for path in directory.iterdir() if _FILE_NAME.fullmatch(path.name))
    mails = [mail for path in files for mail in _mails_of(path)]
    return sorted(mails, key=lambda mail: (mail.sent_at, mail.file, mail.number), reverse=True)


def find_mail(directory: Path, *, file: str, number: int) -> Mail | None:
    """The mail of that name, if there is one."""
    if not _FILE_NAME.fullmatch(file) or not (directory / file).is_file():
        return None
    return next((mail for mail in _mails_of(directory / file) if mail.number == number), None)


def _mails_of(path: Path) -> Iterator[Mail]:
    # What follows the last separator is nothing, or a mail that is still being written.
    for number, source in enumerate(path.read_bytes().split(_END_OF_MAIL)[:-1]):
        message = message_from_bytes(source, policy=policy.default)
        yield Mail(
            file=path.name,
            number=number,
            sent_at=_moment(message, path),
            sender=str(message["From"] or ""),
            to=str(message["To"] or ""),
            subject=str(message["Subject"] or ""),
            text=_body(message, "plain"),
            html=_body(message, "html"),
        )


def _moment(message: EmailMessage, path: Path) -> datetime:
    date = getattr(message["Date"], "datetime", None)
    if isinstance(date, datetime):
        return date.astimezone(UTC)
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    content = part.get_content() if part is not None else ""
    return content if isinstance(content, str) else ""
