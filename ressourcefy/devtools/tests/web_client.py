"""The web client as the API sees it: a browser, and a server that stands between it and the API.

Six calls go from the browser straight to the API, across origins. All others go through the
client's own server, which changes what it forwards, and keeps little of what comes back.
"""

import gzip
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote, urlsplit

ORIGIN = "http://localhost:3000"
DIRECT = (
    "/auth/login/",
    "/auth/register/",
    "/auth/activate/",
    "/auth/resend-activation/",
    "/auth/password-reset/",
    "/auth/password-reset/confirm/",
)
# The client's server forwards nobody's token to these.
_PUBLIC = (
    *("/auth/login", "/auth/register", "/auth/activate", "/auth/password-reset"),
    *("/auth/resend-activation", "/health/live", "/health/ready", "/tags"),
)
_TOKENS = ("access_token", "refresh_token")
_EMPTY = frozenset({204, 205, 304})
_NEVER_REPEATED = "/user/me/"
_BROWSER = {
    "Accept": "application/json, text/plain, */*",
    "Accept-Language": "fr-FR,fr;q=0.9,en;q=0.8",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
}


class ClientBroken(AssertionError):
    """The client cannot go on: a screen would break."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the code of a screen gets. `code` and `message` are what it makes of a failure."""

    status: int
    body: Any = None
    code: str = ""
    message: str = ""

    @property
    def data(self) -> Any:
        """The payload of an enveloped answer."""
        return self.body["data"]


