"""How much anybody may ask of one process, whatever it is.

Counted in the memory of the process, without a query: roughly, and for each process by itself. The
limits that have to be exact are in `application/services/attempts.py`.
"""

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import caches
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from application.services.attempts import caller_network
from users.models import User

if TYPE_CHECKING:
    # The framework loads this module while it is still defining its views.
    from rest_framework.views import APIView

_MINUTE = 60.0


class _Throttle(SimpleRateThrottle):
    """Counts within a minute, so that all of it may come in one burst."""

    most: int
    cache = caches["throttles"]

    def get_rate(self) -> str | None:
        factor: int = settings.RATE_LIMIT_FACTOR
        return f"{self.most * factor}/min" if factor else None

    def wait(self) -> float | None:
        """Never None: whoever is refused is told for how long."""
        return super().wait() or _MINUTE


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
