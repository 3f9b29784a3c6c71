"""Who calls: the Bearer token of the Authorization header, and nothing else."""

import re
from dataclasses import replace

from django.contrib.auth.models import AnonymousUser
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from api.session_tokens import TokenFacts, read_access
from core.exceptions import AccessDenied, Unauthenticated
from core.request_context import current_context, set_context
from users.models import User
from users.services.sessions import user_of_session

# What administrators reach in somebody else's name: the product as that person sees it. Everything
# else stays closed, new addresses included: money, the password, sessions, roles, administration.
_OPEN_TO_IMPERSONATION = re.compile(
    r"api/(?:feed|tags|authors|resources|comments|onboarding|health"
    r"|user/(?:me|profile|resources|progress))/"
)


class SessionTokenAuthentication(BaseAuthentication):
    """Checks the token, its session and the account in one statement, on each request.

    Cookies never sign anybody in: a cookie is sent by whoever makes the browser send it.
    """

    def authenticate(self, request: Request) -> tuple[User, TokenFacts] | None:
        """The user and the token's facts; None without a token. Raises Unauthenticated."""
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        facts = read_access(parts[1].decode("latin-1")) if len(parts) == 2 else None  # noqa: PLR2004
        user = facts and user_of_session(
            facts.session_id,
            user_id=facts.user_id,
            token_version=facts.token_version,
            impersonator_id=facts.impersonator_id,
        )
        if not facts or not user:
            raise Unauthenticated("Your session has expired. Sign in again.")
        set_context(
            replace(
                current_context(),
                session_id=str(facts.session_id),
                impersonator_id=str(facts.impersonator_id or ""),
            )
        )
        if facts.impersonator_id is not None:
            _refuse_what_is_the_owners(request)
        return user, facts

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401 (RFC 6750)."""
        return 'Bearer realm="api"'


def _refuse_what_is_the_owners(request: Request) -> None:
    """Raises AccessDenied for an address that nobody reaches in somebody else's name."""
    found = request.resolver_match
    if found is None or not _OPEN_TO_IMPERSONATION.match(found.route):
        raise AccessDenied("This cannot be done in somebody else's name.")


class SessionTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema shows it."""

    target_class = SessionTokenAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


def current_user(request: Request) -> User:
    """The signed-in user. Raises Unauthenticated for a visitor."""
    if not isinstance(request.user, User):
        raise Unauthenticated
    return request.user


def viewer(request: Request) -> User | AnonymousUser:
    """Whoever looks: the signed-in user or a visitor."""
    return request.user if isinstance(request.user, User) else AnonymousUser()


def token_facts(request: Request) -> TokenFacts:
    """The facts of the token that the request came with. Raises Unauthenticated for a visitor."""
    if not isinstance(request.auth, TokenFacts):
        raise Unauthenticated
    return request.auth