@dataclass(slots=True)
class WebClient:
    """One browser with the client's pages; `api` is the base address, ending in /api.

    `seconds` is how long its server waits for an answer.
    """

    api: str
    seconds: float = 10
    cookies: dict[str, str] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    # Across origins ---------------------------------------------------------------------------

    def direct(self, path: str, body: Mapping[str, Any]) -> Seen:
        """A call of the browser to the API: preflight first, and an answer it may read."""
        self.preflight(path)
        status, headers, text = self._exchange(
            "POST",
            path,
            json.dumps(body),
            {**_BROWSER, "Origin": ORIGIN, "Content-Type": "application/json"},
        )
        _require_origin(headers, f"the answer {status} of {path}")
        answer = json.loads(text)
        error = answer.get("error", {})
        if status >= http.HTTPStatus.BAD_REQUEST and not isinstance(error, dict):
            raise ClientBroken(f"{path}: the message of an error is lost: {text}")
        return Seen(status, answer, error.get("code", ""), error.get("message", ""))

    def preflight(self, path: str) -> None:
        """What a browser asks before a JSON POST with credentials. Raises ClientBroken."""
        asked = {
            **_BROWSER,
            "Origin": ORIGIN,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        }
        status, headers, _text = self._exchange("OPTIONS", path, None, asked)
        if status not in {200, 204}:
            raise ClientBroken(f"the preflight of {path} is answered {status}")
        _require_origin(headers, f"the preflight of {path}")
        if "content-type" not in headers.get("access-control-allow-headers", "").lower():
            raise ClientBroken(f"the preflight of {path} allows no JSON")
        if "POST" not in headers.get("access-control-allow-methods", ""):
            raise ClientBroken(f"the preflight of {path} allows no POST")

    def sign_in(self, email: str, password: str) -> dict[str, Any]:
        """Tokens from the body into cookies of the client's origin; the user that is kept."""
        seen = self.direct("/auth/login/", {"email": email, "password": password})
        if seen.status != http.HTTPStatus.OK:
            raise ClientBroken(f"no sign-in: {seen}")
        for name in _TOKENS:
            if not seen.data[name]:
                raise ClientBroken(f"the answer to a sign-in has no {name}")
            self.cookies[name] = seen.data[name]
        user: dict[str, Any] = seen.data["user"]
        return user

    # Through the client's server --------------------------------------------------------------

    def get(self, endpoint: str) -> Seen:
        """A failed one is repeated once, whatever the reason."""
        seen = self.call("GET", endpoint)
        if seen.status >= http.HTTPStatus.BAD_REQUEST and endpoint != _NEVER_REPEATED:
            seen = self.call("GET", endpoint)
        return seen

    def post(self, endpoint: str, body: Mapping[str, Any] | None = None) -> Seen:
        """Without a body it is empty, and says that it is JSON."""
        return self.call("POST", endpoint, body)

    def patch(self, endpoint: str, body: Mapping[str, Any]) -> Seen:
        return self.call("PATCH", endpoint, body)

    def delete(self, endpoint: str) -> Seen:
        """Whatever body a screen gives, the server drops it."""
        return self.call("DELETE", endpoint)

    def call(self, method: str, endpoint: str, body: Mapping[str, Any] | None = None) -> Seen:
        """What a screen gets for a call of an endpoint such as `/feed/?page=1`."""
        is_public = endpoint.startswith(_PUBLIC)
        if not is_public and "access_token" not in self.cookies:
            return Seen(401, code="unauthorized")
        text = None if body is None else json.dumps(body)
        try:
            status, headers, answer = self._exchange(
                method, _address(endpoint), text, self._forwarded(is_public=is_public)
            )
        except TimeoutError:
            return Seen(504, code="timeout")
        except OSError:
            return Seen(500, code="proxy_error")
        for cookie in headers.get("set-cookie", "").split("\n"):
            self._keep(cookie)
        if status == http.HTTPStatus.UNAUTHORIZED:
            for name in _TOKENS:
                self.cookies.pop(name, None)
            return Seen(401, code="unauthorized")
        return _seen(status, headers, answer)

    def _forwarded(self, *, is_public: bool) -> dict[str, str]:
        headers = {
            **_BROWSER,
            "Accept-Encoding": "gzip, deflate",
            "Content-Type": "application/json",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Origin": ORIGIN,
            "Referer": f"{ORIGIN}/app",
            "Sec-Fetch-Mode": "cors",
            "X-Forwarded-For": "::ffff:127.0.0.1",
            "X-Forwarded-Host": "localhost:3000",
            "X-Forwarded-Port": "3000",
            "X-Forwarded-Proto": "http",
        }
        if not is_public:
            headers["Authorization"] = f"Bearer {self.cookies['access_token']}"
        return headers

    def _keep(self, cookie: str) -> None:
        """As a browser does: for this origin, whatever the server that set it."""
        for name, morsel in SimpleCookie(cookie).items():
            if morsel["domain"] or morsel["path"] != "/":
                raise ClientBroken(f"the cookie {name} would be kept twice: {cookie}")
            if morsel["max-age"] == "0":
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value

    def _exchange(
        self,
        method: str,
        path: str,
        body: str | None,
        headers: Mapping[str, str],
    ) -> tuple[int, dict[str, str], str]:
        """Status, headers by lower-case name and the text of an answer, redirects refused."""
        address = urlsplit(self.api)
        self.requests.append(f"{method} {path}")
        connection = http.client.HTTPConnection(address.netloc, timeout=self.seconds)
        try:
            connection.request(method, f"{address.path}{path}", body, dict(headers))
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        found: dict[str, str] = {}
        for name, value in response.getheaders():
            found[name.lower()] = "\n".join(filter(None, (found.get(name.lower()), value)))
        if found.get("content-encoding") == "gzip":
            content = gzip.decompress(content)
        elif "content-encoding" in found:
            raise ClientBroken(f"{path}: {found['content-encoding']} was not asked for")
        if 300 <= response.status < 400:
            raise ClientBroken(f"{method} {path} is redirected, which drops the body of a POST")
        return response.status, found, content.decode()


def _address(endpoint: str) -> str:
    """With a slash behind everything, the query included; that one is encoded with its value."""
    path, has_query, query = endpoint.partition("?")
    if not has_query:
        return path if path.endswith("/") else f"{path}/"
    pairs = [pair.partition("=") for pair in f"{query}/".split("&")]
    return f"{path}?" + "&".join(f"{name}={quote(value, safe='')}" for name, _, value in pairs)


def _seen(status: int, headers: Mapping[str, str], text: str) -> Seen:
    if status in _EMPTY:
        return Seen(500, code="proxy_error")
    if not headers.get("content-type", "").startswith("application/json"):
        return Seen(status, message=f"Request failed with status code {status}")
    try:
        body = json.loads(text)
    except ValueError:
        return Seen(500, code="parse_error")
    if status < http.HTTPStatus.BAD_REQUEST:
        return Seen(status, body)
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict):
        return Seen(status, body, error["code"], error["message"])
    return Seen(status, body, message=f"Request failed with status code {status}")


def _require_origin(headers: Mapping[str, str], what: str) -> None:
    if headers.get("access-control-allow-origin") != ORIGIN:
        raise ClientBroken(f"{what} cannot be read by the page: no origin")
    if headers.get("access-control-allow-credentials") != "true":
        raise ClientBroken(f"{what} cannot be read by the page: no credentials")
