"""Asking for a role."""

from dataclasses import asdict

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.authentication import current_user
from api.pagination import PAGE_PARAMETERS, page_request
from api.permissions import IsSignedIn
from api.responses import ok
from api.schema import enveloped
from api.serializers.read import PageView
from api.serializers.role_requests import OwnRoleRequestData, RequestedRoleData, RequestRoleInput
from application.dto.commands import RequestRoleCommand
from application.use_cases.request_role import RequestRole
from read_models.administration.role_requests import get_own_role_requests
from read_models.pagination import Pagination


class RequestRoleView(APIView):
    """One's own requests for roles."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="user_role_requests",
        tags=["user"],
        parameters=PAGE_PARAMETERS,
        responses=enveloped(
            "OwnRoleRequests", OwnRoleRequestData(many=True), pagination=PageView()
        ),
    )
    def get(self, request: Request) -> Response:
        own = get_own_role_requests(current_user(request), page=page_request(request))
        return ok(
            own.items,
            pagination=Pagination.of(own.page, own.count),
        )

    @extend_schema(
        operation_id="user_request_role",
        tags=["user"],
        request=RequestRoleInput,
        responses={201: enveloped("RequestedRole", RequestedRoleData)},
    )
    def post(self, request: Request) -> Response:
        body = RequestRoleInput(data=request.data)
        body.is_valid(raise_exception=True)
        asked = RequestRole().execute(
            RequestRoleCommand(user=current_user(request), **body.validated_data)
        )
        message = _("Your request was received. You will be told when it is decided.")
        return ok({**asdict(asked), "message": message}, status=201)
