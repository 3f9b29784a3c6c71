"""Who may do what, as data: one row for each operation of the API; `test_authorisation` tries it.

A row names the operation, what to send, and an outcome for each who. To add an operation, add a
row: `Row("tags_mine", ONBOARDED)` does for one that needs nothing but a finished account. What a
resource's visibility, price and purchases mean in depth is the business of `test_access_table`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from users.types import OnboardingStep


class Who(Enum):
    """Who calls. All but AUTHOR are strangers to the resources; AUTHOR is a contributor."""

    VISITOR = "visitor"
    NOT_ACTIVATED = "not activated"
    NOT_ONBOARDED = "not onboarded"
    USER = "user"
    AUTHOR = "author"
    CONTRIBUTOR = "contributor"
    MODERATOR = "moderator"
    ADMIN = "admin"
    SUPERADMIN = "superadmin"
    DEACTIVATED = "deactivated"


class Outcome(Enum):
    """How a request ends: with success, or with a status and a code."""

    OK = (200, "")
    NO_SUCH_ACTION = (400, "invalid_action")
    UNSIGNED = (400, "invalid_signature")
    LAST_SUPERADMIN = (400, "last_superadmin")
    SIGN_IN = (401, "unauthorized")
    ACTIVATE = (403, "account_not_activated")
    ONBOARD = (403, "onboarding_incomplete")
    WRONG_STEP = (403, "invalid_onboarding_step")
    DENIED = (403, "access_denied")
    MISSING = (404, "resource_not_found")
    NO_COMMENT = (404, "comment_not_found")
    NO_SESSION = (404, "session_not_found")
    NO_EXPORT = (404, "export_not_found")
    NO_CHECKOUT = (404, "checkout_not_found")
    NO_SUBSCRIPTION = (404, "subscription_not_found")


class Kind(Enum):
    """The resources there are; each is AUTHOR's."""

    PUBLIC = "public"
    PREMIUM = "premium"
    PRIVATE = "private"


class Token(Enum):
    """What an operation does with the Authorization header."""

    #: Nothing: whatever stands there, the answer is the same.
    IGNORED = "ignored"
    #: Not needed; one that is presented has to be good.
    OPTIONAL = "optional"
    #: Needed.
    REQUIRED = "required"


type Outcomes = dict[Who, Outcome]

OK, DENIED, MISSING = Outcome.OK, Outcome.DENIED, Outcome.MISSING
_EVERYONE: Outcomes = dict.fromkeys(Who, OK)
_NOBODY_SIGNED_IN: Outcomes = {Who.VISITOR: Outcome.SIGN_IN, Who.DEACTIVATED: Outcome.SIGN_IN}


@dataclass(frozen=True)
class Gate:
    """What the state of an account and its role mean, whatever the request is about."""

    token: Token
    outcomes: Outcomes


