"""The parameters that each endpoint knows; a test holds them to the installed client's.

IGNORED are those that Stripe takes and that change nothing here.
"""

from development_stripe.messages import Thing
from development_stripe.parameters import (
    ADDRESS,
    BOOLEAN,
    EXPAND,
    HASH,
    IGNORED,
    INTEGER,
    LISTED,
    MOMENT,
    NUMBER,
    PAGING,
    RANGE,
    TEXT,
    choice,
)


def ignored(names: str) -> Thing:
    return dict.fromkeys(names.split(), IGNORED)


POSTAL = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"), TEXT)
CUSTOMER_UPDATE: Thing = {
    "address": POSTAL,
    "balance": INTEGER,
    "description": TEXT,
    "email": TEXT,
    "metadata": HASH,
    "name": TEXT,
    "phone": TEXT,
    "preferred_locales": [TEXT],
    **ignored(
        "business_name cash_balance individual_name invoice_prefix invoice_settings"
        " next_invoice_sequence shipping source tax tax_exempt validate default_source"
    ),
    **EXPAND,
}
CUSTOMER_CREATE = {
    name: value for name, value in CUSTOMER_UPDATE.items() if name != "default_source"
} | ignored("payment_method tax_id_data test_clock")
CUSTOMER_LIST = LISTED | {"email": TEXT, "test_clock": IGNORED}

PRODUCT_CREATE: Thing = {
    "active": BOOLEAN,
    "description": TEXT,
    "id": TEXT,
    "images": [TEXT],
    "metadata": HASH,
    "name": TEXT,
    **ignored(
        "default_price_data marketing_features package_dimensions shippable statement_descriptor"
        " tax_code tax_details type unit_label url"
    ),
    **EXPAND,
}
PRODUCT_LIST: Thing = LISTED | {"active": BOOLEAN, "ids": [TEXT]} | ignored("shippable type url")
INTERVAL = choice("day", "week", "month", "year")
TAX_BEHAVIOR = choice("exclusive", "inclusive", "unspecified")
PRICE_CREATE: Thing = {
    "active": BOOLEAN,
    "billing_scheme": choice("per_unit"),
    "currency": TEXT,
    "lookup_key": TEXT,
    "metadata": HASH,
    "nickname": TEXT,
    "product": TEXT,
    "product_data": {"metadata": HASH, "name": TEXT}
    | ignored("active id statement_descriptor tax_code tax_details unit_label"),
    "recurring": {
        "interval": INTERVAL,
        "interval_count": INTEGER,
        **ignored("meter trial_period_days usage_type"),
    },
    "tax_behavior": TAX_BEHAVIOR,
    "unit_amount": INTEGER,
    **ignored(
        "currency_options custom_unit_amount tiers tiers_mode transfer_lookup_key"
        " transform_quantity unit_amount_decimal"
    ),
    **EXPAND,
}
PRICE_UPDATE: Thing = {
    "active": BOOLEAN,
    "lookup_key": TEXT,
    "metadata": HASH,
    "nickname": TEXT,
    **ignored("currency_options tax_behavior transfer_lookup_key"),
    **EXPAND,
}
PRICE_LIST: Thing = LISTED | {
    "active": BOOLEAN,
    "currency": TEXT,
    "lookup_keys": [TEXT],
    "product": TEXT,
    "recurring": IGNORED,
    "type": choice("one_time", "recurring"),
}
COUPON_CREATE: Thing = {
    "amount_off": INTEGER,
    "currency": TEXT,
    "duration": choice("forever", "once", "repeating"),
    "duration_in_months": INTEGER,
    "id": TEXT,
    "max_redemptions": INTEGER,
    "metadata": HASH,
    "name": TEXT,
    "percent_off": NUMBER,
    "redeem_by": INTEGER,
    **ignored("applies_to currency_options"),
    **EXPAND,
}

