"""A payer contests a charge at the bank."""

from development_stripe.errors import StripeError, invalid_state
from development_stripe.life.events import change, emit
from development_stripe.messages import Thing
from development_stripe.objects import payments
from development_stripe.store import Account

OPEN = ("needs_response", "warning_needs_response")
OUTCOMES = ("won", "lost", "warning_closed")


def dispute(
    account: Account, charge: Thing, *, reason: str, amount: int | None, inquiry: bool
) -> Thing:
    """A dispute, or only an inquiry, which takes no money yet."""
    if charge["status"] != "succeeded":
        raise invalid_state(f"Charge {charge['id']} has not been paid.", param="charge")
    if any(one["charge"] == charge["id"] for one in account.all("dispute")):
        raise StripeError(f"Charge {charge['id']} is already disputed.", code="charge_disputed")
    made = account.add(
        payments.dispute(
            account,
            charge=charge,
            amount=charge["amount"] if amount is None else amount,
            reason=reason,
            status="warning_needs_response" if inquiry else "needs_response",
        )
    )
    charge["disputed"] = not inquiry
    emit(account, "charge.dispute.created", made)
    if not inquiry:
        emit(account, "charge.dispute.funds_withdrawn", made)
    return made


def answer(account: Account, made: Thing) -> None:
    """We hand in evidence; the bank looks at it."""
    refuse_closed(made)
    warning = "warning_" if made["status"].startswith("warning_") else ""
    made["evidence_details"].update(
        has_evidence=True, submission_count=1, submission_method="manual"
    )
    change(account, made, "charge.dispute.updated", status=f"{warning}under_review")


def close(account: Account, made: Thing, outcome: str) -> None:
    refuse_closed(made)
    if outcome not in OUTCOMES:
        raise invalid_state(f"An outcome is one of {', '.join(OUTCOMES)}.", param="outcome")
    if (outcome == "warning_closed") != made["status"].startswith("warning_"):
        raise invalid_state("An inquiry ends as warning_closed, a dispute as won or lost.")
    made["status"] = outcome
    charge = account.get("charge", made["charge"])
    emit(account, "charge.dispute.closed", made)
    if outcome == "won":
        charge["disputed"] = False
        emit(account, "charge.dispute.funds_reinstated", made)


def refuse_closed(made: Thing) -> None:
    if made["status"] in OUTCOMES:
        raise invalid_state(f"Dispute {made['id']} is closed.", param="dispute")
