"""Refusals about money."""

from core.exceptions import NotFound


class CheckoutNotFound(NotFound):
    """No such checkout, or somebody else's."""

    code = "checkout_not_found"
    message = "Checkout not found."


class PaymentNotFound(NotFound):
    """No such payment."""

    code = "payment_not_found"
    message = "Payment not found."


class SubscriptionNotFound(NotFound):
    """No such subscription."""

    code = "subscription_not_found"
    message = "Subscription not found."
