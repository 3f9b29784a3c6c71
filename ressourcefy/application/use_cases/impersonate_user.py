"""Act in somebody else's name for a while."""

from django.db import transaction

from application.dto.commands import ImpersonateUserCommand
from application.dto.results import AuthenticatedUser
from application.exceptions import AccountShutOut, NotToBeImpersonated
from application.policies.account_policy import can_impersonate
from application.services.session_passes import pass_of
from core.exceptions import AccessDenied
from core.services.audit import audit_change
from users.exceptions import UserNotFound
from users.services.accounts import account_of
from users.services.roles import lock_superadmins_and
from users.services.sessions import open_impersonation
from users.types import Role


class ImpersonateUser:
    """Opens a session of the account that names the administrator and ends with their rights.

    Recorded on both accounts. Raises AccessDenied, UserNotFound, NotToBeImpersonated or
    AccountShutOut.
    """

    @transaction.atomic
    def execute(self, command: ImpersonateUserCommand) -> AuthenticatedUser:
        locked = lock_superadmins_and(command.user.id, command.user_id)
        # Somebody else may have taken the role away while we waited.
        actor = locked.get(command.user.id)
        if actor is None or not can_impersonate(actor):
            raise AccessDenied("Only a superadmin can act in somebody else's name.")
        user = locked.get(command.user_id)
        if user is None:
            raise UserNotFound
        if user.role == Role.SUPERADMIN:
            raise NotToBeImpersonated
        if not user.is_active:
            raise AccountShutOut

        session = open_impersonation(user, by=actor)
        audit_change(
            entity=user,
            action="UPDATE",
            actor=actor,
            after={"impersonated_by": str(actor.id), "session_id": str(session.id)},
        )
        audit_change(
            entity=actor,
            action="UPDATE",
            actor=actor,
            after={"impersonates": str(user.id), "session_id": str(session.id)},
        )
        return AuthenticatedUser(session=pass_of(session, user), account=account_of(user))
