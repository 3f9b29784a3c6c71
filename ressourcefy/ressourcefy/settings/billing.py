"""Settings of payments: Stripe's keys."""

from ressourcefy.settings.base import DEBUG
from ressourcefy.settings.env import names, stop, text

STRIPE_SECRET_KEY = text("STRIPE_SECRET_KEY")
# Several secrets are valid at once while one of them is being replaced.
STRIPE_WEBHOOK_SECRET = names("STRIPE_WEBHOOK_SECRET")

if DEBUG and STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_")):
    stop("STRIPE_SECRET_KEY: a live key is refused with DJANGO_DEBUG=True.")
