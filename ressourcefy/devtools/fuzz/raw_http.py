"""Sending bytes that may not be HTTP, and telling what came back."""

import http.client
import json
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Any

from devtools.journey.stack import HOST

PATIENCE_SECONDS = 10.0
_LONGEST_LIST = 100
_NOT_IMPLEMENTED = 501


class Verdict(Enum):
    """What an answer is worth."""

    FINE = "answered as promised"
    REFUSED_BY_SERVER = "refused by the web server, before it is a request of the product"
    CLOSED = "closed without an answer, as the bytes were no request"
    CRASHED = "5xx"
    HUNG = "no answer, or none in 10 seconds"
    NO_ENVELOPE = "4xx without the envelope"
    LONG_LIST = "a list of more than 100"


FINDINGS = frozenset({Verdict.CRASHED, Verdict.HUNG, Verdict.NO_ENVELOPE, Verdict.LONG_LIST})


@dataclass(frozen=True)
class Reply:
    """What came back; status 0 for nothing."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float


def exchange(port: int, request: bytes, *, is_head: bool = False) -> Reply | None:
    """Send, say that this was all, and read one answer; None where nothing came in time."""
    begun = time.monotonic()
    with socket.create_connection((HOST, port), timeout=PATIENCE_SECONDS) as connection:
        try:
            # A server that has heard enough may close before all is sent; its answer is there.
            with suppress(OSError):
                connection.sendall(request)
                connection.shutdown(socket.SHUT_WR)
            response = http.client.HTTPResponse(connection, method="HEAD" if is_head else "GET")
            response.begin()
            body = response.read()
        except TimeoutError:
            return None
        except (OSError, http.client.HTTPException, ValueError):
            return Reply(0, {}, b"", time.monotonic() - begun)
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, headers, body, time.monotonic() - begun)


def judge(
    reply: Reply | None, *, may_be_no_http: bool, is_paged: bool, is_for_the_api: bool
) -> Verdict:
    """Hold an answer to the promises: no 5xx, no hang, the envelope, bounded lists.

    `may_be_no_http`: the bytes may be no request at all, so that the web server refuses them itself
    or closes. `is_paged`: the operation's list has pages. `is_for_the_api`: the address is below
    /api/, where every refusal has the envelope.
    """
    if reply is None:
        return Verdict.HUNG
    if "x-request-id" not in reply.headers and may_be_no_http:
        return _verdict_on_server(reply)
    if reply.status == 0:
        # A whole request was sent: it deserves an answer.
        return Verdict.HUNG
    if reply.status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
        return Verdict.CRASHED
    return _verdict_on_product(reply, is_paged=is_paged, is_for_the_api=is_for_the_api)


def _verdict_on_product(reply: Reply, *, is_paged: bool, is_for_the_api: bool) -> Verdict:
    is_refusal = reply.status >= http.HTTPStatus.BAD_REQUEST
    if is_refusal and is_for_the_api and reply.body and not _has_envelope(reply.body):
        return Verdict.NO_ENVELOPE
    if is_paged and _length(reply.body) > _LONGEST_LIST:
        return Verdict.LONG_LIST
    return Verdict.FINE


def _verdict_on_server(reply: Reply) -> Verdict:
    if reply.status == 0:
        return Verdict.CLOSED
    # A transfer coding that a server does not know is 501 (RFC 9112, section 6.1).
    if reply.status >= http.HTTPStatus.INTERNAL_SERVER_ERROR and reply.status != _NOT_IMPLEMENTED:
        return Verdict.CRASHED
    return Verdict.REFUSED_BY_SERVER


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _has_envelope(body: bytes) -> bool:
    match _json(body):
        case {"error": {"code": str(), "message": str()}}:
            return True
    return False


def _length(body: bytes) -> int:
    match _json(body):
        case {"data": list(items)}:
            return len(items)
    return 0
