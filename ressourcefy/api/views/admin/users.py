"""Administration of accounts."""

from dataclasses import asdict
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.authentication import current_user
from api.permissions import IsSignedIn
from api.responses import ok
from api.schema import enveloped
from api.serializers.user import ChangedRoleData, SetRoleInput
from application.dto.commands import SetRoleCommand
from application.use_cases.set_role import SetRole


class SetRoleView(APIView):
    """Give an account another role, which ends its sessions. For superadmins."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="admin_users_set_role",
        tags=["admin"],
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
