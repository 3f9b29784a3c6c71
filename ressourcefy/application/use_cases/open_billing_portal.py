"""Lead a customer to the page where cards, plan and cancellation are managed."""

from collections.abc import Callable
from dataclasses import dataclass

from application.dto.commands import OpenBillingPortalCommand
from application.dto.results import BillingPortal
from application.exceptions import NoBillingAccount, PaymentsRefused
from application.services.return_addresses import allowed_address
from application.services.stripe_service import StripeService
from monetization.models import StripeCustomer
from monetization.services.customers import close_customer


@dataclass(slots=True)
class OpenBillingPortal:
    """For the caller's own customer. What is changed there comes back by Stripe's deliveries.

    Raises NoBillingAccount, ReturnAddressRefused and PaymentsUnavailable.
    """

    payments: Callable[[], StripeService] = StripeService

    def execute(self, command: OpenBillingPortalCommand) -> BillingPortal:
        return_url = allowed_address(command.return_url, field="return_url", default="billing")
        customer = StripeCustomer.objects.filter(
            user=command.user, stripe_customer_id__isnull=False, closed_at__isnull=True
        ).first()
        if customer is None:
            raise NoBillingAccount
        customer_id = str(customer.stripe_customer_id)
        try:
            url = self.payments().create_portal_session(
                customer_id=customer_id, return_url=return_url, locale=command.user.language
            )
        except PaymentsRefused as refusal:
            if refusal.is_about_customer:
                close_customer(customer_id)
                raise NoBillingAccount from refusal
            raise
        return BillingPortal(url=url)
