"""Customers, portal sessions and webhook endpoints."""

import secrets

from development_stripe.messages import Thing
from development_stripe.store import API_VERSION, Account, new_id


def customer(account: Account, given: Thing) -> Thing:
    return {
        "id": new_id("cus", 14),
        "object": "customer",
        "address": given.get("address") or None,
        "balance": given.get("balance", 0),
        "created": account.now(),
        "currency": None,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "description": given.get("description"),
        "discount": None,
        "email": given.get("email") or None,
        "invoice_prefix": secrets.token_hex(4).upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": given.get("metadata") or {},
        "name": given.get("name") or None,
        "next_invoice_sequence": 1,
        "phone": given.get("phone") or None,
        "preferred_locales": given.get("preferred_locales", []),
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }


def portal_session(account: Account, *, customer: str, given: Thing) -> Thing:
    identifier = new_id("bps")
    return {
        "id": identifier,
        "object": "billing_portal.session",
        "configuration": given.get("configuration") or f"bpc_{account.id.removeprefix('acct_')}",
        "created": account.now(),
        "customer": customer,
        "customer_account": None,
        "flow": None,
        "livemode": False,
        "locale": given.get("locale"),
        "on_behalf_of": None,
        "return_url": given.get("return_url"),
        "url": f"{account.base}/portal/{identifier}",
    }


def webhook_endpoint(account: Account, given: Thing, *, identifier: str = "") -> Thing:
    """Without its secret, which is shown only to who creates it."""
    return {
        "id": identifier or new_id("we"),
        "object": "webhook_endpoint",
        "api_version": given.get("api_version") or API_VERSION,
        "application": None,
        "created": account.now(),
        "description": given.get("description"),
        "enabled_events": given.get("enabled_events") or ["*"],
        "livemode": False,
        "metadata": given.get("metadata") or {},
        "status": "enabled",
        "url": given["url"],
    }
