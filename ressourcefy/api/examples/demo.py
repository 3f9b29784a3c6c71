"""What the demo of `make run` has that examples name: ids, addresses and the password.

Only development has the demo. Append to these lists, never insert: the place of a name is its id.
"""

# Known to everybody, which is why these accounts exist in development only.
PASSWORD = "demo-ressourcefy"  # noqa: S105 - printed on purpose


def _ids(kind: int, *names: str) -> dict[str, str]:
    """Ids in the form of UUIDv7 (RFC 9562), by name."""
    return {
        name: f"01980000-0000-7000-8000-{kind:04x}{number:08x}"
        for number, name in enumerate(names, 1)
    }


PEOPLE = _ids(
    1,
    *("reader", "subscriber", "newcomer", "contributor", "moderator", "admin", "superadmin"),
    # These are there for one example each, which uses something of theirs up.
    *("buyer", "unconfirmed", "impatient", "traveller", "forgetful", "absentminded", "careful"),
    *("leaving", "archivist", "onboarding_1", "onboarding_2", "onboarding_3", "aspiring"),
    *("applicant", "candidate", "hopeful", "patron", "sponsor", "guest", "spammer", "locked_out"),
    "promoted",
)
RESOURCES = _ids(
    2,
    *("python", "sql", "git", "statistics", "accessibility", "algorithms", "http"),
    *("machine_learning", "postgresql", "rust_draft", "rules_draft"),
    *("to_change", "to_delete", "to_edit", "to_remove"),
)
COMMENTS = _ids(3, "thanks", "to_change", "to_delete", "to_hide", "to_restore", "hidden")
TAGS = _ids(4, "teaching", "worksheets", "to_rename", "to_delete", "to_merge")
ROLE_REQUESTS = _ids(5, "pending", "to_approve", "to_reject", "rejected")
SUBSCRIPTIONS = _ids(6, "subscriber", "patron", "sponsor")
PAYMENTS = _ids(7, "course")
SESSIONS = _ids(8, "phone")
# What the development Stripe knows under these names as well.
STRIPE_CUSTOMER = "cus_demo"
STRIPE_PAYMENT_INTENT = "pi_demo"
CHECKOUT_SESSION = "cs_test_demo"
COURSE_PRICE_CENTS = 2_900


def email(username: str) -> str:
    """The address of somebody of the demo. Example domains are nobody's (RFC 2606)."""
    if username not in PEOPLE:
        raise KeyError(username)
    return f"{username}@example.com"
