"""The signature that Stripe puts on each delivery of an event."""

import hashlib
import hmac


def signature_header(body: bytes, secret: str, moment: int) -> str:
    """The header `Stripe-Signature`, see https://docs.stripe.com/webhooks/signature."""
    mac = hmac.new(secret.encode(), b"%d.%b" % (moment, body), hashlib.sha256)
    return f"t={moment},v1={mac.hexdigest()}"
