"""How much anybody may ask of one process, whatever it is.

Counted in the memory of the process, without a query: roughly, and for each process by itself; with
REDIS_URL for all of them together. The limits that have to be exact are in
`application/services/attempts.py`.
"""

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import caches
from django.utils.crypto import salted_hmac
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from application.services.attempts import caller_network
from core.services.shared_counters import count_shared
from core.shared_memory import NoSharedMemory
from users.models import User

if TYPE_CHECKING:
    # The framework loads this module while it is still defining its views.
    from rest_framework.views import APIView

_MINUTE = 60.0
_MINUTE_IN_MICROSECONDS = 60_000_000


class _Throttle(SimpleRateThrottle):
    """Counts within a minute, so that all of it may come in one burst."""

    most: int
    _shared_wait: float | None = None
    cache = caches["throttles"]

    def get_rate(self) -> str | None:
        factor: int = settings.RATE_LIMIT_FACTOR
        return f"{self.most * factor}/min" if factor else None

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Whether it may go on."""
        most = self.most * settings.RATE_LIMIT_FACTOR
        key = self.get_cache_key(request, view) if settings.REDIS_URL and most else None
        if key is None:
            return self._allow_alone(request, view)
        # Redis is not told whom it counts.
        digest = salted_hmac("ressourcefy.throttle", key, algorithm="sha256").hexdigest()
        try:
            found = count_shared(digest, most=most, microseconds=_MINUTE_IN_MICROSECONDS)
        except NoSharedMemory:
            return self._allow_alone(request, view)
        if not found.counted:
            self._shared_wait = found.microseconds / 1_000_000
        return found.counted

    def _allow_alone(self, request: Request, view: "APIView") -> bool:
        allowed: bool = super().allow_request(request, view)
        return allowed

    def wait(self) -> float | None:
        """Never None: whoever is refused is told for how long."""
        return super().wait() or _MINUTE if self._shared_wait is None else self._shared_wait


class UserThrottle(_Throttle):
    """Somebody who is signed in, wherever they are: proxied people share one address."""

    scope = "user"
    most = 300

    def get_cache_key(self, request: Request, view: "APIView") -> str | None:
        return f"user:{request.user.pk}" if isinstance(request.user, User) else None


class VisitorThrottle(_Throttle):
    """Everybody else, by address; a class of pupils has one between them."""

    scope = "visitor"
    most = 600

    def get_cache_key(self, request: Request, view: "APIView") -> str | None:
        network = caller_network()
        return None if isinstance(request.user, User) or not network else f"network:{network}"
