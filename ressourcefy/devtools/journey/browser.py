"""What the journey sees of the product: answers to requests, and mails in the mailbox."""

import html
import http.client
import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

_TIMEOUT_SECONDS = 20
_POLL_SECONDS = 0.2
_MAIL_IN_LIST = re.compile(
    r'<a href="(?P<page>[^"]+)"><strong>(?P<subject>[^<]*)</strong></a>\s*'
    r"<span>to (?P<to>[^<]*)</span>"
)
# The file with somebody's data has its token in the path: it is opened as it is.
_TOKEN_LINK = re.compile(r'href="([^"]+(?:[?&]token=[^"]+|/user/export/[^"/]+/))"')


class StepFailed(Exception):
    """What was promised did not happen; the text says what did."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request; `text` is the body, `body` the same as JSON where it is that."""

    request: str
    status: int
    text: str
    body: dict[str, Any]

    @property
    def data(self) -> Any:
        """What stands under `data` in a success."""
        return self.body.get("data")

    @property
    def code(self) -> str:
        """The code of an error; empty for a success."""
        return str(self.body.get("error", {}).get("code", ""))

    def expect(self, status: int, code: str = "") -> "Answer":
        """This answer, if it has the status and the code of an error. Raises StepFailed."""
        if (self.status, self.code) != (status, code):
            raise StepFailed(
                f"{self.request} answered {self.status} {self.code} instead of {status} {code}"
            )
        return self


class Browser:
    """Talks HTTP to one server, as anybody could."""

    def __init__(self, base_url: str, *, patience_seconds: float) -> None:
        """`patience_seconds` is how long a mail may take."""
        self.base_url = base_url.rstrip("/")
        self._patience_seconds = patience_seconds
        self._mails_read: set[str] = set()

    def call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        token: str = "",
        headers: Mapping[str, str] = {},
    ) -> Answer:
        """Send a request with a JSON body. Raises StepFailed where nobody answers."""
        address = urlsplit(self.base_url)
        kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        connection = kinds[address.scheme](address.netloc, timeout=_TIMEOUT_SECONDS)
        headers = {"Accept": "application/json", **headers}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if token:
            headers["Authorization"] = f"Bearer {token}"
        request = f"{method} {urlsplit(path).path}"
        try:
            connection.request(
                method, path, None if body is None else json.dumps(body), headers=headers
            )
            response = connection.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException) as error:
            raise StepFailed(f"{request} got no answer ({error})") from error
        finally:
            connection.close()
        return Answer(request, response.status, text, _json_object(text))

    def link_mailed_to(self, email: str) -> str:
        """The address with a token in the newest mail to `email` that has not been read yet."""
        for page in self._mails_to(email, "with a link"):
            if link := _TOKEN_LINK.search(page):
                return urljoin(self.base_url, html.unescape(link[1]))
        raise AssertionError("mails come until patience ends")

    def mail_to(self, email: str, *, subject: str) -> str:
        """The page of the newest unread mail to `email` with that subject."""
        return next(self._mails_to(email, f"“{subject}”", subject=subject))

    def pass_over_mails(self) -> None:
        """Count what is in the mailbox as read: what is looked for is still to come."""
        mailbox = self.call("GET", "/dev/mailbox/").expect(200)
        self._mails_read |= {mail["page"] for mail in _MAIL_IN_LIST.finditer(mailbox.text)}

    def _mails_to(self, email: str, which: str, *, subject: str = "") -> Iterator[str]:
        """The pages of unread mails, the newest first; waits for more, and then StepFailed."""
        deadline = time.monotonic() + self._patience_seconds
        while True:
            mailbox = self.call("GET", "/dev/mailbox/").expect(200)
            for mail in _MAIL_IN_LIST.finditer(mailbox.text):
                is_other = subject and html.unescape(mail["subject"]) != subject
                if (
                    html.unescape(mail["to"]) != email
                    or is_other
                    or mail["page"] in self._mails_read
                ):
                    continue
                self._mails_read.add(mail["page"])
                yield self.call("GET", mail["page"]).expect(200).text
            if time.monotonic() > deadline:
                raise StepFailed(
                    f"no mail {which} within {self._patience_seconds:g} s: "
                    "does the outbox worker run?"
                )
            time.sleep(_POLL_SECONDS)


def token_in(link: str) -> str:
    """The token of a mailed link."""
    parts = urlsplit(link)
    in_query = parse_qs(parts.query).get("token")
    return in_query[0] if in_query else parts.path.rstrip("/").rpartition("/")[2]


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
