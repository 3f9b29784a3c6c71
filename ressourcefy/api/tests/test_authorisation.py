"""The table of who may do what (`authorisation`), tried on every operation of the published schema;
forged tokens, undocumented methods, and what must never reach those without a right to it.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
from django.conf import settings
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from api.session_tokens import TokenPair, mint
from api.tests.authorisation import INSIDERS, OPEN, TABLE, Kind, Outcome, Row, Token, Who
from api.tests.base import ApiTestCase, document
from core.models import Tag
from core.models.base import new_id
from interactions.models import Comment
from interactions.tests.factories import make_comment
from monetization.models import Payment, Subscription
from monetization.tests.factories import make_payment, make_subscription
from monetization.types import PaymentStatus
from resources.models import Resource
from resources.tests.factories import make_resource, make_version
from resources.types import Visibility
from users.models import User, UserSession
from users.services.mail_tokens import activation_token_for, reset_token_for
from users.tests.factories import PASSWORD, make_contributor, make_tag, make_user
from users.types import OnboardingStep, Role

METHODS = ("get", "post", "put", "patch", "delete", "options", "trace", "link")
ROLES = {
    Who.USER: Role.USER,
    Who.AUTHOR: Role.CONTRIBUTOR,
    Who.CONTRIBUTOR: Role.CONTRIBUTOR,
    Who.MODERATOR: Role.MODERATOR,
    Who.ADMIN: Role.ADMIN,
    Who.SUPERADMIN: Role.SUPERADMIN,
}


def operations() -> dict[str, tuple[str, str]]:
    """Method and path of every documented operation, by its id."""
    return {
        operation["operationId"]: (method, path)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    }


@contextmanager
def undone_afterwards() -> Iterator[None]:
    """What happens inside leaves nothing in the database."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def open_session(user: User, **fields: Any) -> TokenPair:
    """The tokens of a new session."""
    refresh_id = new_id()
    session = UserSession.objects.create(
        user=user,
        refresh_id=refresh_id,
        **{"expires_at": timezone.now() + timedelta(days=1), **fields},
    )
    return mint(
        user_id=user.id,
        session_id=session.id,
        token_version=user.token_version,
        refresh_id=refresh_id,
    )


@dataclass(frozen=True)
class Thing:
    """One of the author's resources, and texts of it that only those who may open it may see."""

    resource: Resource
    comment: Comment
    canaries: tuple[str, ...]


def make_thing(author: User, kind: Kind) -> Thing:
    mark = uuid4().hex
    title, tail, file, said = (f"{part}-{mark}" for part in ("title", "tail", "file", "said"))
    resource = make_resource(
        author=author,
        title=title,
        description="x" * 250 + tail,
        visibility=Visibility(kind.value),
        price_cents=900 if kind is Kind.PREMIUM else None,
    )
    make_version(resource, f"https://files.example.org/{file}")
    comment = make_comment(resource=resource, content=said)
    canaries = {
        Kind.PUBLIC: (),
        Kind.PREMIUM: (tail, file, said),
        Kind.PRIVATE: (title, tail, file, said, str(resource.id)),
    }
    return Thing(resource, comment, canaries[kind])


@override_settings(STRIPE_WEBHOOK_SECRET=["whsec_table"])
class AuthorisationCase(ApiTestCase):
    """Everybody of the table, and the resources it is about."""

    people: dict[Who, User]
    things: dict[Kind, Thing]
    other: User
    sleeper: User
    tag: Tag
    other_tag: Tag
    subscription: Subscription
    payment: Payment

    @classmethod
    def setUpTestData(cls) -> None:
        cls.people = {who: make_user(role=role) for who, role in ROLES.items()}
        cls.people[Who.NOT_ACTIVATED] = make_user(
            is_activated=False, onboarding_step=OnboardingStep.NOT_STARTED
        )
        cls.people[Who.NOT_ONBOARDED] = make_user(onboarding_step=OnboardingStep.NOT_STARTED)
        cls.people[Who.DEACTIVATED] = make_contributor(is_active=False)
        cls.things = {kind: make_thing(cls.people[Who.AUTHOR], kind) for kind in Kind}
        cls.other, cls.sleeper, cls.tag = make_user(), make_user(is_activated=False), make_tag()
        cls.other_tag, cls.subscription = make_tag(), make_subscription(make_user())
        cls.payment = make_payment(cls.other, status=PaymentStatus.REFUNDED, amount_refunded=900)

    def send(
        self,
        row: Row,
        kind: Kind = Kind.PUBLIC,
        *,
        query: str = "",
        headers: dict[str, Any] | None = None,
    ) -> Any:
        """Make the row's request about the resource of that kind."""
        method, template = operations()[row.operation]
        thing = self.things[kind]
        values = {
            "resource_id": str(thing.resource.id),
            "comment_id": str(thing.comment.id),
            "author_id": str(thing.resource.author_id),
            "other_id": str(self.other.id),
            "tag_id": str(self.tag.id),
            "other_tag_id": str(self.other_tag.id),
            "subscription_id": str(self.subscription.id),
            "payment_id": str(self.payment.id),
            "email": self.other.email,
            "unused_email": f"{uuid4().hex}@example.org",
            "password": PASSWORD,
            "refresh_token": open_session(self.other).refresh_token,
            "activation_token": activation_token_for(self.sleeper),
            "reset_token": reset_token_for(self.other),
        }
        parameters = values | {name: filled(text, values) for name, text in row.path.items()}
        return self.client.generic(
            method.upper(),
            template.format(**parameters) + query,
            json.dumps(filled(row.body, values)) if row.body is not None else "",
            content_type="application/json" if row.body is not None else "",
            **(headers or {}),
        )

    def assert_outcome(self, response: Any, expected: Outcome, label: str) -> None:
        status, code = expected.value
        body = response.json()
        if expected is Outcome.OK:
            self.assertIn(response.status_code, {200, 201}, f"{label}: {response.content!r}")
        else:
            found = (response.status_code, body.get("error", {}).get("code"))
            self.assertEqual(found, (status, code), f"{label}: {response.content!r}")

    def assert_keeps_secrets(self, response: Any, who: Who, label: str) -> None:
        if who not in INSIDERS:
            body = response.content.decode()
            for thing in self.things.values():
                for canary in thing.canaries:
                    self.assertNotIn(canary, body, label)


