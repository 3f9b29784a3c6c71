"""Compare our rows with Stripe's, and repair what is different."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import transaction

from application.dto.commands import ReconcileBillingCommand
from application.dto.results import Reconciliation
from application.exceptions import PaymentsUnavailable
from application.services.billing.deliveries import store_delivery
from application.services.billing.events import APPLIERS
from application.services.billing.objects import subscription_facts, text
from application.services.billing.processing import event_of, process
from application.services.billing.syncs import sync_subscription
from application.services.stripe_service import Object, StripeService
from core import metrics
from monetization.models import PaymentIntentRecord, StripeCustomer, WebhookEvent
from monetization.services.subscriptions import differs_from, find_subscription
from monetization.types import IntentStatus, WebhookStatus

logger = logging.getLogger("billing")

_SETTLED = (WebhookStatus.PROCESSED, WebhookStatus.IGNORED)


@dataclass(slots=True)
class ReconcileBilling:
    """Subscriptions of each customer, paid checkouts, and events that were not taken.

    It can be repeated: what agrees is left alone. A customer of whom Stripe does not answer is
    counted as a failure, and the others go on. `progress` is called with each customer.
    """

    payments: Callable[[], StripeService] = StripeService.patient
    progress: Callable[[str], None] = lambda _customer: None

    def execute(self, command: ReconcileBillingCommand) -> Reconciliation:
        drift: Counter[str] = Counter()
        customers = failures = 0
        for customer_id in _customers(command):
            self.progress(customer_id)
            customers += 1
            try:
                drift.update(self._compare(customer_id, is_dry=command.is_dry))
            except PaymentsUnavailable:
                failures += 1
        if command.user_id is None:
            try:
                drift.update(self._missed_events(is_dry=command.is_dry))
            except PaymentsUnavailable:
                failures += 1
        for kind, count in drift.items():
            metrics.BILLING_DRIFT.labels(kind).inc(count)
        return Reconciliation(customers=customers, drift=dict(drift), failures=failures)

    def _compare(self, customer_id: str, *, is_dry: bool) -> Iterator[str]:
        """The kinds of what was different."""
        stripe = self.payments()
        for answer in stripe.subscriptions_of(customer_id):
            row = find_subscription(text(answer, "id"))
            if row is not None and not differs_from(row, subscription_facts(answer)):
                continue
            yield "subscription"
            if not is_dry:
                # Asked anew: an event may have taken effect since the list was made.
                sync_subscription(stripe, text(answer, "id"))
        for session in stripe.completed_sessions_of(customer_id):
            if _is_open(session):
                yield "checkout"
                if not is_dry:
                    _complete(session)

    def _missed_events(self, *, is_dry: bool) -> Iterator[str]:
        for payload in self.payments().undelivered_events():
            stripe_id = text(payload, "id")
            known = WebhookEvent.objects.filter(stripe_id=stripe_id, status__in=_SETTLED)
            if text(payload, "type") not in APPLIERS or known.exists():
                continue
            yield "event"
            if not is_dry:
                store_delivery(payload)
                try:
                    process(stripe_id)
                except Exception:
                    logger.exception(
                        "A missed delivery of Stripe failed.", extra={"stripe_event": stripe_id}
                    )


def _customers(command: ReconcileBillingCommand) -> Iterator[str]:
    known = StripeCustomer.objects.filter(
        stripe_customer_id__isnull=False, closed_at__isnull=True
    ).order_by("pk")
    if command.user_id is not None:
        known = known.filter(user_id=command.user_id)
    for customer_id in known.values_list("stripe_customer_id", flat=True).iterator():
        yield str(customer_id)


def _is_open(session: Object) -> bool:
    """Whether a completed checkout is one of ours that we do not know as completed."""
    records = PaymentIntentRecord.objects.filter(stripe_session_id=text(session, "id"))
    done = (IntentStatus.COMPLETED, IntentStatus.REVIEW, IntentStatus.FAILED)
    is_pending = session.get("payment_status") == "unpaid"
    return not is_pending and records.exclude(status__in=done).exists()


def _complete(session: Object) -> None:
    """As the delivery would have done that did not come."""
    payload = {
        "id": f"reconciled:{text(session, 'id')}",
        "type": "checkout.session.completed",
        "created": session.get("created"),
        "data": {"object": session},
    }
    with transaction.atomic():
        APPLIERS["checkout.session.completed"](event_of(payload))
