"""Ask for a role."""

from django.db import transaction

from application.dto.commands import RequestRoleCommand
from application.dto.events import AggregateType, EventType
from application.dto.results import RequestedRole
from application.services.attempts import count_role_request
from core.outbox import emit_event
from core.services.audit import audit_change
from users.services.accounts import lock_user
from users.services.role_requests import ask_for_role
from users.types import Role, RoleRequestStatus


class RequestRole:
    """It changes nothing until an administrator decides.

    Raises TooManyRequests, UserNotFound, InvalidInput, and the refusals of
    `users.services.role_requests.ask_for_role`.
    """

    def execute(self, command: RequestRoleCommand) -> RequestedRole:
        count_role_request(command.user.id)
        return self._ask(command)

    @transaction.atomic
    def _ask(self, command: RequestRoleCommand) -> RequestedRole:
        user = lock_user(command.user.id)
        request = ask_for_role(user, command.requested_role, command.reason)
        audit_change(
            entity=request,
            action="CREATE",
            actor=user,
            after={"held_role": request.held_role, "requested_role": request.requested_role},
        )
        emit_event(
            AggregateType.USER,
            user.id,
            EventType.USER_ROLE_REQUESTED,
            {"user_id": str(user.id), "role_request_id": str(request.pk)},
        )
        return RequestedRole(
            request_id=request.pk,
            requested_role=Role(request.requested_role),
            status=RoleRequestStatus(request.status),
        )
