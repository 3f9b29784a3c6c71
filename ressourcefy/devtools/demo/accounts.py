"""The people of the demo: one for every role, and some who stand elsewhere on their way."""

from dataclasses import dataclass

from users.types import OnboardingStep, Role

# Known to everybody, which is why these accounts exist in development only.
DEMO_PASSWORD = "demo-ressourcefy"  # noqa: S105 - printed on purpose


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account and what it is there to show."""

    username: str
    role: Role
    shows: str
    bio: str = ""
    onboarding_step: OnboardingStep = OnboardingStep.COMPLETED
    has_premium: bool = False

    @property
    def email(self) -> str:
        """Example domains are nobody's (RFC 2606)."""
        return f"{self.username}@example.com"


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
        has_premium=True,
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
        "publishes, and will moderate comments",
        "Keeps conversations friendly.",
    ),
    DemoAccount("admin", Role.ADMIN, "sees every resource", "Looks after the platform."),
    DemoAccount("superadmin", Role.SUPERADMIN, "gives roles to others", "Holds the keys."),
)


def email_of(role: Role) -> str:
    """The address of the first demo account with that role."""
    return next(account.email for account in DEMO_ACCOUNTS if account.role == role)
