"""The people and resources that the table of who may do what (`authorisation`) is tried with."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from api.session_tokens import TokenPair, mint, read_access
from api.tests.authorisation import INSIDERS, Kind, Outcome, Row, Who
from api.tests.base import ApiTestCase, document
from application.dto.commands import CreateCheckoutSessionCommand
from application.tests.shop import ShopTestCase, deliver
from application.use_cases.create_checkout_session import CreateCheckoutSession
from core.models import Tag
from core.models.base import new_id
from core.services.audit import audit_change
from interactions.models import Comment
from interactions.tests.factories import make_comment
from monetization.models import Payment, Subscription
from monetization.tests.factories import make_payment, make_subscription
from resources.models import Resource, ResourceProgress
from resources.tests.factories import make_resource, make_version
from resources.types import Visibility
from users.models import DataExport, RoleRequest, User, UserSession
from users.services.mail_tokens import activation_token_for, reset_token_for
from users.tests.factories import PASSWORD, make_contributor, make_tag, make_user
from users.types import ExportStatus, OnboardingStep, Role, RoleRequestStatus

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
    """What happens inside leaves nothing in the database.

    A bare savepoint: what talks to Stripe refuses to do so within a transaction, as a block is.
    """
    savepoint = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(savepoint)


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
    hidden = make_comment(
        resource=resource, content=unsaid, hidden_at=timezone.now(), hidden_by=author
    )
    canaries = {
        Kind.PUBLIC: (),
        Kind.PREMIUM: (tail, file, said, unsaid),
        Kind.PRIVATE: (title, tail, file, said, unsaid, str(resource.id)),
    }
    return Thing(resource, comment, hidden, canaries[kind])


class AuthorisationCase(ShopTestCase, ApiTestCase):
    """Everybody of the table, and the things it is about.

    Every list has something to show to some of them: to the author, or to an administrator.
    """

    people: dict[Who, User]
    things: dict[Kind, Thing]
    other: User
    sleeper: User
    payer: User
    tag: Tag
    other_tag: Tag
    subscription: Subscription
    payment: Payment
    role_request: RoleRequest
    #: The session of whoever sends, where it matters.
    session_id: UUID

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
        cls.payer, cls.other_tag, cls.subscription = (
            make_user(),
            make_tag(),
            make_subscription(make_user()),
        )
        cls.role_request = RoleRequest.objects.create(
            user=cls.other, requested_role=Role.CONTRIBUTOR
        )
        cls.make_what_lists_show()

    @classmethod
    def make_what_lists_show(cls) -> None:
        author, admin = cls.people[Who.AUTHOR], cls.people[Who.ADMIN]
        resource = cls.things[Kind.PUBLIC].resource
        resource.tags.add(cls.tag)
        ResourceProgress.objects.create(user=author, resource=resource)
        audit_change(entity=resource, action="CREATE", actor=author)
        make_payment(author)
        RoleRequest.objects.create(
            user=admin, requested_role=Role.CONTRIBUTOR, status=RoleRequestStatus.APPROVED
        )
        now = timezone.now()
        DataExport.objects.create(
            user=admin,
            status=ExportStatus.READY,
            file_name="none",
            size_bytes=1,
            ready_at=now,
            expires_at=now + timedelta(days=1),
        )

    def setUp(self) -> None:
        super().setUp()
        self.session_id = new_id()
        checkout = CreateCheckoutSession().execute(
            CreateCheckoutSessionCommand(user=self.payer, plan="premium-monthly")
        )
        deliver(self.shop.pay(checkout.session_id))
        self.payment = Payment.objects.get(user=self.payer)

    def enter_as(self, who: Who, row: Row) -> None:
        """Send as this person from now on, who stands where the row has its onboarding."""
        self.sign_out()
        self.client.cookies.clear()
        if who is Who.VISITOR:
            return
        user = self.people[who]
        if who is Who.NOT_ONBOARDED:
            User.objects.filter(pk=user.pk).update(onboarding_step=row.step)
        token = open_session(user).access_token
        facts = read_access(token)
        assert facts is not None
        self.session_id = facts.session_id
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")

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
        parameters = Values(
            values | {name: values.fill(text) for name, text in row.rule.parameters.items()}
        )
        # The web client's proxy calls every body JSON, also where there is none.
        return self.client.generic(
            method.upper(),
            parameters.fill(template) + query,
            json.dumps(values.fill(body)) if body is not None else "",
            content_type="application/json",
            **{**({} if body is not None else {"CONTENT_LENGTH": "0"}), **(headers or {})},
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
                "own_session_id": str(self.session_id),
                "email": self.other.email,
                "unused_email": lambda: f"{uuid4().hex}@example.org",
                "password": PASSWORD,
                "refresh_token": lambda: open_session(self.other).refresh_token,
                "activation_token": lambda: activation_token_for(self.sleeper),
                "reset_token": lambda: reset_token_for(self.other),
            }
        )

    def assert_outcome(self, response: Any, row: Row, expected: Outcome, label: str) -> None:
        """The client has held the body to the contract, and the status of a success."""
        found = (response.status_code, response.json().get("error", {}).get("code"))
        if expected is Outcome.OK:
            self.assertLess(response.status_code, 300, f"{label}: {response.content!r}")
            self.assertLessEqual(set(response.cookies), set(row.rule.cookies), label)
        else:
            self.assertFalse(set(response.cookies), label)
            self.assertEqual(found, expected.value, f"{label}: {response.content!r}")

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
            return re.sub(r"\{([a-z_]+)\}", lambda match: self.text(match[1]), template)
        if isinstance(template, dict):
            return {name: self.fill(value) for name, value in template.items()}
        if isinstance(template, list):
            return [self.fill(value) for value in template]
        return template

    def text(self, name: str) -> str:
        value = self[name]
        return value if isinstance(value, str) else value()
