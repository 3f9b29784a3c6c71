"""Loaded by schemathesis in a process of its own: signs its requests in.

Every request has a new session, because requests end sessions and change passwords and roles.
"""

import os
from datetime import timedelta
from typing import Any

import django

django.setup()

import schemathesis  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from api.session_tokens import mint  # noqa: E402
from core.models.base import new_id  # noqa: E402
from devtools.fuzz.hooks_environment import ACCOUNT  # noqa: E402
from users.models import User, UserSession  # noqa: E402


class SessionTokens:
    """Bearer tokens of the account that the environment names."""

    def __init__(self, email: str) -> None:
        self._email = email

    def get(self, case: Any, context: Any) -> str:
        """The token for one request."""
        user = User.objects.get(email=self._email)
        refresh_id = new_id()
        session = UserSession.objects.create(
            user=user, refresh_id=refresh_id, expires_at=timezone.now() + timedelta(hours=1)
        )
        connection.close()
        return mint(
            user_id=user.id,
            session_id=session.id,
            token_version=user.token_version,
            refresh_id=refresh_id,
        ).access_token

    def set(self, case: Any, data: str, context: Any) -> None:
        """Put the token where the API looks for it."""
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:
    """Without the examples: they change passwords and delete accounts that the run needs."""
    for operations in raw_schema["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                parameter.pop("example", None)
            body = operation.get("requestBody", {}).get("content", {})
            for content in body.values():
                content.pop("examples", None)


if email := os.environ.get(ACCOUNT, ""):

    @schemathesis.auth(refresh_interval=None)
    class Account(SessionTokens):
        """What schemathesis makes without arguments."""

        def __init__(self) -> None:
            super().__init__(email)
