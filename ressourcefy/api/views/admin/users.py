"""Administration of accounts."""

from dataclasses import asdict
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.authentication import current_user
from api.pagination import (
    LIMIT_PARAMETER,
    PAGE_PARAMETERS,
    limit,
    listed,
    page_of,
    page_request,
)
from api.permissions import IsAdministrator, IsSignedIn
from api.responses import ok
from api.schema import enveloped
from api.serializers import admin_users as bodies
from api.serializers.auth import MessageData
from api.serializers.user import ChangedRoleData, CurrentUserData, SetRoleInput
from api.session_tokens import mint
from application.dto.commands import (
    CreateUserCommand,
    DeleteUserCommand,
    ImpersonateUserCommand,
    ResetUserPasswordCommand,
    SetRoleCommand,
    UpdateUserCommand,
)
from application.use_cases.create_user import CreateUser
from application.use_cases.delete_user import DeleteUser
from application.use_cases.impersonate_user import ImpersonateUser
from application.use_cases.reset_user_password import ResetUserPassword
from application.use_cases.set_role import SetRole
from application.use_cases.update_user import UpdateUser
from read_models.administration.histories import get_user_activity
from read_models.administration.users import get_user, get_users

_TAGS = ["admin"]


class UsersView(APIView):
    """All live accounts, the newest first; and making one."""

    permission_classes = (IsAdministrator,)

    @extend_schema(
        operation_id="admin_users_list",
        tags=_TAGS,
        parameters=[bodies.UsersQuery, *PAGE_PARAMETERS],
        responses=page_of("AdminUsers", bodies.UserRecordView),
    )
    def get(self, request: Request) -> Response:
        query = bodies.UsersQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        return listed(request, get_users(query.filters(), page=page_request(request)))

    @extend_schema(
        operation_id="admin_users_create",
        tags=_TAGS,
        request=bodies.CreateUserInput,
        responses={201: bodies.UserRecordView},
    )
    def post(self, request: Request) -> Response:
        body = bodies.CreateUserInput(data=request.data)
        body.is_valid(raise_exception=True)
        record = CreateUser().execute(
            CreateUserCommand(user=current_user(request), **body.validated_data)
        )
        return Response(asdict(record), status=201)


class UserView(APIView):
    """One account."""

    permission_classes = (IsAdministrator,)

    @extend_schema(operation_id="admin_users_get", tags=_TAGS, responses=bodies.UserRecordView)
    def get(self, request: Request, user_id: UUID) -> Response:
        return Response(asdict(get_user(user_id)))

    @extend_schema(
        operation_id="admin_users_update",
        tags=_TAGS,
        request=bodies.UpdateUserInput,
        responses=bodies.UserRecordView,
    )
    def patch(self, request: Request, user_id: UUID) -> Response:
        """Shut it out or let it in again; confirm its address."""
        body = bodies.UpdateUserInput(data=request.data)
        body.is_valid(raise_exception=True)
        updated = UpdateUser().execute(
            UpdateUserCommand(user=current_user(request), user_id=user_id, **body.validated_data)
        )
        return Response(asdict(updated.record))

    @extend_schema(
        operation_id="admin_users_delete",
        tags=_TAGS,
        # Without a status the schema takes an empty answer for granted.
        responses={200: enveloped("AdminRemovedUser", bodies.RemovedUserData)},
    )
    def delete(self, request: Request, user_id: UUID) -> Response:
        """Its sessions end, its address stays taken, and what it published stays."""
        DeleteUser().execute(DeleteUserCommand(user=current_user(request), user_id=user_id))
        return ok({"user_id": user_id, "message": _("The account is deleted.")})


class SetRoleView(APIView):
    """Give an account another role, which ends its sessions. For superadmins."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="admin_users_set_role",
        tags=_TAGS,
        request=SetRoleInput,
        responses=enveloped("ChangedRole", ChangedRoleData),
    )
    def post(self, request: Request, user_id: UUID) -> Response:
        body = SetRoleInput(data=request.data)
        body.is_valid(raise_exception=True)
        changed = SetRole().execute(
            SetRoleCommand(user=current_user(request), user_id=user_id, **body.validated_data)
        )
        return ok(asdict(changed))


class UserActivityView(APIView):
    """What a person did, and what was done to their account."""

    permission_classes = (IsAdministrator,)

    @extend_schema(
        operation_id="admin_users_activity",
        tags=_TAGS,
        parameters=[LIMIT_PARAMETER],
        responses=enveloped("AdminUserActivity", bodies.UserActivityData),
    )
    def get(self, request: Request, user_id: UUID) -> Response:
        found = get_user_activity(user_id, limit=limit(request))
        return ok({**asdict(found), "count": len(found.activities)})


class ImpersonateView(APIView):
    """Tokens to act in somebody else's name, for superadmins; sets no cookies."""

    permission_classes = (IsAdministrator,)

    @extend_schema(
        operation_id="admin_users_impersonate",
        tags=_TAGS,
        request=None,
        responses=enveloped("Impersonation", bodies.ImpersonationData),
    )
    def post(self, request: Request, user_id: UUID) -> Response:
        begun = ImpersonateUser().execute(
            ImpersonateUserCommand(user=current_user(request), user_id=user_id)
        )
        tokens = mint(**asdict(begun.session))
        return ok({**asdict(tokens), "user": CurrentUserData(begun.account).data})


class ResetUserPasswordView(APIView):
    """Mail somebody a new password; it ends all sessions of the account."""

    permission_classes = (IsAdministrator,)

    @extend_schema(
        operation_id="admin_users_reset_password",
        tags=_TAGS,
        request=None,
        responses=enveloped("AdminNewPassword", MessageData),
    )
    def post(self, request: Request, user_id: UUID) -> Response:
        ResetUserPassword().execute(
            ResetUserPasswordCommand(user=current_user(request), user_id=user_id)
        )
        return ok({"message": _("A new password is on its way to the owner, by mail.")})
