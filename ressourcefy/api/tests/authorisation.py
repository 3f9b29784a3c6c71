"""Who may do what: what the columns `who` and `about` of the contract mean for each person.

The rows themselves are data, in `contract/*.toml`; `test_authorisation` tries them. What a
resource's visibility, price and purchases mean in depth is the business of `test_access_table`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from api.tests.contract.operations import Operation, contract
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
    """How a request ends: with the success of its operation, or with a status and a code."""

    OK = (0, "")
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
# The token is none: the link in a mail is the permission, whoever follows it.
NO_SUCH_EXPORT = Gate(Token.IGNORED, dict.fromkeys(Who, Outcome.NO_EXPORT))
# Who comes without Stripe's signature is nobody, whoever it is.
SIGNED_BY_STRIPE = Gate(Token.IGNORED, dict.fromkeys(Who, Outcome.UNSIGNED))
ACTIVATED = Gate(Token.REQUIRED, HAS_SESSION.outcomes | {Who.NOT_ACTIVATED: Outcome.ACTIVATE})
ONBOARDED = Gate(Token.REQUIRED, ACTIVATED.outcomes | {Who.NOT_ONBOARDED: Outcome.ONBOARD})
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

#: The column `who`.
GATES = {
    "open": OPEN,
    "public_read": PUBLIC_READ,
    "has_session": HAS_SESSION,
    "no_such_export": NO_SUCH_EXPORT,
    "signed_by_stripe": SIGNED_BY_STRIPE,
    "activated": ACTIVATED,
    "onboarded": ONBOARDED,
    "no_such_checkout": NO_SUCH_CHECKOUT,
    "no_customer": NO_CUSTOMER,
    "publishers": PUBLISHERS,
    "moderators": MODERATORS,
    "admins": ADMINS,
    "superadmins": SUPERADMINS,
    "in_onboarding": IN_ONBOARDING,
    "onboarding_done": ONBOARDING_DONE,
    "not_the_last": NOT_THE_LAST,
    "asking_to_moderate": ASKING_TO_MODERATE,
    "own_profile": OWN_PROFILE,
}

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
#: The column `about`.
ABOUT = {
    "reads": READS,
    "changes": CHANGES,
    "followers": FOLLOWERS,
    "comment_reads": COMMENT_READS,
    "comment_changes": COMMENT_CHANGES,
}


@dataclass(frozen=True)
class Row:
    """An operation of the contract and its outcomes.

    Its body and parameters may name things in braces, which the test fills in: {resource_id},
    {comment_id}, {hidden_comment_id}, {author_id}, {other_id}, {tag_id}, {other_tag_id},
    {role_request_id}, {subscription_id}, {payment_id}, {own_session_id}, {email}, {unused_email},
    {password}, {refresh_token}, {activation_token}, {reset_token}. Parameters of the address that
    the row does not name get the thing of the same name.
    """

    rule: Operation

    @property
    def operation(self) -> str:
        return self.rule.name

    @property
    def gate(self) -> Gate:
        return GATES[self.rule.who]

    @property
    def about(self) -> Mapping[Kind, Outcomes] | None:
        """What the kind of the resource means to those whom the gate lets through.

        Without it one resource is as good as another.
        """
        return None if self.rule.about is None else ABOUT[self.rule.about]

    @property
    def body(self) -> Mapping[str, Any] | None:
        return self.rule.body

    @property
    def step(self) -> OnboardingStep:
        """Where NOT_ONBOARDED stands."""
        return OnboardingStep(self.rule.step or OnboardingStep.NOT_STARTED)

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


TABLE = tuple(Row(rule) for rule in contract().values())
