"""Approve or reject somebody's request for a role."""

from django.db import transaction

from application.dto.commands import ReviewRoleRequestCommand
from application.dto.events import AggregateType, EventType
from application.dto.results import ReviewedRoleRequest
from application.exceptions import AdministratorsOnly
from application.policies.account_policy import can_administrate, can_manage_account
from application.services.role_changes import record_role_change
from core.exceptions import AccessDenied
from core.outbox import emit_event
from core.services.audit import audit_change
from users.models import RoleRequest, User
from users.services.role_requests import (
    asker_of,
    check_still_fits,
    decide_request,
    lock_open_request,
)
from users.services.roles import change_role, lock_superadmins_and
from users.types import Role, RoleRequestStatus


class ReviewRoleRequest:
    """An approval gives the role as a superadmin would, which ends the account's sessions.

    Raises AccessDenied, also for one's own request, RoleRequestNotFound, RoleRequestDecided,
    RoleRequestOutdated for an approval, and InvalidInput for a rejection without a reason.
    """

    @transaction.atomic
    def execute(self, command: ReviewRoleRequestCommand) -> ReviewedRoleRequest:
        if not can_administrate(command.user):
            raise AdministratorsOnly
        user_id = asker_of(command.request_id)
        locked = lock_superadmins_and(command.user.id, user_id)
        # Somebody else may have taken the role away while we waited.
        actor = locked.get(command.user.id)
        if actor is None or not can_administrate(actor):
            raise AdministratorsOnly
        account = locked.get(user_id)
        if account is not None and not can_manage_account(actor, account):
            raise AccessDenied("You cannot decide this request.")
        request = lock_open_request(command.request_id)

        if command.is_approved:
            check_still_fits(request, account)
            user, previous_role = change_role(locked, user_id, Role(request.requested_role))
            record_role_change(user, actor=actor, previous_role=previous_role)
        status = RoleRequestStatus.APPROVED if command.is_approved else RoleRequestStatus.REJECTED
        decide_request(request, status, decided_by=actor, reason=command.reason)
        _record_decision(request, actor=actor)
        return ReviewedRoleRequest(
            request_id=request.pk,
            user_id=user_id,
            requested_role=Role(request.requested_role),
            status=status,
        )


def _record_decision(request: RoleRequest, *, actor: User) -> None:
    audit_change(
        entity=request,
        action="UPDATE",
        actor=actor,
        before={"status": RoleRequestStatus.PENDING},
        after={"status": request.status},
    )
    emit_event(
        AggregateType.USER,
        request.user_id,
        EventType.USER_ROLE_REQUEST_DECIDED,
        {"user_id": str(request.user_id), "role_request_id": str(request.pk)},
    )
