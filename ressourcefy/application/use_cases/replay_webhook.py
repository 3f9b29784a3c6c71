"""Process a delivery again that did not take effect."""

from collections.abc import Callable
from dataclasses import dataclass

from application.dto.commands import ReplayWebhookCommand
from application.dto.results import ProcessedWebhook
from application.exceptions import PaymentsRefused, WebhookNotFound
from application.services.billing.deliveries import store_delivery
from application.services.billing.processing import process
from application.services.stripe_service import StripeService
from monetization.models import WebhookEvent


@dataclass(slots=True)
class ReplayWebhook:
    """One that has taken effect, or is none of ours, stays as it is.

    One that never arrived is fetched: Stripe keeps events for 30 days. Raises WebhookNotFound,
    PaymentsUnavailable, and whatever goes wrong again.
    """

    payments: Callable[[], StripeService] = StripeService.patient

    def execute(self, command: ReplayWebhookCommand) -> ProcessedWebhook:
        if not WebhookEvent.objects.filter(stripe_id=command.stripe_id).exists():
            try:
                store_delivery(self.payments().event(command.stripe_id))
            except PaymentsRefused as refusal:
                raise WebhookNotFound from refusal
        return ProcessedWebhook(stripe_id=command.stripe_id, status=process(command.stripe_id))
