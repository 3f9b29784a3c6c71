"""Requests that mean no good: what S2 of a security review would send, from a seeded generator."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from devtools.fuzz.hostile_payloads import (
    BODIES,
    CHUNKS,
    ENCODED,
    FRAMING,
    HEADERS,
    PATH_BYTES,
    RAW,
    TEXTS,
    TYPES,
    VALUES,
)
from devtools.fuzz.known import Known

_HOST = "127.0.0.1"
_CRLF = b"\r\n"
_SHARE_WITH_UNKNOWN_FIELDS = 0.1
_SHARE_WITHOUT_A_GOOD_FIELD = 0.2


@dataclass(frozen=True)
class Operation:
    """An operation of the schema: what a request to it needs."""

    method: str
    path: str
    fields: tuple[str, ...]
    parameters: tuple[str, ...]

    @property
    def is_paged(self) -> bool:
        """Whether its answer is a list with pages."""
        return "page_size" in self.parameters


@dataclass(frozen=True)
class Case:
    """Bytes to send, and what may come of them."""

    family: str
    request: bytes
    may_be_no_http: bool = False
    is_paged: bool = False
    is_head: bool = False


def operations_of(document: Mapping[str, Any]) -> list[Operation]:
    """All operations of an OpenAPI document."""
    schemas = document["components"]["schemas"]
    found = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
            body = schemas.get(reference.rpartition("/")[2], {})
            query = [
                parameter["name"]
                for parameter in operation.get("parameters", [])
                if parameter["in"] == "query"
            ]
            found.append(
                Operation(method.upper(), path, tuple(body.get("properties", ())), tuple(query))
            )
    return found


class Attacker:
    """Makes cases; the same seed makes the same ones."""

    def __init__(self, operations: Sequence[Operation], known: Known, *, seed: int) -> None:
        self._operations = operations
        self._known = known
        self._random = random.Random(seed)  # noqa: S311 - not for secrets
        self._families: tuple[Callable[[bytes], Case], ...] = (
            self._field,
            self._field,
            self._field,
            self._body,
            self._query,
            self._query,
            self._path,
            self._header,
            self._many_headers,
            self._framing,
            self._raw,
            self._method,
        )

    def case(self, token: str) -> Case:
        """The next case, signed in by `token` where that makes sense."""
        family = self._random.choice(self._families)
        return family(f"Authorization: Bearer {token}\r\n".encode() if token else b"")

    # One family each ------------------------------------------------------------------------------

    def _field(self, sign_in: bytes) -> Case:
        """One field or all of them are of another world; the rest is as it should be."""
        operation = self._random.choice(self._operations)
        body = {name: self._plausible(name) for name in operation.fields}
        for name in self._some(operation.fields):
            body[name] = self._random.choice(VALUES)
        if self._random.random() < _SHARE_WITH_UNKNOWN_FIELDS:
            body[self._random.choice(TEXTS)] = self._random.choice(VALUES)
        return self._request("fields", operation, sign_in, json.dumps(body).encode())

    def _body(self, sign_in: bytes) -> Case:
        operation = self._random.choice(self._operations)
        body, media_type = self._random.choice(BODIES), self._random.choice(TYPES)
        return self._request(
            "bodies",
            operation,
            sign_in,
            body,
            media_type=media_type,
            may_be_no_http=not media_type.isascii(),
        )

    def _query(self, sign_in: bytes) -> Case:
        operation = self._random.choice([o for o in self._operations if o.method == "GET"])
        names = (*operation.parameters, "page", "page_size", "cursor", "x")
        parts = []
        for _ in range(self._random.randint(1, 4)):
            text = self._random.choice(
                (*TEXTS, "100", "101", "1000000", "9" * 40, "0", "-1", "1.5", "%31", "1/", "1%2F")
            )
            value = text.encode("utf-8", "surrogatepass")[:3_000]
            quoted = b"".join(b"%%%02x" % byte for byte in value)
            raw = self._random.choice(PATH_BYTES[:ENCODED])
            parts.append(
                self._random.choice(names).encode()
                + b"="
                + self._random.choice((quoted[:3_000], raw))
            )
        query = b"?" + self._random.choice((b"&", b"&&", b";")).join(parts)
        return self._request("queries", operation, sign_in, query=query[:3_900])

    def _path(self, sign_in: bytes) -> Case:
        operation = self._random.choice(self._operations)
        odd = self._random.choice(PATH_BYTES)
        path = self._path_of(operation)
        place = self._random.randint(len("/api/"), len(path))
        line = operation.method.encode() + b" " + path[:place] + odd + path[place:] + b" HTTP/1.1"
        request = line + b"\r\nHost: 127.0.0.1\r\nConnection: close\r\n" + sign_in + _CRLF
        return Case("paths", request, may_be_no_http=True, is_paged=False)

    def _header(self, sign_in: bytes) -> Case:
        operation = self._random.choice(self._operations)
        headers = b"".join(
            self._random.choice(HEADERS) + _CRLF for _ in range(self._random.randint(1, 3))
        )
        body = json.dumps({name: self._plausible(name) for name in operation.fields}).encode()
        return self._request("headers", operation, sign_in + headers, body, may_be_no_http=True)

    def _many_headers(self, sign_in: bytes) -> Case:
        operation = self._random.choice(self._operations)
        size = self._random.choice((1_000, 7_000, 9_000, 100_000))
        count = self._random.choice((1, 5, 90, 200))
        headers = b"".join(
            b"X-%d: %s\r\n" % (number, b"a" * (size // count)) for number in range(count)
        )
        return self._request("many headers", operation, sign_in + headers, may_be_no_http=True)

    def _framing(self, sign_in: bytes) -> Case:
        operation = self._random.choice(self._operations)
        headers = self._random.choice(FRAMING)
        line = operation.method.encode() + b" " + self._path_of(operation) + b" HTTP/1.1\r\n"
        common = b"Host: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\n"
        body = self._random.choice(CHUNKS)
        return Case("framing", line + common + sign_in + headers + _CRLF + body, True)

    def _raw(self, sign_in: bytes) -> Case:
        request = bytearray(self._random.choice(RAW))
        for _ in range(self._random.randint(0, 3)):
            request.insert(self._random.randint(0, len(request)), self._random.randrange(256))
        return Case("raw bytes", bytes(request), may_be_no_http=True)

    def _method(self, sign_in: bytes) -> Case:
        operation = self._random.choice(self._operations)
        method = self._random.choice(
            ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "LINK", "PROPFIND", "X-" * 9)
        )
        changed = Operation(method, operation.path, operation.fields, operation.parameters)
        return self._request("methods", changed, sign_in)

    # Pieces ---------------------------------------------------------------------------------------

    def _request(
        self,
        family: str,
        operation: Operation,
        headers: bytes,
        body: bytes = b"",
        *,
        query: bytes = b"",
        media_type: bytes = b"application/json",
        may_be_no_http: bool = False,
    ) -> Case:
        lines = [
            operation.method.encode() + b" " + self._path_of(operation) + query + b" HTTP/1.1",
            b"Connection: close",
            b"Content-Length: %d" % len(body),
        ]
        if b"Host:" not in headers:
            lines.append(f"Host: {_HOST}".encode())
        if body:
            lines.append(b"Content-Type: " + media_type)
        request = _CRLF.join(lines) + _CRLF + headers + _CRLF + body
        is_paged, is_head = operation.is_paged, operation.method == "HEAD"
        return Case(family, request, may_be_no_http, is_paged, is_head)

    def _path_of(self, operation: Operation) -> bytes:
        known = {"resource_id": self._known.resources, "user_id": self._known.users}
        path = operation.path
        for name, values in known.items():
            path = path.replace(f"{{{name}}}", self._random.choice(values))
        return path.encode()

    def _some(self, names: Sequence[str]) -> Sequence[str]:
        if not names or self._random.random() < _SHARE_WITHOUT_A_GOOD_FIELD:
            return names
        return [self._random.choice(names)]

    def _plausible(self, name: str) -> Any:
        known: Mapping[str, Sequence[Any]] = {
            "resource_id": self._known.resources,
            "comment_id": self._known.comments,
            "parent_id": self._known.comments,
            "tag_ids": [[tag] for tag in self._known.tags],
            "email": ("reader@example.com", "nobody@example.com"),
            "vote_value": (1, -1, 0),
            "price_cents": (None, 900),
            "visibility": ("public", "premium", "private"),
            "file_url": ("https://files.example.com/a.pdf",),
            "avatar_url": ("https://files.example.com/a.png",),
            "accepted_terms": (True,),
            "role": ("CONTRIBUTOR", "USER"),
        }
        return self._random.choice(known.get(name, ("Some text, long enough",)))
