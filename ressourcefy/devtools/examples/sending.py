"""Sends each documented example to a running product and compares the answers."""

import hashlib
import hmac
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from api.examples.example import SIGNATURE
from devtools.examples.comparing import differences
from devtools.examples.document import Document, Documented, Request
from devtools.journey.browser import Answer, Browser, StepFailed, token_in
from devtools.local_stripe import WEBHOOK_SECRET

_MAILED = re.compile(r"<token mailed to ([^>]+)>")
_REFRESH = re.compile(r"<refresh token of ([^>]+)>")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one example ended; no problems mean that it works as printed."""

    documented: Documented
    problems: tuple[str, ...]
    answer: Any

    @property
    def succeeded(self) -> bool:
        return not self.problems


class Sender:
    """One product, over HTTP only."""

    def __init__(self, browser: Browser, *, password: str) -> None:
        """`password` is that of every account of the demo."""
        self._browser = browser
        self._password = password
        self._tokens: dict[str, str] = {}

    def document(self) -> Document:
        """What the product publishes of itself. Raises StepFailed."""
        return Document(self._browser.call("GET", "/api/schema/").expect(200).body)

    def send(self, document: Document, *, is_recording: bool = False) -> Iterator[Outcome]:
        """Every example in turn; none of them needs another to have been sent before.

        Whoever records the answers sends also what has no documented one yet.
        """
        for documented in document.examples():
            if documented.problem and not is_recording:
                yield Outcome(documented, (documented.problem,), None)
                continue
            try:
                answer = self._send_one(documented)
                problems = self._problems(document, documented, answer)
                yield Outcome(documented, tuple(problems), json.loads(answer.text))
            except (StepFailed, ValueError, KeyError) as failure:
                yield Outcome(documented, (str(failure) or repr(failure),), None)

    def _send_one(self, documented: Documented) -> Answer:
        if documented.before:
            self._browser.pass_over_mails()
            self._call(documented.before)
        return self._call(documented.request)

    def _problems(
        self, document: Document, documented: Documented, answer: Answer
    ) -> Iterator[str]:
        if answer.status != documented.status:
            yield f"{answer.status} instead of {documented.status}: {answer.text[:200]}"
            return
        body = json.loads(answer.text)
        yield from document.errors(documented, answer.status, body)
        shown = documented.answer
        if document.is_free(documented):
            # What lies deeper differs from person to person, and no schema names it.
            shown, body = dict.fromkeys(shown), dict.fromkeys(body)
        yield from differences(shown, body)
        if documented.is_for_signed_in:
            request = documented.request
            refused = self._browser.call(request.method, request.path, request.body)
            if (refused.status, refused.code) != (401, "unauthorized"):
                yield f"without a token: {refused.status} {refused.code}"

    def _call(self, request: Request) -> Answer:
        """Send it, with what its placeholders stand for."""
        path, body = self._known(request.path), None
        if request.body is not None:
            body = json.loads(self._known(json.dumps(request.body), encoded=False))
        headers = {
            name: _signature(body or {}) if value == SIGNATURE else value
            for name, value in request.headers.items()
        }
        token = self._token(request.caller) if request.caller else ""
        return self._browser.call(request.method, path, body, token=token, headers=headers)

    def _known(self, text: str, *, encoded: bool = True) -> str:
        def put(value: str) -> str:
            return quote(value, safe="") if encoded else value

        text = _MAILED.sub(lambda m: put(token_in(self._browser.link_mailed_to(m[1]))), text)
        return _REFRESH.sub(lambda m: put(self._sign_in(m[1])["refresh_token"]), text)

    def _token(self, email: str) -> str:
        if email not in self._tokens:
            self._tokens[email] = self._sign_in(email)["access_token"]
        return self._tokens[email]

    def _sign_in(self, email: str) -> dict[str, str]:
        credentials = {"email": email, "password": self._password}
        answer = self._browser.call("POST", "/api/auth/login/", credentials)
        data: dict[str, str] = answer.expect(200).data
        return data


def _signature(body: dict[str, Any]) -> str:
    """As https://docs.stripe.com/webhooks/signature has it, over the bytes that are sent."""
    moment = int(time.time())
    signed = f"{moment}.{json.dumps(body)}".encode()
    mac = hmac.new(WEBHOOK_SECRET.encode(), signed, hashlib.sha256)
    return f"t={moment},v1={mac.hexdigest()}"
