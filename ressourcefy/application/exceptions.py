"""Refusals that only a use case can make, because they are about the request as a whole."""

from core.exceptions import (
    Conflict,
    FieldRefused,
    InvalidInput,
    NotFound,
    ProviderUnavailable,
    Unauthenticated,
)


class TermsNotAccepted(FieldRefused, InvalidInput):
    """There is no account without the terms."""

    code = "invalid_action"
    message = "Accept the terms to register."
    field = "accepted_terms"


class ActivationTokenInvalid(InvalidInput):
    """Not an activation token, or a newer one was sent."""

    code = "invalid_token"
    message = "This activation link is not valid. Ask for a new one."


class ActivationTokenExpired(InvalidInput):
    """A genuine activation token, past its life."""

    code = "expired_token"
    message = "This activation link has expired. Ask for a new one."


class InvalidCredentials(Unauthenticated):
    """Wrong address or password; never says which, nor whether the account exists."""

    code = "invalid_credentials"
    message = "The address or the password is wrong."


class ResetTokenInvalid(InvalidInput):
    """Not a reset token, or one that was used, replaced or is too old."""

    code = "invalid_reset_token"
    message = "This reset link is not valid or has expired. Ask for a new one."


class WrongPassword(FieldRefused, InvalidInput):
    """The present password, asked for as a proof, is wrong."""

    message = "This is not your present password."
    field = "current_password"


class NoLocalPassword(InvalidInput):
    """The account signs in elsewhere."""

    code = "invalid_action"
    message = "This account has no password here: it signs in with its provider."


class ProfileIncomplete(InvalidInput):
    """The profile would have neither a biography nor a picture."""

    code = "invalid_action"
    message = "Keep at least a biography or a picture."


class NoPublicProfile(InvalidInput):
    """Administrators have no profile to show."""

    code = "invalid_action"
    message = "Administrators have no public profile."


class NotYoursToManage(InvalidInput):
    """One's own account, or one that is not below one's role."""

    code = "invalid_action"
    message = "You cannot change this account."


class NotToBeImpersonated(InvalidInput):
    """Superadmins act for themselves."""

    code = "invalid_action"
    message = "Nobody can act in the name of a superadmin."


class AccountShutOut(InvalidInput):
    """The account is deactivated, so nothing can be done with it."""

    code = "invalid_action"
    message = "This account is deactivated."


class InvalidRole(FieldRefused, InvalidInput):
    """There is no such role."""

    code = "invalid_role"
    message = "There is no such role."
    field = "role"


class PaymentsUnavailable(ProviderUnavailable):
    """Stripe is away, slow or out of order; the same request may succeed later."""

    message = "Payments are not available for the moment. Try again later."


class PaymentsNotConfigured(PaymentsUnavailable):
    """There is no key, no secret or nothing to sell."""


class PaymentsRefused(PaymentsUnavailable):
    """Stripe will not do what we ask; the same request will not succeed later either."""

    def __init__(self, *, stripe_code: str = "", parameter: str = "") -> None:
        super().__init__()
        self.stripe_code = stripe_code
        self.parameter = parameter

    @property
    def is_missing(self) -> bool:
        """Stripe does not know what we named."""
        return self.stripe_code == "resource_missing"

    @property
    def is_about_customer(self) -> bool:
        """The customer that we named is one that Stripe does not know, or knows no more."""
        return self.is_missing and self.parameter == "customer"


class SignatureInvalid(InvalidInput):
    """A delivery that Stripe did not sign, or too long ago."""

    code = "invalid_signature"
    message = "The signature is not valid."


class DeliveryMalformed(InvalidInput):
    """Signed bytes that are no event."""

    code = "parse_error"
    message = "The body is no event."


class WebhookNotFound(NotFound):
    """Neither we nor Stripe know this event."""

    code = "webhook_not_found"
    message = "Event not found."


class DeliveryFailedAgain(InvalidInput):
    """What went wrong with a delivery is still wrong; its row says what."""

    code = "invalid_action"
    message = "The delivery failed again; its error says why."


class UnknownOffer(FieldRefused, InvalidInput):
    """Nothing of that name is sold."""

    code = "invalid_action"
    message = "This plan or price is not on offer."
    field = "plan"


class ReturnAddressRefused(InvalidInput):
    """An address that is not ours to send people back to."""

    message = "This address is not allowed."


class NotForSale(InvalidInput):
    """A resource without a price, or one that the caller may open anyway."""

    code = "invalid_action"
    message = "This resource is not for sale to you."


class AlreadySubscribed(Conflict):
    """One subscription is enough; it is changed in the portal."""

    code = "already_subscribed"
    message = "You have a subscription already. Change it on your billing page."


class AlreadyPurchased(Conflict):
    """Nobody pays for a resource twice."""

    code = "already_purchased"
    message = "You have bought this resource already."


class PaymentPending(Conflict):
    """A bank debit is on its way."""

    code = "payment_pending"
    message = "A payment for this is on its way. It can take some days."


class NoBillingAccount(NotFound):
    """The caller has never paid for anything."""

    code = "subscription_not_found"
    message = "There is nothing to manage yet: you have not paid for anything."
