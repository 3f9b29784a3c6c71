"""Compare our rows with Stripe's, and repair what is different."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import InterfaceError, OperationalError, transaction

from application.dto.commands import ReconcileBillingCommand
from application.dto.results import Reconciliation
from application.exceptions import PaymentsRefused, PaymentsUnavailable
from application.services.billing.deliveries import store_delivery
from application.services.billing.events import APPLIERS
from application.services.billing.objects import subscription_facts, text
from application.services.billing.processing import event_of, process
from application.services.billing.syncs import apply_subscription_answer
from application.services.stripe_service import Object, StripeService
from core import metrics
from core.services.audit import audit_change
from monetization.models import PaymentIntentRecord, StripeCustomer, Subscription, WebhookEvent
from monetization.services.customers import close_customer
from monetization.services.subscriptions import differs_from, find_subscription
from monetization.types import IntentStatus, WebhookStatus

logger = logging.getLogger("billing")

_SETTLED = (WebhookStatus.PROCESSED, WebhookStatus.IGNORED)

type Progress = Callable[[int, int], None]


def _in_silence(_done: int, _total: int) -> None:
    """Nobody watches."""


@dataclass(slots=True)
class ReconcileBilling:
    """Customers, subscriptions and paid checkouts of each person, and events that were not taken.

    It can be repeated: what agrees is left alone. What goes wrong with one person or event is
    logged and counted as a failure, and the others go on. `progress` is called with how many of how
    many persons are done.
    """

    payments: Callable[[], StripeService] = StripeService.patient
    progress: Progress = _in_silence

    def execute(self, command: ReconcileBillingCommand) -> Reconciliation:
        drift: Counter[str] = Counter()
        failures = 0
        customers = _customers(command)
        for done, customer in enumerate(customers, start=1):
            failures += self._failures(drift, self._compare(customer, is_dry=command.is_dry))
            self.progress(done, len(customers))
        if command.user_id is None:
            failures += self._failures(drift, self._missed_events(is_dry=command.is_dry))
        for kind, count in drift.items():
            metrics.BILLING_DRIFT.labels(kind).inc(count)
        return Reconciliation(customers=len(customers), drift=dict(drift), failures=failures)

    def _failures(self, drift: Counter[str], found: Iterator[str | None]) -> int:
        """Count what is found; None stands for something that could not be repaired."""
        failures = 0
        try:
            for kind in found:
                if kind is None:
                    failures += 1
                else:
                    drift[kind] += 1
        except PaymentsUnavailable:
            failures += 1
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("Comparing with Stripe failed.")
            failures += 1
        return failures

    def _compare(self, customer: StripeCustomer, *, is_dry: bool) -> Iterator[str | None]:
        """The kinds of what was different with one person."""
        stripe, customer_id = self.payments(), str(customer.stripe_customer_id)
        began_at = datetime.now(UTC)
        answers: list[Object] = []
        sessions: list[Object] = []
        if _is_known(stripe, customer_id):
            answers.extend(stripe.subscriptions_of(customer_id))
            sessions.extend(stripe.completed_sessions_of(customer_id))
        elif customer.closed_at is None:
            yield "customer"
            if not is_dry:
                close_customer(customer_id)
        answers.extend(_unlisted(stripe, customer, answers))
        for answer in filter(_differs, answers):
            yield "subscription"
            if not is_dry:
                _repair(answer, began_at)
        for session in filter(_is_open, sessions):
            yield "checkout"
            if not is_dry:
                _complete(session)

    def _missed_events(self, *, is_dry: bool) -> Iterator[str | None]:
        for payload in self.payments().undelivered_events():
            stripe_id = text(payload, "id")
            known = WebhookEvent.objects.filter(stripe_id=stripe_id, status__in=_SETTLED)
            if text(payload, "type") not in APPLIERS or known.exists():
                continue
            yield "event"
            if is_dry:
                continue
            store_delivery(payload)
            try:
                process(stripe_id)
            except (OperationalError, InterfaceError):
                raise
            except Exception:
                logger.exception(
                    "A missed delivery of Stripe failed.", extra={"stripe_event": stripe_id}
                )
                yield None


def _customers(command: ReconcileBillingCommand) -> list[StripeCustomer]:
    """Whoever is known at Stripe, or may still be charged there."""
    known = StripeCustomer.objects.filter(stripe_customer_id__isnull=False)
    live = Subscription.objects.live_at_stripe().values("user_id")
    wanted = known.filter(closed_at__isnull=True) | known.filter(user_id__in=live)
    if command.user_id is not None:
        wanted = wanted.filter(user_id=command.user_id)
    return list(wanted.order_by("pk").only("user_id", "stripe_customer_id", "closed_at"))


def _is_known(stripe: StripeService, customer_id: str) -> bool:
    """Whether Stripe has a customer of that id, who has not been deleted there."""
    try:
        answer = stripe.retrieve("customer", customer_id)
    except PaymentsRefused as refusal:
        if not refusal.is_missing:
            raise
        return False
    return answer is not None and not answer.get("deleted")


def _unlisted(
    stripe: StripeService, customer: StripeCustomer, told: Iterable[Object]
) -> Iterator[Object]:
    """What a person pays as far as we know, and is not in the list of their present customer."""
    ids = [text(answer, "id") for answer in told]
    live = Subscription.objects.live_at_stripe().filter(user_id=customer.user_id)
    for row in list(live.exclude(stripe_subscription_id__in=ids)):
        yield stripe.subscription(str(row.stripe_subscription_id))


def _differs(answer: Object) -> bool:
    row = find_subscription(text(answer, "id"))
    return row is None or differs_from(row, subscription_facts(answer))


@transaction.atomic
def _repair(answer: Object, began_at: datetime) -> None:
    change = apply_subscription_answer(answer, began_at=began_at)
    if change is not None:
        audit_change(
            entity=change.subscription,
            action="UPDATE",
            actor=None,
            before={"stripe_status": change.before.stripe_status},
            after={"stripe_status": change.after.stripe_status, "changed": ["reconciled"]},
        )


def _is_open(session: Object) -> bool:
    """Whether a completed checkout is one of ours that we do not know as completed."""
    records = PaymentIntentRecord.objects.filter(stripe_session_id=text(session, "id"))
    done = (IntentStatus.COMPLETED, IntentStatus.REVIEW, IntentStatus.FAILED)
    is_pending = session.get("payment_status") == "unpaid"
    return not is_pending and records.exclude(status__in=done).exists()


@transaction.atomic
def _complete(session: Object) -> None:
    """As the delivery would have done that did not come; it audits what it changes."""
    payload = {
        "id": f"reconciled:{text(session, 'id')}",
        "type": "checkout.session.completed",
        "created": session.get("created"),
        "data": {"object": session},
    }
    APPLIERS["checkout.session.completed"](event_of(payload))
