"""Answers that are the same for everybody, kept as they went out."""

from collections.abc import Callable

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from core.services.hot_reads import kept_bytes


def kept(request: Request, key: str, answer: Callable[[], Response]) -> HttpResponse:
    """What `answer` said a moment ago, or says now; at most twice HOT_READ_SECONDS old.

    Only for answers that depend on nothing but `key`: not on who asks, nor in which language. `key`
    ends with the version of the answer's shape, so that two releases side by side keep apart.
    """

    def rendered() -> bytes:
        said = request.accepted_renderer.render(answer().data)
        return said.encode() if isinstance(said, str) else said

    body = kept_bytes(key, rendered)
    return HttpResponse(body, content_type=request.accepted_renderer.media_type)
