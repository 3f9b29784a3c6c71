"""What `bench.writes` measures: the product's own write paths, and what they are compared with.

"First version" is what one writes first with an ORM: one query per step, no counters beyond what
the tables keep, no audit, no limits. Both sides work on the same tables, through the same settings.
"""

import hashlib
import hmac
import itertools
import json
import random
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from bench.billing_deliveries import PRICE, SECRET, completed_checkout, session_of

_PEOPLE, _COMMENTS = 100, 1_000
#: Tracked events that are written at once.
TRACKED = 500
#: Without triggers and foreign keys.
ALONE = "vote: upsert alone"


class _Writes:
    """One method for each kind of write; what is not measured is made beforehand."""

    def __init__(self) -> None:
        # The product's modules can be loaded only after its settings.
        import django  # noqa: PLC0415

        django.setup()
        from django.db import connection  # noqa: PLC0415

        from application.services.stripe_service import API_VERSION  # noqa: PLC0415
        from interactions.models import Comment  # noqa: PLC0415
        from users.models import User  # noqa: PLC0415

        self._connection, self._api_version = connection, API_VERSION
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS bench.commits (n int)")
        self._people = list(User.objects.filter(is_activated=True).order_by("pk")[:_PEOPLE])
        shown = Comment.objects.shown().filter(
            resource__visibility="public", resource__price_cents=None, resource__deleted_at=None
        )
        self._comments = list(shown.order_by("pk").values_list("pk", flat=True)[: 2 * _COMMENTS])
        self._role = "origin"
        self._last: dict[tuple[int, int], int] = {}
        self._random = random.Random(1)  # noqa: S311 - repeatable, and no secret
        self._sessions: dict[str, Iterator[tuple[int, UUID, UUID]]] = {}
        self._steps: dict[str, Callable[[], None]] = {
            "commit": self._commit,
            ALONE: self._vote_upsert,
            "vote: with counters and foreign keys": self._vote_upsert,
            "vote: and the right to it": self._vote_with,
            "vote: and the audit entry": lambda: self._vote_with("audit"),
            "vote: and the event": lambda: self._vote_with("audit", "event"),
            "vote": self._vote,
            "vote, first version": self._first_vote,
            "webhook": self._webhook,
            "webhook, first version": self._first_webhook,
            "tracked in bulk": self._track,
            "tracked, first version": self._first_track,
            "password hash": self._hash,
        }

    def __call__(self, work: dict[str, Any]) -> bytes:
        if "prepare" in work:
            self._prepare(work["prepare"], work["number"])
        else:
            step = work["step"]
            self._set_role("replica" if step == ALONE else "origin")
            self._steps[step]()
        return b"null"

    # Votes ---------------------------------------------------------------------------------------

    def _commit(self) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute("INSERT INTO bench.commits VALUES (1)")

    def _turn(self) -> tuple[Any, UUID, int]:
        """Somebody, a comment, and a vote that is not the one cast there before.

        Where no trigger counts, the comments are others: nobody could count on there.
        """
        person, comment = self._random.randrange(_PEOPLE), self._random.randrange(_COMMENTS)
        if self._role == "replica":
            comment += _COMMENTS
        value = -self._last.get((person, comment), -1)
        self._last[person, comment] = value
        return self._people[person], self._comments[comment], value

    def _vote(self) -> None:
        from application.dto.commands import VoteOnCommentCommand  # noqa: PLC0415
        from application.use_cases.vote_on_comment import VoteOnComment  # noqa: PLC0415
        from resources.types import VoteValue  # noqa: PLC0415

        person, comment, value = self._turn()
        command = VoteOnCommentCommand(user=person, comment_id=comment, vote_value=VoteValue(value))
        VoteOnComment().execute(command)

    def _first_vote(self) -> None:
        from django.db import transaction  # noqa: PLC0415

        from interactions.models import Comment, CommentVote  # noqa: PLC0415

        person, comment_id, value = self._turn()
        comment = Comment.all_objects.get(pk=comment_id)
        if comment.is_deleted:
            raise PermissionError
        with transaction.atomic():
            vote, _made = CommentVote.objects.get_or_create(
                user=person, comment=comment, defaults={"value": value}
            )
            vote.value = value
            vote.save()

    def _vote_upsert(self) -> None:
        from core.models.base import new_id  # noqa: PLC0415

        person, comment, value = self._turn()
        with self._connection.prepared_cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute(
                "INSERT INTO interactions_commentvote AS vote "
                "(id, created_at, updated_at, comment_id, user_id, value) "
                "VALUES (%s, now(), now(), %s, %s, %s) ON CONFLICT (user_id, comment_id) "
                "DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at "
                "WHERE vote.value <> excluded.value RETURNING id, xmax = 0",
                [new_id(), comment, person.pk, value],
            )
            cursor.fetchone()

    def _set_role(self, role: str) -> None:
        """Triggers and foreign keys off, or on again; asked of the server only if it changes."""
        if self._role != role:
            with self._connection.cursor() as cursor:
                cursor.execute(f"SET session_replication_role = {role}")
            self._role = role

    def _vote_with(self, *follow_ups: str) -> None:
        from application.dto.events import AggregateType, EventType  # noqa: PLC0415
        from core.outbox import emission_from  # noqa: PLC0415
        from core.services.audit import audit_from  # noqa: PLC0415
        from interactions.models import CommentVote  # noqa: PLC0415
        from interactions.services.vote_comment import vote_comment  # noqa: PLC0415
        from resources.services.cast_vote import CHANGED  # noqa: PLC0415
        from resources.types import VoteValue  # noqa: PLC0415

        person, comment, value = self._turn()
        facts = {"comment_id": str(comment), "value": value}
        parts = []
        if "audit" in follow_ups:
            parts.append(audit_from(CHANGED, model=CommentVote, actor=person, after=facts))
        if "event" in follow_ups:
            parts.append(
                emission_from(
                    CHANGED,
                    aggregate_type=AggregateType.COMMENT_VOTE,
                    event_type=EventType.COMMENT_VOTED,
                    payload=facts,
                )
            )
        vote_comment(user=person, comment_id=comment, value=VoteValue(value), followed_by=parts)

    # Deliveries ----------------------------------------------------------------------------------

    def _prepare(self, label: str, number: int) -> None:
        """Checkouts that wait for their delivery, each of somebody else, and their customers."""
        with self._connection.cursor() as cursor:
            cursor.execute(
                """
                WITH payer AS (
                    SELECT id, row_number() OVER (ORDER BY id) AS n FROM users_user
                ), record AS (
                    INSERT INTO monetization_paymentintentrecord (id, created_at, updated_at,
                        user_id, kind, plan_key, price_id, amount_cents, currency, status,
                        stripe_session_id, url, stripe_customer_id, stripe_subscription_id,
                        payment_intent, invoice, metadata)
                    SELECT gen_random_uuid(), now(), now(), id, 'subscription', 'monthly', %s, 900,
                        'EUR', 'created', %s || n, '', '', '', '', '', '{}'
                    FROM payer WHERE n %% 2 = %s AND n <= %s
                    RETURNING id, user_id
                )
                SELECT payer.n, record.id, record.user_id
                FROM record JOIN payer ON payer.id = record.user_id
                """,
                [PRICE, session_of(label, ""), int(label == "first"), 2 * number],
            )
            self._sessions[label] = iter(cursor.fetchall())

    def _delivery(self, label: str) -> tuple[bytes, str, str]:
        """A signed delivery that a checkout was completed, and the session's id."""
        number, record, payer = next(self._sessions[label])
        session = session_of(label, number)
        body = completed_checkout(
            label, number, record=record, payer=payer, api_version=self._api_version
        )
        now = int(time.time())
        digest = hmac.new(SECRET.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
        return body, f"t={now},v1={digest}", session

    def _webhook(self) -> None:
        from application.dto.commands import HandleStripeWebhookCommand  # noqa: PLC0415
        from application.use_cases.handle_stripe_webhook import (  # noqa: PLC0415
            HandleStripeWebhook,
        )

        body, signature, _session = self._delivery("product")
        command = HandleStripeWebhookCommand(body=body, signature=signature)
        processed = HandleStripeWebhook().execute(command)
        assert processed.status == "PROCESSED", processed

    def _first_webhook(self) -> None:
        import stripe  # noqa: PLC0415
        from django.db import transaction  # noqa: PLC0415
        from django.utils import timezone  # noqa: PLC0415

        from monetization.models import (  # noqa: PLC0415
            Payment,
            PaymentIntentRecord,
            Subscription,
            WebhookEvent,
        )

        body, signature, session = self._delivery("first")
        stripe.WebhookSignature.verify_header(body, signature, SECRET, tolerance=300)
        event = json.loads(body)
        if WebhookEvent.objects.filter(stripe_id=event["id"]).exists():
            return
        webhook = WebhookEvent.objects.create(
            stripe_id=event["id"], event_type=event["type"], payload=event
        )
        with transaction.atomic():
            record = PaymentIntentRecord.objects.get(stripe_session_id=session)
            payment = Payment.objects.create(
                user_id=record.user_id,
                amount_cents=900,
                currency="EUR",
                provider_reference=session,
                status="completed",
            )
            subscription, _made = Subscription.objects.get_or_create(
                user_id=record.user_id,
                defaults={
                    "source": "stripe",
                    "stripe_subscription_id": event["data"]["object"]["subscription"],
                },
            )
            subscription.plan, subscription.status = "premium", "active"
            subscription.save()
            record.status = "completed"
            record.save()
            for kind, row in (("PAYMENT", payment), ("SUBSCRIPTION", subscription)):
                _emit(kind, row.pk, f"billing.{kind.lower()}", {"user_id": str(record.user_id)})
        webhook.status, webhook.processed_at = "PROCESSED", timezone.now()
        webhook.save()

    # Tracking and passwords ----------------------------------------------------------------------

    def _track(self) -> None:
        from analytics.services.track_event import TrackedEvent, track_events  # noqa: PLC0415
        from analytics.types import Activity, Client  # noqa: PLC0415

        client = Client(session_id="s" * 36, ip_address="203.0.113.7", user_agent="Browser/1")
        track_events(
            TrackedEvent(
                activity=Activity.RESOURCE_VIEWED,
                user_id=person.pk,
                data={"resource_id": str(person.pk)},
                client=client,
            )
            for person in itertools.islice(itertools.cycle(self._people), TRACKED)
        )

    def _first_track(self) -> None:
        from analytics.models import UserEvent  # noqa: PLC0415

        person = self._random.choice(self._people)
        UserEvent.objects.create(
            user=person,
            event_type="resource.viewed",
            event_data={"resource_id": str(person.pk)},
            session_id="s" * 36,
            ip_address="203.0.113.7",
            user_agent="Browser/1",
        )

    def _hash(self) -> None:
        from django.contrib.auth.hashers import check_password  # noqa: PLC0415

        from bench.generate import PASSWORD  # noqa: PLC0415

        assert check_password(PASSWORD, self._people[0].password)


def _emit(aggregate_type: str, aggregate_id: object, event_type: str, payload: Any) -> None:
    from django.utils import timezone  # noqa: PLC0415

    from core.models import OutboxEvent  # noqa: PLC0415

    OutboxEvent.objects.create(
        aggregate_type=aggregate_type,
        aggregate_id=str(aggregate_id),
        event_type=event_type,
        payload=payload,
        next_retry_at=timezone.now(),
    )


def work() -> Callable[[dict[str, Any]], bytes]:
    """What the measured process does."""
    return _Writes()
