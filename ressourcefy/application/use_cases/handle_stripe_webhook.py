"""Take a delivery of Stripe."""

from application.dto.commands import HandleStripeWebhookCommand
from application.dto.results import ProcessedWebhook
from application.exceptions import SignatureInvalid
from application.services.billing.deliveries import parse_delivery, store_delivery
from application.services.billing.processing import process
from application.services.stripe_service import is_genuine


class HandleStripeWebhook:
    """Stored first, by itself; then processed whole or not at all (`docs/payments.md`).

    Raises SignatureInvalid for what Stripe did not send, DeliveryMalformed for what is no event,
    and PaymentsNotConfigured without a secret: of those nothing is stored. Any other error means
    that the delivery is kept and did not take effect; Stripe sends it again, and so do we.
    """

    def execute(self, command: HandleStripeWebhookCommand) -> ProcessedWebhook:
        if not is_genuine(command.body, command.signature):
            raise SignatureInvalid
        payload = parse_delivery(command.body)
        store_delivery(payload)
        return ProcessedWebhook(stripe_id=payload["id"], status=process(payload["id"]))