PRICE_DATA: Thing = {
    "currency": TEXT,
    "product": TEXT,
    "product_data": {"metadata": HASH, "name": TEXT}
    | ignored("description images tax_code tax_details unit_label"),
    "recurring": {"interval": INTERVAL, "interval_count": INTEGER},
    "tax_behavior": TAX_BEHAVIOR,
    "unit_amount": INTEGER,
    "unit_amount_decimal": IGNORED,
}
SESSION_CREATE: Thing = {
    "allow_promotion_codes": BOOLEAN,
    "billing_address_collection": choice("auto", "required"),
    "cancel_url": ADDRESS,
    "client_reference_id": TEXT,
    "customer": TEXT,
    "customer_creation": choice("always", "if_required"),
    "customer_email": TEXT,
    "discounts": [{"coupon": TEXT, "promotion_code": IGNORED}],
    "expires_at": INTEGER,
    "integration_identifier": TEXT,
    "line_items": [
        {
            "metadata": HASH,
            "price": TEXT,
            "price_data": PRICE_DATA,
            "quantity": INTEGER,
            **ignored("adjustable_quantity tax_rates"),
        }
    ],
    "locale": TEXT,
    "metadata": HASH,
    "mode": choice("payment", "setup", "subscription"),
    "origin_context": choice("mobile_app", "web"),
    "payment_intent_data": {
        "description": TEXT,
        "metadata": HASH,
        **ignored(
            "application_fee_amount capture_method on_behalf_of receipt_email setup_future_usage"
            " shipping statement_descriptor statement_descriptor_suffix transfer_data"
            " transfer_group"
        ),
    },
    "payment_method_collection": choice("always", "if_required"),
    "submit_type": choice("auto", "book", "donate", "pay", "subscribe"),
    "subscription_data": {
        "description": TEXT,
        "metadata": HASH,
        "trial_end": INTEGER,
        "trial_period_days": INTEGER,
        "trial_settings": {
            "end_behavior": {"missing_payment_method": choice("cancel", "create_invoice", "pause")}
        },
        **ignored(
            "application_fee_percent billing_cycle_anchor billing_cycle_anchor_config billing_mode"
            " default_tax_rates invoice_settings on_behalf_of pending_invoice_item_interval"
            " proration_behavior transfer_data"
        ),
    },
    "success_url": ADDRESS,
    "ui_mode": choice("elements", "embedded_page", "form", "hosted_page"),
    **ignored(
        "adaptive_pricing after_expiration allowed_payment_method_types automatic_tax"
        " branding_settings consent_collection currency custom_fields custom_text customer_account"
        " customer_update excluded_payment_method_types invoice_creation managed_payments"
        " name_collection optional_items payment_method_configuration payment_method_data"
        " payment_method_options permissions phone_number_collection redirect_on_completion"
        " return_url saved_payment_method_options setup_intent_data shipping_address_collection"
        " shipping_options tax_id_collection wallet_options"
    ),
    **EXPAND,
}
SESSION_UPDATE: Thing = {
    "metadata": HASH,
    **ignored("collected_information line_items payment_intent_data shipping_options"),
    **EXPAND,
}
SESSION_LIST: Thing = LISTED | {
    "customer": TEXT,
    "customer_account": IGNORED,
    "customer_details": {"email": TEXT},
    "payment_intent": TEXT,
    "payment_link": IGNORED,
    "status": choice("complete", "expired", "open"),
    "subscription": TEXT,
}

PORTAL_CREATE: Thing = {
    "configuration": TEXT,
    "customer": TEXT,
    "locale": TEXT,
    "return_url": ADDRESS,
    **ignored("after_expiration customer_account flow_data on_behalf_of"),
    **EXPAND,
}

