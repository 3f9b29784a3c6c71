"""Checkout sessions and what is bought in them."""

from development_stripe.lists import list_object
from development_stripe.messages import Thing
from development_stripe.store import Account, new_id

OPEN_SECONDS = 86_400


def line_item(price: Thing, product: Thing, *, quantity: int, metadata: Thing) -> Thing:
    amount = price["unit_amount"] * quantity
    return {
        "id": new_id("li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": product["name"],
        "metadata": metadata,
        "price": price,
        "quantity": quantity,
    }


def checkout_session(account: Account, given: Thing, *, items: list[Thing], off: int) -> Thing:
    """`off` is what a discount takes from the sum of the items."""
    identifier = new_id("cs_test", 58)
    subtotal = sum(one["amount_subtotal"] for one in items)
    hosted = given.get("ui_mode", "hosted_page") == "hosted_page"
    return {
        "id": identifier,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "allow_promotion_codes": given.get("allow_promotion_codes"),
        "amount_subtotal": subtotal,
        "amount_total": subtotal - off,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": given.get("billing_address_collection"),
        "branding_settings": None,
        "cancel_url": given.get("cancel_url"),
        "client_reference_id": given.get("client_reference_id"),
        "client_secret": None if hosted else f"{identifier}_secret_{new_id('s')}",
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "created": account.now(),
        "currency": items[0]["currency"],
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": given.get("customer"),
        "customer_account": None,
        "customer_creation": _customer_creation(given),
        "customer_details": None,
        "customer_email": given.get("customer_email"),
        "discounts": [
            {"coupon": one.get("coupon"), "promotion_code": None}
            for one in given.get("discounts", [])
        ],
        "expires_at": given.get("expires_at") or account.now() + OPEN_SECONDS,
        "integration_identifier": given.get("integration_identifier"),
        "invoice": None,
        "invoice_creation": None if given["mode"] == "subscription" else _no_invoice(),
        "livemode": False,
        "locale": given.get("locale"),
        "metadata": given.get("metadata") or {},
        "mode": given["mode"],
        "origin_context": given.get("origin_context"),
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": (
            given.get("payment_method_collection", "always")
            if given["mode"] == "subscription"
            else "if_required"
        ),
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": ["card", "sepa_debit"],
        "payment_status": "unpaid",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": given.get("submit_type"),
        "subscription": None,
        "success_url": given.get("success_url"),
        "total_details": {"amount_discount": off, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": given.get("ui_mode", "hosted_page"),
        "url": f"{account.base}/pay/{identifier}" if hosted else None,
        "wallet_options": None,
    }


def items_list(session_id: str, items: list[Thing]) -> Thing:
    return list_object(items, url=f"/v1/checkout/sessions/{session_id}/line_items")


def customer_details(customer: Thing | None, email: str | None) -> Thing:
    customer = customer or {}
    return {
        "address": None,
        "business_name": None,
        "email": customer.get("email") or email or "payer@example.com",
        "individual_name": None,
        "name": customer.get("name"),
        "phone": customer.get("phone"),
        "tax_exempt": "none",
        "tax_ids": [],
    }


def _customer_creation(given: Thing) -> str | None:
    if given.get("customer") or given["mode"] == "subscription":
        return None if given.get("customer") else "always"
    return str(given.get("customer_creation", "if_required"))


def _no_invoice() -> Thing:
    return {
        "enabled": False,
        "invoice_data": {
            "account_tax_ids": None,
            "custom_fields": None,
            "description": None,
            "footer": None,
            "issuer": None,
            "metadata": {},
            "rendering_options": None,
        },
    }
