"""Process a delivery again that did not take effect."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError

from application.dto.commands import ReplayWebhookCommand
from application.dto.results import ProcessedWebhook
from application.exceptions import DeliveryFailedAgain, PaymentsRefused, WebhookNotFound
from application.policies.account_policy import can_keep_books
from application.services.billing.deliveries import store_delivery
from application.services.billing.processing import process
from application.services.stripe_service import StripeService
from core.exceptions import AccessDenied
from core.services.audit import audit_change
from monetization.models import WebhookEvent

logger = logging.getLogger("billing")


@dataclass(slots=True)
class ReplayWebhook:
    """One that has taken effect, or is none of ours, stays as it is.

    One that never arrived is fetched: Stripe keeps events for 30 days. Raises AccessDenied,
    WebhookNotFound, PaymentsUnavailable, and DeliveryFailedAgain for whatever goes wrong again.
    """

    payments: Callable[[], StripeService] = StripeService.patient

    def execute(self, command: ReplayWebhookCommand) -> ProcessedWebhook:
        if command.user is not None and not can_keep_books(command.user):
            raise AccessDenied("Only administrators can process deliveries again.")
        if not WebhookEvent.objects.filter(stripe_id=command.stripe_id).exists():
            try:
                store_delivery(self.payments().event(command.stripe_id))
            except PaymentsRefused as refusal:
                raise WebhookNotFound from refusal
        row = WebhookEvent.objects.get(stripe_id=command.stripe_id)
        # Written down whatever comes of it: that somebody asked is the change.
        audit_change(
            entity=row,
            action="UPDATE",
            actor=command.user,
            before={"status": row.status},
            after={"changed": ["replayed"]},
        )
        try:
            status = process(command.stripe_id)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            logger.exception(
                "A delivery of Stripe failed again.", extra={"stripe_event": command.stripe_id}
            )
            raise DeliveryFailedAgain from error
        return ProcessedWebhook(stripe_id=command.stripe_id, status=status)
