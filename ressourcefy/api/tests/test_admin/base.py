"""What tests of the administration stand on: one row of every table, and signed-in browsers."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from analytics.models import UserEvent
from api.admin.sessions import remember
from application.services.session_passes import pass_of
from audit.models import AuditLog
from core.models import OutboxEvent, RateCounter, Tag, Tally
from core.models.base import new_id
from core.services.audit import audit_change
from core.tests.factories import make_event
from interactions.models import Comment, CommentModeration, CommentVote
from interactions.tests.factories import make_comment
from interactions.types import ModerationAction
from monetization.models import (
    Dispute,
    Payment,
    PaymentIntentRecord,
    Refund,
    StripeCharge,
    StripeCustomer,
    Subscription,
    WebhookEvent,
)
from monetization.tests.factories import make_payment, make_subscription
from resources.models import (
    FeedCount,
    FeedRow,
    FeedTag,
    Resource,
    ResourceProgress,
    ResourceVersion,
    ResourceVote,
    Span,
)
from resources.tests.factories import make_purchase, make_resource, make_version
from users.models import (
    DataExport,
    NotificationPreferences,
    Profile,
    RoleRequest,
    User,
    UserInterest,
    UserSession,
)
from users.services.sessions import open_session
from users.tests.factories import PASSWORD, make_tag, make_user
from users.types import Role

#: What can be deleted, restored, changed, ended, refunded or tried again; the rest is there to look
#: at.
CHANGEABLE = {
    User,
    Tag,
    Resource,
    Comment,
    OutboxEvent,
    RoleRequest,
    Payment,
    Subscription,
    WebhookEvent,
}
SOFT_DELETABLE = {User, Tag, Resource, Comment}


def all_models() -> list[type[models.Model]]:
    """Every table of ours, but for those that only connect two others."""
    return [
        model for app in settings.DOMAIN_APPS for model in apps.get_app_config(app).get_models()
    ]


def make_rows(text: str = "Some text") -> dict[type[models.Model], Any]:
    """A row of every table; wherever people write, it says `text`."""
    user = make_user()
    Profile.objects.filter(user=user).update(bio=text)
    tag = make_tag(text)
    resource = make_resource(author=user, title=text, description=text, attribution=text)
    resource.tags.add(tag)
    make_version(resource)
    comment = make_comment(resource=resource, author=user, content=text)
    payment = make_payment(user)
    audit_change(entity=user, action="UPDATE", actor=user, after={"changed": [text]})
    rows: Iterable[models.Model] = (
        user,
        user.profile,
        tag,
        resource,
        ResourceVersion.objects.get(resource=resource),
        comment,
        payment,
        make_subscription(user),
        make_purchase(user, resource),
        make_event(payload={"text": text}, error_message=text),
        AuditLog.objects.get(object_id=str(user.pk)),
        UserInterest.objects.create(user=user, tag=tag),
        UserSession.objects.create(
            user=user,
            refresh_id=new_id(),
            user_agent=text,
            expires_at=timezone.now() + timedelta(days=1),
        ),
        RoleRequest.objects.create(user=user, requested_role=Role.CONTRIBUTOR, reason=text),
        NotificationPreferences.objects.create(user=user),
        DataExport.objects.create(user=user, expires_at=timezone.now() + timedelta(days=1)),
        ResourceVote.objects.create(user=user, resource=resource, value=1),
        ResourceProgress.objects.create(user=user, resource=resource),
        CommentVote.objects.create(user=user, comment=comment, value=1),
        CommentModeration.objects.create(
            comment=comment, moderator=user, action=ModerationAction.HIDE, reason=text
        ),
        Refund.objects.create(payment=payment, amount_cents=100, reason=text),
        Dispute.objects.create(
            stripe_dispute_id=f"du_{user.pk.hex}", payment_intent=f"pi_{user.pk.hex}", reason=text
        ),
        StripeCharge.objects.create(payment_intent=f"pi_{user.pk.hex}"),
        PaymentIntentRecord.objects.create(user=user, metadata={"text": text}),
        StripeCustomer.objects.create(user=user, stripe_customer_id=f"cus_{user.pk.hex}"),
        WebhookEvent.objects.create(
            stripe_id=f"evt_{user.pk.hex}", event_type="x", payload={"text": text}
        ),
        RateCounter.objects.create(
            key=new_id(), limit_name="test", hits=[timezone.now()], expires_at=timezone.now()
        ),
        UserEvent.objects.create(user=user, event_type="x", event_data={"text": text}),
        Tally.objects.create(name="test", number=1),
        FeedRow.objects.get(pk=resource.pk),
        FeedTag.objects.get(resource_id=resource.pk),
        FeedCount.objects.filter(span=Span.HOUR)[:1].get(),
    )
    return {type(row): row for row in rows}


def address(model: type[models.Model], page: str = "changelist", *keys: object) -> str:
    """The path of a page of a table: changelist, add, change, delete or history."""
    options = model._meta
    return reverse(f"admin:{options.app_label}_{options.model_name}_{page}", args=keys)


class AdminTestCase(TestCase):
    """A test through the real pages, with the cookies of a browser and with CSRF checks."""

    def browser(self, user: User | None = None) -> Client:
        """A browser, signed in through the login page if `user` is given."""
        client = Client(enforce_csrf_checks=True)
        if user is not None:
            response = self.log_in(client, user.email)
            self.assertRedirects(response, "/admin/", fetch_redirect_response=False)
        return client

    def log_in(self, client: Client, email: str, password: str = PASSWORD) -> Any:
        """Fill in the login page and send it."""
        return self.send(client, "/admin/login/", {"username": email, "password": password})

    def sneak_in(self, client: Client, user: User) -> None:
        """Sign anybody in past the login page, which would refuse most of them."""
        session = open_session(user, lifetime=timedelta(hours=1))
        facts = client.session
        remember(facts, pass_of(session, user))
        facts.save()

    def send(self, client: Client, path: str, data: dict[str, Any] | None = None) -> Any:
        """Post a form as its page would."""
        if "csrftoken" not in client.cookies:
            client.get("/admin/login/")
        token = client.cookies["csrftoken"].value
        return client.post(path, {**(data or {}), "csrfmiddlewaretoken": token})

    def act(
        self,
        client: Client,
        model: type[models.Model],
        action: str,
        *rows: Any,
        reason: str = "",
    ) -> Any:
        """Run an action on rows chosen in the list."""
        keys = [str(row.pk) for row in rows]
        data = {"action": action, "index": "0", "reason": reason, "_selected_action": keys}
        return self.send(client, address(model), data)

    def act_on_page(self, client: Client, action: str, row: Any, *, reason: str = "") -> Any:
        """Run an action on the page of one row."""
        data = {
            "CHANGE_FORM-action": action,
            "CHANGE_FORM-reason": reason,
            "index": "0",
            "_selected_action": str(row.pk),
        }
        return self.send(client, address(type(row), "change", row.pk), data)

    def said(self, client: Client) -> str:
        """What the next page says about the last action."""
        return client.get("/admin/").content.decode()

    def fresh(self, row: Any) -> Any:
        """The row as it is in the table now, deleted or not."""
        model = type(row)
        manager = getattr(model, "all_objects", model._default_manager)
        return manager.get(pk=row.pk)
