"""A payment intent tries to get its money: by card at once, by bank debit days later."""

from development_stripe.life.events import emit
from development_stripe.messages import Thing
from development_stripe.objects import payments
from development_stripe.store import Account

DECLINED = {
    "advice_code": "try_again_later",
    "code": "card_declined",
    "decline_code": "generic_decline",
    "doc_url": "https://docs.stripe.com/error-codes/card-declined",
    "message": "Your card was declined.",
    "type": "card_error",
}
DEBIT_RETURNED = {
    "code": "payment_intent_payment_attempt_failed",
    "message": "The customer's bank account has insufficient funds.",
    "type": "invalid_request_error",
}


def new_intent(
    account: Account,
    *,
    amount: int,
    currency: str,
    customer: str | None,
    metadata: Thing,
    description: str | None,
) -> Thing:
    intent = account.add(
        payments.payment_intent(
            account,
            amount=amount,
            currency=currency,
            customer=customer,
            metadata=metadata,
            description=description,
        )
    )
    emit(account, "payment_intent.created", intent)
    return intent


def succeed(account: Account, intent: Thing, *, email: str | None, method: str = "card") -> Thing:
    """The charge that brought the money."""
    charge = _charge(account, intent, method=method, status="succeeded", email=email)
    emit(account, "charge.succeeded", charge)
    _received(account, intent)
    return charge


def decline(account: Account, intent: Thing, *, email: str | None) -> Thing:
    """The charge that failed; the intent waits for another means of payment."""
    charge = _charge(account, intent, method="card", status="failed", email=email)
    emit(account, "charge.failed", charge)
    intent["last_payment_error"] = DECLINED | {"charge": charge["id"]}
    intent["status"] = "requires_payment_method"
    emit(account, "payment_intent.payment_failed", intent)
    return charge


def ask_for_action(account: Account, intent: Thing) -> None:
    """The bank wants to hear from the customer before it pays."""
    intent["status"] = "requires_action"
    intent["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": {}}
    emit(account, "payment_intent.requires_action", intent)


def begin_debit(account: Account, intent: Thing, *, email: str | None) -> Thing:
    """A charge whose money is on its way."""
    charge = _charge(account, intent, method="sepa_debit", status="pending", email=email)
    intent["status"] = "processing"
    emit(account, "payment_intent.processing", intent)
    emit(account, "charge.pending", charge)
    return charge


def end_debit(account: Account, intent: Thing, *, succeeds: bool) -> None:
    charge = account.get("charge", intent["latest_charge"])
    if succeeds:
        charge.update(status="succeeded", paid=True)
        emit(account, "charge.succeeded", charge)
        _received(account, intent)
        return
    charge.update(
        status="failed",
        failure_code="insufficient_funds",
        failure_message=DEBIT_RETURNED["message"],
        amount_captured=0,
        captured=False,
    )
    emit(account, "charge.failed", charge)
    intent["last_payment_error"] = DEBIT_RETURNED | {"charge": charge["id"]}
    intent["status"] = "requires_payment_method"
    emit(account, "payment_intent.payment_failed", intent)


def _charge(
    account: Account, intent: Thing, *, method: str, status: str, email: str | None
) -> Thing:
    charge = account.add(
        payments.charge(account, intent=intent, method=method, status=status, email=email)
    )
    intent["latest_charge"] = charge["id"]
    intent["payment_method"] = charge["payment_method"]
    return charge


def _received(account: Account, intent: Thing) -> None:
    intent.update(
        amount_received=intent["amount"],
        last_payment_error=None,
        next_action=None,
        status="succeeded",
    )
    emit(account, "payment_intent.succeeded", intent)
