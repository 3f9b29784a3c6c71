"""Money goes back, or fails to arrive."""

from development_stripe.errors import StripeError, invalid_integer, invalid_state
from development_stripe.life.events import emit
from development_stripe.messages import Thing
from development_stripe.objects import payments
from development_stripe.store import Account


def refund(account: Account, charge: Thing, *, amount: int | None, given: Thing) -> Thing:
    """Part of a charge, or all that is left of it."""
    if charge["status"] != "succeeded":
        raise invalid_state(f"Charge {charge['id']} has not been paid.", param="charge")
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise StripeError(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    if charge["disputed"]:
        raise StripeError(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )
    wanted = left if amount is None else amount
    if wanted <= 0:
        raise invalid_integer("amount", wanted)
    if wanted > left:
        raise StripeError(
            f"Refund amount ({wanted}) is greater than unrefunded amount on charge ({left})",
            param="amount",
        )
    made = account.add(payments.refund(account, charge=charge, amount=wanted, given=given))
    previous = {name: charge[name] for name in ("amount_refunded", "refunded")}
    _set_sum(charge, charge["amount_refunded"] + wanted)
    emit(account, "charge.refunded", charge, previous)
    emit(account, "refund.created", made)
    if "card" in made["destination_details"]:
        details = made["destination_details"]["card"]
        details.update(reference="5000000000000000", reference_status="available")
    emit(account, "refund.updated", made)
    return made


def fail(account: Account, made: Thing) -> None:
    """The bank sends the money back: the charge counts as not refunded again."""
    if made["status"] != "succeeded":
        raise invalid_state(f"Refund {made['id']} is {made['status']}.", param="refund")
    charge = account.get("charge", made["charge"])
    made.update(
        status="failed",
        failure_reason="lost_or_stolen_card",
        failure_balance_transaction=made["balance_transaction"].replace("txn_", "txn_failed_"),
    )
    _set_sum(charge, charge["amount_refunded"] - made["amount"])
    emit(account, "refund.failed", made)
    emit(account, "refund.updated", made, {"status": "succeeded"})


def _set_sum(charge: Thing, amount: int) -> None:
    charge.update(amount_refunded=amount, refunded=amount == charge["amount"])
