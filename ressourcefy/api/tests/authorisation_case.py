"""The people and resources that the table of who may do what (`authorisation`) is tried with."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from api.session_tokens import TokenPair, mint
from api.tests.authorisation import INSIDERS, Kind, Outcome, Row, Who
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
from users.models import RoleRequest, User, UserSession
from users.services.mail_tokens import activation_token_for, reset_token_for
from users.tests.factories import PASSWORD, make_contributor, make_tag, make_user
from users.types import OnboardingStep, Role

ROLES = {
    Who.USER: Role.USER,
    Who.AUTHOR: Role.CONTRIBUTOR,
    Who.CONTRIBUTOR: Role.CONTRIBUTOR,
    Who.MODERATOR: Role.MODERATOR,
    Who.ADMIN: Role.ADMIN,
    Who.SUPERADMIN: Role.SUPERADMIN,
}


@cache
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
    hidden: Comment
    canaries: tuple[str, ...]


def make_thing(author: User, kind: Kind) -> Thing:
    mark = uuid4().hex
    title, tail, file, said, unsaid = (
        f"{part}-{mark}" for part in ("title", "tail", "file", "said", "unsaid")
    )
    resource = make_resource(
        author=author,
        title=title,
        description="x" * 250 + tail,
        visibility=Visibility(kind.value),
        price_cents=900 if kind is Kind.PREMIUM else None,
    )
    make_version(resource, f"https://files.example.org/{file}")
    comment = make_comment(resource=resource, author=author, content=said)
    hidden = make_comment(resource=resource, content=unsaid, hidden_at=timezone.now())
    canaries = {
        Kind.PUBLIC: (),
        Kind.PREMIUM: (tail, file, said, unsaid),
        Kind.PRIVATE: (title, tail, file, said, unsaid, str(resource.id)),
    }
    return Thing(resource, comment, hidden, canaries[kind])


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
    role_request: RoleRequest

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
        cls.role_request = RoleRequest.objects.create(
            user=cls.other, requested_role=Role.CONTRIBUTOR
        )

    def send(
        self,
        row: Row,
        kind: Kind = Kind.PUBLIC,
        *,
        query: str = "",
        headers: dict[str, Any] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> Any:
        """Make the row's request about the resource of that kind, with `more` in its body."""
        body = {**(more or {}), **(row.body or {})} if row.body is not None or more else None
        method, template = operations()[row.operation]
        values = self.values(self.things[kind])
        parameters = Values(values | {name: values.fill(text) for name, text in row.path.items()})
        return self.client.generic(
            method.upper(),
            parameters.fill(template) + query,
            json.dumps(values.fill(body)) if body is not None else "",
            content_type="application/json" if body is not None else "",
            **(headers or {}),
        )

    def values(self, thing: Thing) -> "Values":
        """What the names in braces stand for; tokens are minted only where they are sent."""
        return Values(
            {
                "resource_id": str(thing.resource.id),
                "comment_id": str(thing.comment.id),
                "hidden_comment_id": str(thing.hidden.id),
                "author_id": str(thing.resource.author_id),
                "role_request_id": str(self.role_request.id),
                "other_id": str(self.other.id),
                "tag_id": str(self.tag.id),
                "other_tag_id": str(self.other_tag.id),
                "subscription_id": str(self.subscription.id),
                "payment_id": str(self.payment.id),
                "email": self.other.email,
                "unused_email": lambda: f"{uuid4().hex}@example.org",
                "password": PASSWORD,
                "refresh_token": lambda: open_session(self.other).refresh_token,
                "activation_token": lambda: activation_token_for(self.sleeper),
                "reset_token": lambda: reset_token_for(self.other),
            }
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


class Values(dict[str, str | Callable[[], str]]):
    """Texts, or what makes them when they are needed, by the names that templates have for them."""

    def fill(self, template: Any) -> Any:
        """The template with the things named in braces put in."""
        if isinstance(template, str):
            return re.sub(r"\{(\w+)\}", lambda match: self.text(match[1]), template)
        if isinstance(template, dict):
            return {name: self.fill(value) for name, value in template.items()}
        if isinstance(template, list):
            return [self.fill(value) for value in template]
        return template

    def text(self, name: str) -> str:
        value = self[name]
        return value if isinstance(value, str) else value()
