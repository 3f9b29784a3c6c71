"""Who of the demo has asked for a role, and what became of it."""

from dataclasses import dataclass

from api.examples.demo import ROLE_REQUESTS
from users.types import Role


@dataclass(frozen=True, slots=True)
class DemoRoleRequest:
    """A request for a role; `rejected_because` is what an administrator has answered."""

    id: str
    username: str
    requested_role: Role
    reason: str
    rejected_because: str = ""


DEMO_ROLE_REQUESTS = (
    DemoRoleRequest(
        ROLE_REQUESTS["pending"],
        "reader",
        Role.CONTRIBUTOR,
        "I have translated three of the courses into French.",
    ),
    DemoRoleRequest(
        ROLE_REQUESTS["to_approve"],
        "applicant",
        Role.CONTRIBUTOR,
        "Fifteen years of notes on soil, seeds and slugs.",
    ),
    DemoRoleRequest(ROLE_REQUESTS["to_reject"], "candidate", Role.MODERATOR, "Why not?"),
    DemoRoleRequest(
        ROLE_REQUESTS["rejected"],
        "hopeful",
        Role.CONTRIBUTOR,
        "To sell my e-books.",
        rejected_because="Please show us something you have written first.",
    ),
)
