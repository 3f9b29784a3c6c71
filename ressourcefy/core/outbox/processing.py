"""One pass over the outbox in the caller's own thread, for tests and operators."""

from core.outbox.claims import Lane, claim_due, claim_expired
from core.outbox.delivery import deliver, deliver_batch


def process_outbox(limit: int = 10) -> int:
    """Handle events until none is due or `limit` is reached; the number of attempts.

    Everything runs here, one event after another, and no time-out is enforced: the worker's
    threads do that (`manage.py process_events --loop`).
    """
    handled = 0
    while handled < limit:
        if local := claim_due(limit - handled, Lane.LOCAL):
            handled += deliver_batch(local)
        # One by one: the lease of a second one would run while the first is under way.
        elif single := claim_due(1, Lane.EXTERNAL) or claim_expired():
            deliver(single[0])
            handled += 1
        else:
            break
    return handled