SUBSCRIPTION_LIST: Thing = LISTED | {
    "collection_method": TEXT,
    "current_period_end": (INTEGER, RANGE),
    "current_period_start": (INTEGER, RANGE),
    "customer": TEXT,
    "price": TEXT,
    "status": choice(
        "active",
        "all",
        "canceled",
        "ended",
        "incomplete",
        "incomplete_expired",
        "past_due",
        "paused",
        "trialing",
        "unpaid",
    ),
    **ignored("automatic_tax customer_account plan test_clock"),
}
SUBSCRIPTION_UPDATE: Thing = {
    "cancel_at": TEXT,
    "cancel_at_period_end": BOOLEAN,
    "description": TEXT,
    "items": [
        {
            "id": TEXT,
            "price": TEXT,
            "quantity": INTEGER,
            **ignored(
                "billing_thresholds clear_usage current_trial deleted discounts metadata plan"
                " price_data tax_rates"
            ),
        }
    ],
    "metadata": HASH,
    "pause_collection": {
        "behavior": choice("keep_as_draft", "mark_uncollectible", "void"),
        "resumes_at": MOMENT,
    },
    "proration_behavior": choice("always_invoice", "create_prorations", "none"),
    "trial_end": TEXT,
    **ignored(
        "add_invoice_items application_fee_percent automatic_tax billing_cycle_anchor"
        " billing_schedules billing_thresholds cancellation_details collection_method"
        " days_until_due default_payment_method default_source default_tax_rates discounts"
        " invoice_settings off_session on_behalf_of payment_behavior payment_settings"
        " pending_invoice_item_interval proration_date transfer_data trial_from_plan"
        " trial_settings"
    ),
    **EXPAND,
}
SUBSCRIPTION_CANCEL: Thing = {
    "cancellation_details": {"comment": TEXT, "feedback": TEXT, "feedback_option": IGNORED},
    **ignored("invoice_now prorate"),
    **EXPAND,
}
SUBSCRIPTION_RESUME: Thing = {
    **ignored("billing_cycle_anchor payment_behavior proration_behavior proration_date"),
    **EXPAND,
}

INVOICE_LIST: Thing = LISTED | {
    "collection_method": TEXT,
    "customer": TEXT,
    "status": choice("draft", "open", "paid", "uncollectible", "void"),
    "subscription": TEXT,
    **ignored("customer_account due_date"),
}
INVOICE_PAY: Thing = {
    **ignored("forgive mandate off_session paid_out_of_band payment_method source"),
    **EXPAND,
}
INVOICE_PAYMENT_LIST: Thing = LISTED | {
    "invoice": TEXT,
    "payment": {
        "payment_intent": TEXT,
        "payment_record": IGNORED,
        "type": choice("payment_intent", "payment_record"),
    },
    "status": choice("canceled", "open", "paid"),
}
INTENT_LIST: Thing = LISTED | {"customer": TEXT, "customer_account": IGNORED}
CHARGE_LIST: Thing = LISTED | {
    "customer": TEXT,
    "payment_intent": TEXT,
    "transfer_group": IGNORED,
}
REFUND_CREATE: Thing = {
    "amount": INTEGER,
    "charge": TEXT,
    "metadata": HASH,
    "payment_intent": TEXT,
    "reason": choice("duplicate", "fraudulent", "requested_by_customer"),
    **ignored(
        "currency customer instructions_email origin refund_application_fee reverse_transfer"
    ),
    **EXPAND,
}
REFUND_UPDATE: Thing = {"metadata": HASH, **EXPAND}
OF_CHARGE: Thing = LISTED | {"charge": TEXT, "payment_intent": TEXT}
EVENT_LIST: Thing = LISTED | {"delivery_success": BOOLEAN, "type": TEXT, "types": [TEXT]}

ENDPOINT_CREATE: Thing = {
    "api_version": TEXT,
    "connect": IGNORED,
    "description": TEXT,
    "enabled_events": [TEXT],
    "metadata": HASH,
    "url": ADDRESS,
    **EXPAND,
}
ENDPOINT_UPDATE: Thing = {
    "description": TEXT,
    "disabled": BOOLEAN,
    "enabled_events": [TEXT],
    "metadata": HASH,
    "url": ADDRESS,
    **EXPAND,
}
ENDPOINT_LIST = PAGING
