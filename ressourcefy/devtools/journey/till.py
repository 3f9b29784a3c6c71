"""What the journey does at the development Stripe: on its pages as a payer, and as time itself."""

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from devtools.journey.browser import StepFailed
from devtools.local_stripe import KEY

_TIMEOUT_SECONDS = 20
_REDIRECTS = 303


@dataclass(frozen=True, slots=True)
class Till:
    """Talks HTTP to the development Stripe, whose address is in every page that it hosts."""

    origin: str

    @classmethod
    def of(cls, hosted_page: str) -> "Till":
        """The one behind a page of its own. Raises StepFailed for Stripe itself."""
        parts = urlsplit(hosted_page)
        if parts.hostname not in {"127.0.0.1", "localhost"}:
            raise StepFailed("the product talks to Stripe itself; the journey pays nothing there")
        return cls(f"{parts.scheme}://{parts.netloc}")

    def submit(self, page: str, **form: str) -> str:
        """Press a button of a hosted page; where the browser is sent then."""
        status, location, _body = self._post(
            urlsplit(page).path,
            urlencode(form),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )
        if status != _REDIRECTS:
            raise StepFailed(f"Stripe's page answered {status}")
        return location

    def control(self, name: str, **body: Any) -> None:
        """Have something happen that no person of the journey does."""
        status, _location, text = self._post(
            f"/control/{name}", json.dumps(body), {"Authorization": f"Bearer {KEY}"}
        )
        if status != http.HTTPStatus.OK:
            raise StepFailed(f"the development Stripe refuses {name}: {text}")

    def newest(self, kind: str, **filters: str) -> dict[str, Any]:
        """The newest object of the account's list of that name. Raises StepFailed without one."""
        query = urlencode(filters | {"limit": "1"})
        status, _location, text = self._send(
            "GET", f"/v1/{kind}?{query}", "", {"Authorization": f"Bearer {KEY}"}
        )
        found = json.loads(text).get("data") if status == http.HTTPStatus.OK else None
        if not found:
            raise StepFailed(f"the development Stripe has no {kind}")
        newest: dict[str, Any] = found[0]
        return newest

    def _post(self, path: str, body: str, headers: dict[str, str]) -> tuple[int, str, str]:
        return self._send("POST", path, body, headers)

    def _send(
        self, method: str, path: str, body: str, headers: dict[str, str]
    ) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection(
            urlsplit(self.origin).netloc, timeout=_TIMEOUT_SECONDS
        )
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read().decode(errors="replace")
            return response.status, response.headers.get("Location", ""), text
        except (OSError, http.client.HTTPException) as error:
            raise StepFailed(f"the development Stripe got lost ({error})") from error
        finally:
            connection.close()
