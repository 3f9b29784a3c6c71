"""Somebody who left something in every table, with marks to be looked for afterwards."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.utils import timezone

from analytics.models import UserEvent
from core.models.base import new_id
from core.services.audit import audit_change
from interactions.models import CommentModeration, CommentVote
from interactions.tests.factories import make_comment
from interactions.types import ModerationAction
from monetization.models import (
    Dispute,
    PaymentIntentRecord,
    Refund,
    StripeCharge,
    StripeCustomer,
    Subscription,
    WebhookEvent,
)
from monetization.tests.factories import make_payment
from monetization.types import WebhookStatus
from resources.models import ResourceProgress, ResourceVote
from resources.tests.factories import make_purchase, make_resource, make_version
from users.models import (
    NotificationPreferences,
    Profile,
    RoleRequest,
    User,
    UserInterest,
    UserSession,
)
from users.tests.factories import make_contributor, make_tag, make_user
from users.types import AuthProvider, Role


@dataclass(frozen=True)
class Canary:
    """The person, what only they are called or reached by, and what they said in public."""

    user: User
    personal: tuple[str, ...]
    said: tuple[str, ...]
    ids: frozenset[str]


def make_canary() -> Canary:
    """A contributor with at least one row in every table that knows of people."""
    mark = uuid4().hex[:12]
    email, username = f"canary-{mark}@example.org", f"canary_{mark}"
    bio, avatar = f"bio {mark}", f"https://pictures.example.org/{mark}.png"
    wish, agent, device = f"wish {mark}", f"Agent/{mark}", f"device {mark}"
    address = f"2001:db8:{mark[:4]}:{mark[4:8]}::1".replace(":0", ":1")
    name = f"Canary Name {mark}"
    user = make_contributor(
        email=email,
        username=username,
        auth_provider=AuthProvider.LOCAL,
        provider_subject=f"subject-{mark}",
        accepted_terms_at=timezone.now(),
    )
    Profile.objects.filter(user=user).update(bio=bio, avatar_url=avatar)
    said = (f"title {mark}x", f"text {mark}x", f"comment {mark}x", f"/file-{mark}x.pdf")
    resource = make_resource(author=user, title=said[0], description=said[1])
    resource.tags.add(tag := make_tag())
    make_version(resource, f"https://files.example.org{said[3]}")
    comment = make_comment(resource=resource, author=user, content=said[2])
    intent, customer = f"pi_{mark}y", f"cus_{mark}y"
    payment = make_payment(user, payment_intent=intent, charge=f"ch_{mark}y")
    stranger = make_user()
    rows: list[Any] = [
        resource,
        comment,
        payment,
        UserInterest.objects.create(user=user, tag=tag),
        NotificationPreferences.objects.create(user=user, on_reply=False),
        RoleRequest.objects.create(user=user, requested_role=Role.MODERATOR, reason=wish),
        UserSession.objects.create(
            user=user,
            refresh_id=new_id(),
            user_agent=agent,
            device=device,
            ip_address=address,
            expires_at=timezone.now() + timedelta(days=1),
        ),
        ResourceVote.objects.create(user=user, resource=make_resource(), value=1),
        ResourceProgress.objects.create(user=user, resource=make_resource()),
        CommentModeration.objects.create(
            comment=make_comment(), moderator=user, action=ModerationAction.HIDE, reason="Spam."
        ),
        CommentModeration.objects.create(
            comment=comment, moderator=stranger, action=ModerationAction.HIDE, reason="Spam."
        ),
        CommentVote.objects.create(user=user, comment=make_comment(author=stranger), value=1),
        make_purchase(user, make_resource(price_cents=500), payment=payment),
        Refund.objects.create(payment=payment, amount_cents=100),
        StripeCharge.objects.create(payment_intent=intent, charge=payment.charge),
        Dispute.objects.create(stripe_dispute_id=f"dp_{mark}y", payment_intent=intent),
        StripeCustomer.objects.create(user=user, stripe_customer_id=customer),
        Subscription.objects.create(
            user=user, hosted_invoice_url=f"https://invoice.example.com/{mark}"
        ),
        PaymentIntentRecord.objects.create(
            user=user, url=f"https://checkout.example.com/{mark}", metadata={"title": said[0]}
        ),
        _delivery({"customer": customer, "customer_email": email.upper()}),
        _delivery({"id": customer, "name": name, "address": {"line1": f"1 {mark} street"}}),
        _delivery({"payment_intent": intent, "evidence": {"customer_name": name}}),
        UserEvent.objects.create(
            user=user,
            event_type="user.signed_in",
            session_id=f"session-{mark}",
            ip_address=address,
            user_agent=agent,
        ),
    ]
    audit_change(entity=user, action="UPDATE", actor=user, after={"changed": ["bio"]})
    audit_change(entity=user, action="UPDATE", actor=stranger, after={"role": user.role})
    return Canary(
        user=user,
        personal=(
            email,
            username,
            bio,
            avatar,
            wish,
            agent,
            device,
            address,
            name,
            f"subject-{mark}",
            f"session-{mark}",
            f"1 {mark} street",
            f"https://invoice.example.com/{mark}",
            f"https://checkout.example.com/{mark}",
        ),
        said=said,
        ids=frozenset(str(row.pk) for row in rows),
    )


def _delivery(body: dict[str, Any]) -> WebhookEvent:
    return WebhookEvent.objects.create(
        stripe_id=f"evt_{uuid4().hex}",
        event_type="customer.updated",
        status=WebhookStatus.PROCESSED,
        payload={"data": {"object": body}},
        processed_at=timezone.now(),
    )


def tables_about_people() -> set[type[models.Model]]:
    """The tables of ours that point at an account, directly or through one that does."""
    found: set[type[models.Model]] = {User}
    ours = [
        model for app in settings.DOMAIN_APPS for model in apps.get_app_config(app).get_models()
    ]
    for model in ours:
        if any(field.related_model is User for field in model._meta.concrete_fields):
            found.add(model)
    return found


def dump() -> list[tuple[str, str]]:
    """Every row of every table of the database, as text, with the name of its table."""
    rows: list[tuple[str, str]] = []
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f'SELECT row::text FROM "{table}" AS row')
            rows += [(table, text) for (text,) in cursor.fetchall()]
    return rows


def hits(marks: tuple[str, ...]) -> set[tuple[str, str]]:
    """In which tables each mark stands, in whatever case."""
    return {
        (table, mark) for table, text in dump() for mark in marks if mark.lower() in text.lower()
    }
