"""The parameters that each endpoint knows are those of the installed client."""

import re
import sys
import unittest
from typing import Any

from stripe import RequestOptions, params
from stripe.params import billing_portal, checkout

from development_stripe import parameters
from development_stripe.api import endpoints, known
from development_stripe.messages import Thing

OWN = set(RequestOptions.__annotations__)
# What endpoints know, and the client's description of it.
PAIRS: list[tuple[Thing, Any]] = [
    (known.CUSTOMER_CREATE, params.CustomerCreateParams),
    (known.CUSTOMER_UPDATE, params.CustomerUpdateParams),
    (known.CUSTOMER_LIST, params.CustomerListParams),
    (known.PRODUCT_CREATE, params.ProductCreateParams),
    (known.PRODUCT_LIST, params.ProductListParams),
    (known.PRICE_CREATE, params.PriceCreateParams),
    (known.PRICE_UPDATE, params.PriceUpdateParams),
    (known.PRICE_LIST, params.PriceListParams),
    (known.COUPON_CREATE, params.CouponCreateParams),
    (known.SESSION_CREATE, checkout.SessionCreateParams),
    (known.SESSION_UPDATE, checkout.SessionUpdateParams),
    (known.SESSION_LIST, checkout.SessionListParams),
    (known.PORTAL_CREATE, billing_portal.SessionCreateParams),
    (known.SUBSCRIPTION_LIST, params.SubscriptionListParams),
    (known.SUBSCRIPTION_UPDATE, params.SubscriptionUpdateParams),
    (known.SUBSCRIPTION_CANCEL, params.SubscriptionCancelParams),
    (known.SUBSCRIPTION_RESUME, params.SubscriptionResumeParams),
    (known.INVOICE_LIST, params.InvoiceListParams),
    (known.INVOICE_PAY, params.InvoicePayParams),
    (known.INVOICE_PAYMENT_LIST, params.InvoicePaymentListParams),
    (known.INTENT_LIST, params.PaymentIntentListParams),
    (known.CHARGE_LIST, params.ChargeListParams),
    (known.REFUND_CREATE, params.RefundCreateParams),
    (known.REFUND_UPDATE, params.RefundUpdateParams),
    (known.OF_CHARGE, params.RefundListParams),
    (known.OF_CHARGE, params.DisputeListParams),
    (known.EVENT_LIST, params.EventListParams),
    (known.ENDPOINT_CREATE, params.WebhookEndpointCreateParams),
    (known.ENDPOINT_UPDATE, params.WebhookEndpointUpdateParams),
    (known.ENDPOINT_LIST, params.WebhookEndpointListParams),
]


def described(hint: Any, module: str) -> Any:
    """The TypedDict that an annotation names, if there is one."""
    names = re.findall(r"\b[A-Z]\w+Params\w+", str(hint))
    return getattr(sys.modules[module], names[0]) if names else None


def differences(specification: Thing, description: Any, path: str) -> list[str]:
    hints = {name: hint for name, hint in description.__annotations__.items() if name not in OWN}
    found = [f"{path}: {name} is new" for name in sorted(set(hints) - set(specification))]
    found += [f"{path}: {name} is gone" for name in sorted(set(specification) - set(hints))]
    for name in set(hints) & set(specification):
        inner = specification[name]
        inner = inner[0] if isinstance(inner, list) else inner
        inner = inner[1] if isinstance(inner, tuple) else inner
        below = described(hints[name], description.__module__)
        if isinstance(inner, dict) and below:
            found += differences(inner, below, f"{path}.{name}")
    return found


class KnownParameterTests(unittest.TestCase):
    maxDiff = None

    def test_are_those_of_the_installed_client(self) -> None:
        found = [
            one
            for specification, description in PAIRS
            for one in differences(specification, description, description.__name__)
        ]

        self.assertEqual(found, [])

    def test_are_compared_for_every_endpoint_that_has_its_own(self) -> None:
        compared = {id(specification) for specification, _description in PAIRS}
        shared = {id(parameters.EXPAND), id(parameters.PAGING), id(parameters.LISTED)}

        missed = [
            f"{one.method} {one.path}"
            for one in endpoints.ENDPOINTS
            if one.known and id(one.known) not in compared | shared
        ]

        self.assertEqual(missed, [])
