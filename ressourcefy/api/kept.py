"""Answers that are the same for everybody, kept as they went out."""

from collections.abc import Callable

from django.http import HttpResponse
from rest_framework.response import Response

from api.renderers import MEDIA_TYPE, JSONRenderer
from core.services.hot_reads import kept_bytes


def kept(key: str, answer: Callable[[], Response]) -> HttpResponse:
    """What `answer` said a moment ago, or says now; at most twice HOT_READ_SECONDS old.

    Only for answers that depend on nothing but `key`: not on who asks, nor in which language. `key`
    ends with the version of the answer's shape, so that two releases side by side keep apart.
    """

    def rendered() -> bytes:
        return JSONRenderer().render(answer().data)

    return HttpResponse(kept_bytes(key, rendered), content_type=MEDIA_TYPE)
