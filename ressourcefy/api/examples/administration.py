"""Examples: the administration."""

from api.examples.demo import (
    PAYMENTS,
    PEOPLE,
    RESOURCES,
    ROLE_REQUESTS,
    SUBSCRIPTIONS,
    TAGS,
)
from api.examples.example import Example

_PAGE = {"page": 1, "page_size": 20}
_ONCE = "Once in each database; it is there for this example."


def _person(username: str) -> dict[str, str]:
    return {"user_id": PEOPLE[username]}


EXAMPLES = {
    "admin_users_list": Example(caller="admin", query=_PAGE | {"search": "reader"}),
    "admin_users_create": Example(
        caller="admin",
        body={"email": "colleague@example.com", "username": "colleague"},
        note="Once in each database; then the address is taken.",
    ),
    "admin_users_get": Example(caller="admin", path=_person("reader")),
    "admin_users_update": Example(caller="admin", path=_person("guest"), body={"is_active": False}),
    "admin_users_delete": Example(caller="admin", path=_person("spammer"), note=_ONCE),
    "admin_users_set_role": Example(
        caller="superadmin", path=_person("promoted"), body={"role": "CONTRIBUTOR"}
    ),
    "admin_users_activity": Example(
        caller="admin", path=_person("contributor"), query={"limit": 10}
    ),
    "admin_users_impersonate": Example(caller="superadmin", path=_person("subscriber")),
    "admin_users_reset_password": Example(caller="admin", path=_person("locked_out")),
    "admin_role_requests": Example(caller="admin", query=_PAGE),
    "admin_role_request": Example(
        caller="admin", path={"role_request_id": ROLE_REQUESTS["pending"]}
    ),
    "admin_role_request_approve": Example(
        caller="admin",
        path={"role_request_id": ROLE_REQUESTS["to_approve"]},
        body={"reason": "Welcome among the authors."},
        note=_ONCE,
    ),
    "admin_role_request_reject": Example(
        caller="admin",
        path={"role_request_id": ROLE_REQUESTS["to_reject"]},
        body={"reason": "Please tell us more about what you would publish."},
        note=_ONCE,
    ),
    "admin_tags_list": Example(caller="admin", query=_PAGE | {"search": "work"}),
    "admin_tags_create": Example(
        caller="admin", body={"name": "Beekeeping"}, note="Once in each database; then it is taken."
    ),
    "admin_tags_detail": Example(caller="admin", path={"tag_id": TAGS["teaching"]}),
    "admin_tags_update": Example(
        caller="admin", path={"tag_id": TAGS["to_rename"]}, body={"name": "Woodwork"}
    ),
    "admin_tags_delete": Example(caller="admin", path={"tag_id": TAGS["to_delete"]}, note=_ONCE),
    "admin_tags_merge": Example(
        caller="admin",
        body={"source_tag_id": TAGS["to_merge"], "target_tag_id": TAGS["worksheets"]},
        note=_ONCE,
    ),
    "admin_resources_list": Example(
        caller="admin", query=_PAGE | {"visibility": "premium", "has_price": "true"}
    ),
    "admin_resources_create": Example(
        caller="admin",
        body={
            "author_id": PEOPLE["contributor"],
            "title": "Spreadsheets as databases",
            "description": "How far they carry, and when to leave.",
            "visibility": "premium",
            "price_cents": 900,
            "tag_ids": [TAGS["teaching"]],
        },
    ),
    "admin_resources_detail": Example(
        caller="admin", path={"resource_id": RESOURCES["machine_learning"]}
    ),
    "admin_resources_update": Example(
        caller="admin",
        path={"resource_id": RESOURCES["to_edit"]},
        body={"title": "Typing without looking"},
    ),
    "admin_resources_delete": Example(
        caller="admin", path={"resource_id": RESOURCES["to_remove"]}, note=_ONCE
    ),
    "admin_resources_version_create": Example(
        caller="admin",
        path={"resource_id": RESOURCES["to_edit"]},
        body={"file_url": "https://files.example.com/typing-2.pdf"},
    ),
    "admin_progress_list": Example(
        caller="admin", query=_PAGE | {"resource_id": RESOURCES["python"]}
    ),
    "admin_subscriptions_list": Example(caller="admin", query=_PAGE),
    "admin_subscriptions_detail": Example(
        caller="admin", path={"subscription_id": SUBSCRIPTIONS["subscriber"]}
    ),
    "admin_subscriptions_update": Example(
        caller="admin",
        path={"subscription_id": SUBSCRIPTIONS["patron"]},
        body={"ends_at": "2099-12-31T23:59:59Z"},
    ),
    "admin_subscriptions_cancel": Example(
        caller="admin", path={"subscription_id": SUBSCRIPTIONS["sponsor"]}, note=_ONCE
    ),
    "admin_payments_list": Example(caller="admin", query=_PAGE | {"status": "completed"}),
    "admin_payments_detail": Example(caller="admin", path={"payment_id": PAYMENTS["course"]}),
    "admin_payments_refund": Example(
        caller="admin",
        path={"payment_id": PAYMENTS["course"]},
        body={"amount_cents": 100},
        note="Without an amount all that is left goes back.",
    ),
    "admin_dashboard_overview": Example(caller="admin"),
    "admin_dashboard_activity": Example(caller="admin", query={"limit": 10}),
    "admin_dashboard_health": Example(caller="admin"),
}