OPEN = Gate(Token.IGNORED, _EVERYONE)
PUBLIC_READ = Gate(Token.OPTIONAL, _EVERYONE | {Who.DEACTIVATED: Outcome.SIGN_IN})
HAS_SESSION = Gate(Token.REQUIRED, _EVERYONE | _NOBODY_SIGNED_IN)
# The session that is named is nobody's.
NO_SUCH_SESSION = Gate(Token.REQUIRED, dict.fromkeys(Who, Outcome.NO_SESSION) | _NOBODY_SIGNED_IN)
# The token is none: the link in a mail is the permission, whoever follows it.
NO_SUCH_EXPORT = Gate(Token.IGNORED, dict.fromkeys(Who, Outcome.NO_EXPORT))
# Who comes without Stripe's signature is nobody, whoever it is.
SIGNED_BY_STRIPE = Gate(Token.IGNORED, dict.fromkeys(Who, Outcome.UNSIGNED))
ACTIVATED = Gate(Token.REQUIRED, HAS_SESSION.outcomes | {Who.NOT_ACTIVATED: Outcome.ACTIVATE})
ONBOARDED = Gate(Token.REQUIRED, ACTIVATED.outcomes | {Who.NOT_ONBOARDED: Outcome.ONBOARD})
# The offer that is named is none, which is said to those who may buy.
BUYERS = Gate(
    Token.REQUIRED,
    dict.fromkeys(Who, Outcome.NO_SUCH_ACTION)
    | _NOBODY_SIGNED_IN
    | {Who.NOT_ACTIVATED: Outcome.ACTIVATE, Who.NOT_ONBOARDED: Outcome.ONBOARD},
)
# The checkout that is named is nobody's; none of them is a customer.
NO_SUCH_CHECKOUT = Gate(
    Token.REQUIRED,
    dict.fromkeys(Who, Outcome.NO_CHECKOUT)
    | _NOBODY_SIGNED_IN
    | {Who.NOT_ACTIVATED: Outcome.ACTIVATE},
)
NO_CUSTOMER = Gate(
    Token.REQUIRED,
    dict.fromkeys(Who, Outcome.NO_SUBSCRIPTION)
    | _NOBODY_SIGNED_IN
    | {Who.NOT_ACTIVATED: Outcome.ACTIVATE},
)
PUBLISHERS = Gate(
    Token.REQUIRED, ACTIVATED.outcomes | {Who.USER: DENIED, Who.NOT_ONBOARDED: DENIED}
)
MODERATORS = Gate(
    Token.REQUIRED,
    PUBLISHERS.outcomes | dict.fromkeys((Who.AUTHOR, Who.CONTRIBUTOR), DENIED),
)
ADMINS = Gate(
    Token.REQUIRED,
    PUBLISHERS.outcomes | dict.fromkeys((Who.AUTHOR, Who.CONTRIBUTOR, Who.MODERATOR), DENIED),
)
# What is asked for cannot be done, which is said to those who might.
REFUSED_ADMINS = Gate(
    Token.REQUIRED,
    ADMINS.outcomes | dict.fromkeys((Who.ADMIN, Who.SUPERADMIN), Outcome.NO_SUCH_ACTION),
)
SUPERADMINS = Gate(Token.REQUIRED, ADMINS.outcomes | {Who.ADMIN: DENIED})
IN_ONBOARDING = Gate(
    Token.REQUIRED,
    dict.fromkeys(Who, Outcome.WRONG_STEP)
    | _NOBODY_SIGNED_IN
    | {Who.NOT_ACTIVATED: Outcome.ACTIVATE, Who.NOT_ONBOARDED: OK},
)
ONBOARDING_DONE = Gate(Token.REQUIRED, ACTIVATED.outcomes | {Who.NOT_ONBOARDED: Outcome.WRONG_STEP})
# The superadmin of the table is the only one.
NOT_THE_LAST = Gate(Token.REQUIRED, ACTIVATED.outcomes | {Who.SUPERADMIN: Outcome.LAST_SUPERADMIN})
# Moderators have it, administrators need none.
ASKING_TO_MODERATE = Gate(
    Token.REQUIRED,
    ACTIVATED.outcomes
    | dict.fromkeys((Who.MODERATOR, Who.ADMIN, Who.SUPERADMIN), Outcome.NO_SUCH_ACTION),
)
# Administrators have a name and no profile that they could edit.
OWN_PROFILE = Gate(
    Token.REQUIRED,
    ACTIVATED.outcomes
    | {Who.ADMIN: Outcome.NO_SUCH_ACTION, Who.SUPERADMIN: Outcome.NO_SUCH_ACTION},
)

#: Those who open every one of the resources.
INSIDERS = frozenset({Who.AUTHOR, Who.ADMIN, Who.SUPERADMIN})


def _rule(insiders: frozenset[Who], others: Outcome) -> Outcomes:
    return {who: OK if who in insiders else others for who in Who}


READS: dict[Kind, Outcomes] = {
    Kind.PUBLIC: _EVERYONE,
    Kind.PREMIUM: _rule(INSIDERS, DENIED),
    Kind.PRIVATE: _rule(INSIDERS, MISSING),
}
CHANGES: dict[Kind, Outcomes] = {
    Kind.PUBLIC: _rule(frozenset({Who.AUTHOR}), DENIED),
    Kind.PREMIUM: _rule(frozenset({Who.AUTHOR}), DENIED),
    # Administrators may know of it; anybody else is told that there is nothing.
    Kind.PRIVATE: _rule(frozenset({Who.AUTHOR}), MISSING)
    | {Who.ADMIN: DENIED, Who.SUPERADMIN: DENIED},
}
#: Who follows a resource.
FOLLOWERS: dict[Kind, Outcomes] = {
    Kind.PUBLIC: _rule(INSIDERS, DENIED),
    Kind.PREMIUM: _rule(INSIDERS, DENIED),
    Kind.PRIVATE: _rule(INSIDERS, MISSING),
}
COMMENT_READS: dict[Kind, Outcomes] = READS | {Kind.PRIVATE: _rule(INSIDERS, Outcome.NO_COMMENT)}
COMMENT_CHANGES: dict[Kind, Outcomes] = CHANGES | {
    Kind.PRIVATE: _rule(frozenset({Who.AUTHOR}), Outcome.NO_COMMENT)
    | {Who.ADMIN: DENIED, Who.SUPERADMIN: DENIED},
}


