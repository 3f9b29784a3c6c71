"""Forged credentials against every operation of the table of who may do what (`authorisation`)."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt
from django.conf import settings
from django.test import tag
from django.utils import timezone

from api.tests.authorisation import TABLE, Kind, Outcome, Token, Who
from api.tests.authorisation_case import AuthorisationCase, open_session, undone_afterwards
from core.models.base import new_id
from users.models import User
from users.tests.factories import PASSWORD


@dataclass(frozen=True)
class Forgery:
    """Something that looks like a sign-in and is none.

    `is_bearer`: it is a Bearer token, so that an operation that knows such tokens refuses it. Any
    other is not looked at: its sender is a visitor.
    """

    name: str
    is_bearer: bool
    headers: dict[str, str]
    query: str = ""


@tag("slow")
class ForgedTokenTests(AuthorisationCase):
    def test_signs_nobody_in(self) -> None:
        """49 forgeries against every operation; 7 against those that look at no token."""
        forgeries = list(self.forgeries(self.people[Who.SUPERADMIN]))
        self.assertEqual(len(forgeries), 49)
        for row in TABLE:
            for forgery in forgeries[:: 7 if row.gate.token is Token.IGNORED else 1]:
                with undone_afterwards():
                    self.client.cookies.clear()
                    response = self.send(row, query=forgery.query, headers=forgery.headers)

                is_refused = row.gate.token is Token.REQUIRED or (
                    row.gate.token is Token.OPTIONAL and forgery.is_bearer
                )
                expected = Outcome.SIGN_IN if is_refused else row.outcome(Who.VISITOR, Kind.PUBLIC)
                label = f"{row.operation} with {forgery.name}"
                self.assert_outcome(response, row, expected, label)
                self.assert_keeps_secrets(response, Who.VISITOR, label)
                if is_refused:
                    self.assertIn("Bearer", response.headers["WWW-Authenticate"], label)

    def test_has_a_counterpart_that_is_good(self) -> None:
        """The forgeries are refused for what is wrong with them: unchanged, the token signs in."""
        pair = open_session(self.people[Who.SUPERADMIN])
        for scheme in ("Bearer", "bearer", "BEARER"):
            response = self.client.get(
                "/api/user/me/", HTTP_AUTHORIZATION=f"{scheme} {pair.access_token}"
            )
            self.assertEqual(response.status_code, 200, scheme)
        unchanged = jwt.encode(claims_of(pair.access_token), key(), algorithm="HS256")
        response = self.client.get("/api/user/me/", HTTP_AUTHORIZATION=f"Bearer {unchanged}")
        self.assertEqual(response.status_code, 200)

    def forgeries(self, user: User) -> Iterator[Forgery]:
        pair = open_session(user)
        good, claims = pair.access_token, claims_of(pair.access_token)
        header, payload, signature = good.split(".")
        no_algorithm = part({"alg": "none", "typ": "JWT"})

        def signed(**changes: Any) -> str:
            return jwt.encode(claims | changes, key(), algorithm="HS256")

        def without(name: str) -> str:
            kept = {claim: value for claim, value in claims.items() if claim != name}
            return jwt.encode(kept, key(), algorithm="HS256")

        ended = open_session(user, revoked_at=timezone.now())
        over = open_session(user, expires_at=timezone.now() - timedelta(seconds=1))
        strangers = claims_of(open_session(self.people[Who.USER]).access_token)
        past, later = (
            int((timezone.now() + timedelta(seconds=by)).timestamp()) for by in (-1, 3_600)
        )
        tokens = {
            "no algorithm": f"{no_algorithm}.{payload}.",
            "no algorithm and a signature": f"{no_algorithm}.{payload}.{signature}",
            "another key": jwt.encode(claims, "another key, of 32 characters too", "HS256"),
            "SECRET_KEY as the key": jwt.encode(claims, settings.SECRET_KEY, "HS256"),
            "an empty key": forged_with_empty_key(claims),
            "another algorithm": jwt.encode(claims, key() * 2, "HS512"),
            "no signature": f"{header}.{payload}.",
            "a changed payload": f"{header}.{part(claims | {'ver': 99})}.{signature}",
            "a refresh token": pair.refresh_token,
            "another issuer": signed(iss="somebody"),
            "another audience": signed(aud="somebody"),
            "another type": signed(token_type="mail"),
            "no type": without("token_type"),
            "no session": without("sid"),
            "no end": without("exp"),
            "past its life": signed(exp=past),
            "not yet valid": signed(nbf=later),
            "another user's session": signed(sid=strangers["sid"]),
            "an unknown session": signed(sid=str(new_id())),
            "an ended session": ended.access_token,
            "a session past its life": over.access_token,
            "an unknown user": signed(sub=str(new_id())),
            "an older version": signed(ver=claims["ver"] - 1),
            "a version that is no number": signed(ver=[1]),
            "a user that is no id": signed(sub={"id": 1}),
            "a NUL character": f"{good}\x00",
            "100,000 characters": "a" * 100_000,
            "a token and 100,000 characters": good + "a" * 100_000,
            "two tokens": f"{good} {good}",
            "two tokens with a comma": f"{good}, {good}",
            "the token in lower case": good.lower(),
            "characters beyond ASCII": "é" * 20,
            "nothing": "",
        }
        for name, token in tokens.items():
            yield Forgery(name, True, {"HTTP_AUTHORIZATION": f"Bearer {token}"})
        basic = base64.b64encode(f"{user.email}:{PASSWORD}".encode()).decode()
        for name, value in {
            "Basic with the right password": f"Basic {basic}",
            "the token without a scheme": good,
            "the token under the scheme Token": f"Token {good}",
            "the token under the scheme JWT": f"JWT {good}",
        }.items():
            yield Forgery(name, False, {"HTTP_AUTHORIZATION": value})
        for name in ("access_token", "token", "jwt", "Authorization"):
            yield Forgery(f"the cookie {name}", False, {"HTTP_COOKIE": f"{name}={good}"})
            yield Forgery(f"the query's {name}", False, {}, f"?{name}={good}&x=1")
        yield Forgery("a session cookie of Django", False, {"HTTP_COOKIE": "sessionid=" + "a" * 32})
        yield Forgery("the header X-Access-Token", False, {"HTTP_X_ACCESS_TOKEN": good})
        yield Forgery("the header X-Forwarded-User", False, {"HTTP_X_FORWARDED_USER": user.email})
        yield Forgery("REMOTE_USER", False, {"HTTP_REMOTE_USER": user.email})


def key() -> str:
    return str(settings.SIMPLE_JWT["SIGNING_KEY"])


def claims_of(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def part(value: dict[str, Any]) -> str:
    """One part of a JSON Web Token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def forged_with_empty_key(claims: dict[str, Any]) -> str:
    """The library itself refuses to sign with it."""
    text = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}"
    digest = hmac.new(b"", text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"
