"""The people of the demo: one for every role, and some who stand elsewhere on their way."""

from dataclasses import dataclass

from api.examples import demo
from users.types import OnboardingStep, Role

DEMO_PASSWORD = demo.PASSWORD


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account and what it is there to show."""

    username: str
    role: Role
    shows: str
    bio: str = ""
    onboarding_step: OnboardingStep = OnboardingStep.COMPLETED
    is_activated: bool = True
    subscription: str = ""

    @property
    def id(self) -> str:
        """The same in every database."""
        return demo.PEOPLE[self.username]

    @property
    def email(self) -> str:
        """The address to sign in with."""
        return demo.email(self.username)


DEMO_ACCOUNTS = (
    DemoAccount(
        "reader",
        Role.USER,
        "reads, votes and comments",
        "Learns something new on every train ride.",
    ),
    DemoAccount(
        "subscriber",
        Role.USER,
        "has premium: opens premium resources",
        "Pays for good teaching, gladly.",
        subscription=demo.SUBSCRIPTIONS["subscriber"],
    ),
    DemoAccount(
        "buyer",
        Role.USER,
        "has bought one premium resource",
        "Buys what is needed, one by one.",
    ),
    DemoAccount(
        "newcomer",
        Role.USER,
        "is activated, and has onboarding ahead",
        onboarding_step=OnboardingStep.NOT_STARTED,
    ),
    DemoAccount(
        "contributor",
        Role.CONTRIBUTOR,
        "publishes",
        "Teaches Python and databases, and writes about both.",
    ),
    DemoAccount(
        "moderator",
        Role.MODERATOR,
        "publishes, and moderates comments",
        "Keeps conversations friendly.",
    ),
    DemoAccount("admin", Role.ADMIN, "sees every resource", "Looks after the platform."),
    DemoAccount("superadmin", Role.SUPERADMIN, "gives roles to others", "Holds the keys."),
)

# Each example of the API that uses something up has an account of its own.
EXAMPLE_ACCOUNTS = (
    DemoAccount(
        "unconfirmed",
        Role.USER,
        "waits to be activated",
        onboarding_step=OnboardingStep.NOT_STARTED,
        is_activated=False,
    ),
    DemoAccount(
        "impatient",
        Role.USER,
        "asks for another activation mail",
        onboarding_step=OnboardingStep.NOT_STARTED,
        is_activated=False,
    ),
    DemoAccount("traveller", Role.USER, "signs out everywhere"),
    DemoAccount("forgetful", Role.USER, "asks for a new password"),
    DemoAccount("absentminded", Role.USER, "sets a new password by mail"),
    DemoAccount("careful", Role.USER, "changes the password"),
    DemoAccount("leaving", Role.USER, "deletes the account"),
    DemoAccount("archivist", Role.USER, "takes the data home"),
    DemoAccount(
        "onboarding_1",
        Role.USER,
        "begins the onboarding",
        onboarding_step=OnboardingStep.NOT_STARTED,
    ),
    DemoAccount(
        "onboarding_2",
        Role.USER,
        "fills in the profile",
        onboarding_step=OnboardingStep.PROFILE,
    ),
    DemoAccount(
        "onboarding_3",
        Role.USER,
        "chooses interests",
        onboarding_step=OnboardingStep.INTERESTS,
    ),
    DemoAccount("aspiring", Role.USER, "asks for a role", "Has taught chemistry for ten years."),
    DemoAccount("applicant", Role.USER, "is given a role", "Writes about gardens."),
    DemoAccount("candidate", Role.USER, "is refused a role", "New here."),
    DemoAccount("hopeful", Role.USER, "was refused a role", "Will ask again."),
    DemoAccount(
        "patron",
        Role.USER,
        "has premium that is changed",
        subscription=demo.SUBSCRIPTIONS["patron"],
    ),
    DemoAccount(
        "sponsor",
        Role.USER,
        "has premium that is canceled",
        subscription=demo.SUBSCRIPTIONS["sponsor"],
    ),
    DemoAccount("guest", Role.USER, "is shut out"),
    DemoAccount("spammer", Role.USER, "is deleted"),
    DemoAccount("locked_out", Role.USER, "is sent a new password"),
    DemoAccount("promoted", Role.USER, "is given a role by a superadmin"),
)


def email_of(role: Role) -> str:
    """The address of the first demo account with that role."""
    return next(account.email for account in DEMO_ACCOUNTS if account.role == role)