@dataclass(frozen=True)
class Row:
    """An operation and its outcomes.

    `body` and `path` may name things in braces, which the test fills in: {resource_id},
    {comment_id}, {hidden_comment_id}, {author_id}, {other_id}, {tag_id}, {other_tag_id},
    {role_request_id}, {subscription_id}, {payment_id}, {email}, {unused_email}, {password},
    {refresh_token}, {activation_token}, {reset_token}. Parameters of the address that `path` does
    not name get the thing of the same name. `about` adds what the kind of the resource means to
    those whom the gate lets through; without it one resource is as good as another. `step` is where
    NOT_ONBOARDED stands.
    """

    operation: str
    gate: Gate
    body: Mapping[str, Any] | None = None
    path: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[Kind, Outcomes] | None = None
    step: OnboardingStep = OnboardingStep.NOT_STARTED

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of resources to try it with."""
        return tuple(Kind) if self.about else (Kind.PUBLIC,)

    def outcome(self, who: Who, kind: Kind) -> Outcome:
        """What the table says."""
        at_the_gate = self.gate.outcomes[who]
        if at_the_gate is not OK or self.about is None:
            return at_the_gate
        return self.about[kind][who]


_PASSWORD = "a new one, long enough"

TABLE = (
    # Accounts
    Row(
        "auth_register",
        OPEN,
        {
            "username": "newcomer",
            "email": "{unused_email}",
            "password": _PASSWORD,
            "accepted_terms": True,
        },
    ),
    Row("auth_activate", OPEN, {"token": "{activation_token}"}),
    Row("auth_resend_activation", OPEN, {"email": "{email}"}),
    Row("auth_login", OPEN, {"email": "{email}", "password": "{password}"}),
    Row("auth_refresh", OPEN, {"refresh_token": "{refresh_token}"}),
    Row("auth_logout", OPEN),
    Row("auth_logout_all", HAS_SESSION),
    Row("auth_password_reset", OPEN, {"email": "{email}"}),
    Row("auth_password_reset_confirm", OPEN, {"token": "{reset_token}", "new_password": _PASSWORD}),
    Row("user_me", HAS_SESSION),
    Row("user_profile", ACTIVATED),
    Row("user_profile_update", OWN_PROFILE, {"bio": "Reads."}),
    Row("user_password", ACTIVATED, {"current_password": "{password}", "new_password": _PASSWORD}),
    # Onboarding
    Row("onboarding_status", ACTIVATED),
    Row("onboarding_start", IN_ONBOARDING),
    Row(
        "onboarding_profile",
        IN_ONBOARDING,
        {"username": "someone_new"},
        step=OnboardingStep.PROFILE,
    ),
    Row(
        "onboarding_interests",
        IN_ONBOARDING,
        {"tag_ids": ["{tag_id}"]},
        step=OnboardingStep.INTERESTS,
    ),
    Row("onboarding_complete", ONBOARDING_DONE),
    # Reading
    Row("tags_list", OPEN),
    Row("feed", PUBLIC_READ),
    Row("author", PUBLIC_READ, path={"user_id": "{author_id}"}),
    Row("resource_detail", PUBLIC_READ, about=READS),
    Row("resource_comments", PUBLIC_READ, about=READS),
    Row("resource_access", ONBOARDED, about=READS),
    Row("resource_progress", ACTIVATED, about=READS),
    Row("user_resources", ONBOARDED),
    # Progress
    Row("resource_complete", ONBOARDED, about=READS),
    Row("user_progress", ONBOARDED),
    Row("resource_users_progress", ACTIVATED, about=FOLLOWERS),
    # Roles
    Row("user_request_role", ASKING_TO_MODERATE, {"requested_role": "MODERATOR"}),
    Row("user_role_requests", ACTIVATED),
    Row("admin_role_requests", ADMINS),
    Row("admin_role_request", ADMINS),
    Row("admin_role_request_approve", ADMINS),
    Row("admin_role_request_reject", ADMINS, {"reason": "Not yet."}),
    # Comments: the one named is AUTHOR's
    Row("comment_update", ACTIVATED, {"content": "Or not."}, about=COMMENT_CHANGES),
    Row("comment_delete", ACTIVATED, about=COMMENT_CHANGES),
    Row("comment_hide", MODERATORS, {"reason": "An insult."}, about=COMMENT_READS),
    Row(
        "comment_restore",
        MODERATORS,
        {"reason": "None at all."},
        path={"comment_id": "{hidden_comment_id}"},
        about=COMMENT_READS,
    ),
    Row("comments_hidden", MODERATORS),
    Row("user_sessions", HAS_SESSION),
    Row("user_session_end", NO_SUCH_SESSION, path={"session_id": "{other_id}"}),
    # One's mails and one's data
    Row("user_notifications", ACTIVATED),
    Row("user_notifications_update", ACTIVATED, {"on_reply": False}),
    Row("user_delete", NOT_THE_LAST, {"password": "{password}"}),
    Row("user_export", ACTIVATED),
    Row("user_export_request", ACTIVATED),
    Row("user_export_file", NO_SUCH_EXPORT, path={"token": "{other_id}"}),
    # Taking part
    Row("resource_vote", ONBOARDED, {"resource_id": "{resource_id}", "vote_value": 1}, about=READS),
    Row(
        "comment_create",
        ACTIVATED,
        {"resource_id": "{resource_id}", "content": "Me too."},
        about=READS,
    ),
    Row(
        "comment_vote",
        ONBOARDED,
        {"comment_id": "{comment_id}", "vote_value": -1},
        about=COMMENT_READS,
    ),
    # Publishing
    Row("resource_create", PUBLISHERS, {"title": "New", "description": "All of it."}),
    Row("resource_update", ACTIVATED, {"title": "New"}, about=CHANGES),
    Row("resource_delete", ACTIVATED, about=CHANGES),
    Row(
        "resource_version_create",
        ONBOARDED,
        {"resource_id": "{resource_id}", "file_url": "https://files.example.org/b.pdf"},
        about=CHANGES,
    ),
    # Money; `test_billing` has what succeeds
    Row("billing_plans", OPEN),
    Row("billing_checkout", BUYERS, {"plan": "none of ours"}),
    Row("billing_checkout_status", NO_SUCH_CHECKOUT, path={"session_id": "{other_id}"}),
    Row("billing_portal", NO_CUSTOMER),
    Row("billing_subscription", ACTIVATED),
    Row("billing_payments", ACTIVATED),
    Row("billing_webhook", SIGNED_BY_STRIPE, {"id": "evt_1", "type": "invoice.paid"}),
    # Administration
    Row("admin_users_list", ADMINS),
    Row("admin_users_create", ADMINS, {"email": "{unused_email}"}),
    Row("admin_users_get", ADMINS, path={"user_id": "{other_id}"}),
    Row("admin_users_update", ADMINS, {"is_active": False}, path={"user_id": "{other_id}"}),
    Row("admin_users_delete", ADMINS, path={"user_id": "{other_id}"}),
    Row("admin_users_activity", ADMINS, path={"user_id": "{other_id}"}),
    Row("admin_users_impersonate", SUPERADMINS, path={"user_id": "{other_id}"}),
    Row("admin_users_reset_password", ADMINS, path={"user_id": "{other_id}"}),
    Row("admin_dashboard_overview", ADMINS),
    Row("admin_dashboard_activity", ADMINS),
    Row("admin_dashboard_health", ADMINS),
    Row(
        "admin_users_set_role",
        SUPERADMINS,
        {"role": "CONTRIBUTOR"},
        path={"user_id": "{other_id}"},
    ),
    Row("admin_tags_list", ADMINS),
    Row("admin_tags_create", ADMINS, {"name": "Brand new"}),
    Row("admin_tags_detail", ADMINS),
    Row("admin_tags_update", ADMINS, {"name": "Another name"}),
    Row("admin_tags_delete", ADMINS),
    Row(
        "admin_tags_merge",
        ADMINS,
        {"source_tag_id": "{tag_id}", "target_tag_id": "{other_tag_id}"},
    ),
    Row("admin_resources_list", ADMINS),
    Row(
        "admin_resources_create",
        ADMINS,
        {"author_id": "{other_id}", "title": "New", "description": "All of it."},
    ),
    Row("admin_resources_detail", ADMINS),
    Row("admin_resources_update", ADMINS, {"title": "Another title"}),
    Row("admin_resources_delete", ADMINS),
    Row(
        "admin_resources_version_create",
        ADMINS,
        {"file_url": "https://files.example.org/c.pdf"},
    ),
    Row("admin_progress_list", ADMINS),
    Row("admin_subscriptions_list", ADMINS),
    Row("admin_subscriptions_detail", ADMINS),
    Row("admin_subscriptions_update", ADMINS, {"ends_at": None}),
    Row("admin_subscriptions_cancel", ADMINS),
    Row("admin_payments_list", ADMINS),
    Row("admin_payments_detail", ADMINS),
    # The payment is refunded already; `test_admin_money` has what succeeds.
    Row("admin_payments_refund", REFUSED_ADMINS, {}),
    # Operation
    Row("health_live", OPEN),
    Row("health_ready", OPEN),
)