def filled(template: Any, values: dict[str, str]) -> Any:
    """The template with the things named in braces put in."""
    if isinstance(template, str):
        return re.sub(r"\{(\w+)\}", lambda match: values[match[1]], template)
    if isinstance(template, dict):
        return {name: filled(value, values) for name, value in template.items()}
    if isinstance(template, list):
        return [filled(value, values) for value in template]
    return template


class TableTests(AuthorisationCase):
    def test_has_a_row_for_every_operation_and_no_other(self) -> None:
        self.assertEqual(sorted(row.operation for row in TABLE), sorted(operations()))

    def test_says_what_happens(self) -> None:
        """Every operation x everybody x public, premium and private; 0 canaries in the answers."""
        for row in TABLE:
            for who in Who:
                for kind in row.kinds:
                    label = f"{row.operation} of a {kind.value} resource by {who.value}"
                    with undone_afterwards():
                        self.enter_as(who, row)
                        response = self.send(row, kind)

                    self.assert_outcome(response, row.outcome(who, kind), label)
                    self.assert_keeps_secrets(response, who, label)

    def test_covers_what_lists_can_be_asked_for(self) -> None:
        """Every list with every filter that could widen it: 0 canaries for those without right."""
        author = self.people[Who.AUTHOR].id
        queries = [
            *(f"?page_size=100&author={author}&visibility={kind.value}" for kind in Kind),
            f"?page_size=100&author={author}&include=premium",
        ]
        for row in TABLE:
            method, _path = operations()[row.operation]
            if method == "get" and row.about is None and row.gate is not OPEN:
                for who in Who:
                    for query in queries:
                        label = f"{row.operation}{query} by {who.value}"
                        with undone_afterwards():
                            self.enter_as(who, row)
                            response = self.send(row, query=query)

                        self.assert_outcome(response, row.outcome(who, Kind.PUBLIC), label)
                        self.assert_keeps_secrets(response, who, label)

    def enter_as(self, who: Who, row: Row) -> None:
        self.sign_out()
        self.client.cookies.clear()
        if who is Who.VISITOR:
            return
        user = self.people[who]
        if who is Who.NOT_ONBOARDED:
            User.objects.filter(pk=user.pk).update(onboarding_step=row.step)
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {open_session(user).access_token}")


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
                self.assert_outcome(response, expected, label)
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


class UndocumentedMethodTests(AuthorisationCase):
    def test_are_405_for_those_who_may_everything_and_do_nothing(self) -> None:
        self.sign_in(self.people[Who.SUPERADMIN])
        documented = {(method, path) for method, path in operations().values()}
        values = {
            "resource_id": self.things[Kind.PUBLIC].resource.id,
            "user_id": self.other.id,
            "session_id": self.other.id,
            "tag_id": self.tag.id,
            "subscription_id": self.subscription.id,
            "payment_id": self.payment.id,
        }
        for path in document()["paths"]:
            for method in METHODS:
                if (method, path) in documented:
                    continue
                with self.subTest(method=method, path=path):
                    response = self.client.generic(method.upper(), path.format(**values))

                    self.assertEqual(response.status_code, 405)
                    self.assertEqual(response.json()["error"]["code"], "method_not_allowed")
                    allowed = {name.strip().lower() for name in response["Allow"].split(",")}
                    # HEAD comes with GET, OPTIONS with preflights.
                    self.assertEqual(
                        allowed - {"head", "options"},
                        {known for known, at in documented if at == path},
                    )

    def test_are_no_way_in_for_a_visitor(self) -> None:
        documented = {(method, path) for method, path in operations().values()}
        thing = self.things[Kind.PRIVATE]
        values = {
            "resource_id": thing.resource.id,
            "user_id": self.other.id,
            "session_id": self.other.id,
            "tag_id": self.tag.id,
            "subscription_id": self.subscription.id,
            "payment_id": self.payment.id,
        }
        for path in document()["paths"]:
            for method in METHODS:
                if (method, path) not in documented:
                    response = self.client.generic(method.upper(), path.format(**values))

                    label = f"{method} {path}"
                    self.assertIn(response.status_code, {401, 405}, label)
                    self.assert_keeps_secrets(response, Who.VISITOR, label)
