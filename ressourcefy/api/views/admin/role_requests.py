"""Deciding who gets the role they asked for."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.authentication import current_user
from api.pagination import PAGE_PARAMETERS, listed, page_of, page_request
from api.permissions import IsAdministrator, IsSignedIn
from api.responses import ok
from api.schema import enveloped
from api.serializers import role_requests as shapes
from application.dto.commands import ReviewRoleRequestCommand
from application.use_cases.review_role_request import ReviewRoleRequest
from read_models.administration.role_requests import (
    RoleRequestFilters,
    get_role_request,
    get_role_requests,
)
from read_models.pagination import Listing
from users.types import RoleRequestStatus

_TAGS = ["admin"]


class RoleRequestsView(APIView):
    """Who asked for which role, the newest first. A filter that nothing fulfils finds nothing."""

    permission_classes = (IsAdministrator,)

    @extend_schema(
        operation_id="admin_role_requests",
        tags=_TAGS,
        parameters=[
            *PAGE_PARAMETERS,
            OpenApiParameter("status", str, description=", ".join(RoleRequestStatus.values)),
            OpenApiParameter("user_id", str, description="Whose requests."),
        ],
        responses=page_of("RoleRequests", shapes.RoleRequestData),
    )
    def get(self, request: Request) -> Response:
        page, filters = page_request(request), _filters(request)
        if filters is None:
            return listed(request, Listing(items=(), page=page, count=0))
        return listed(request, get_role_requests(filters, page=page))


class RoleRequestView(APIView):
    """One request."""

    permission_classes = (IsAdministrator,)

    @extend_schema(operation_id="admin_role_request", tags=_TAGS, responses=shapes.RoleRequestData)
    def get(self, request: Request, role_request_id: UUID) -> Response:
        return Response(get_role_request(role_request_id))


class ApproveRoleRequestView(APIView):
    """Give the role that was asked for, which ends the account's sessions."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="admin_role_request_approve",
        tags=_TAGS,
        request=shapes.ApprovalInput,
        responses=enveloped("ApprovedRoleRequest", shapes.ReviewedRoleRequestData),
    )
    def post(self, request: Request, role_request_id: UUID) -> Response:
        body = shapes.ApprovalInput(data=request.data)
        return ok({**_reviewed(request, role_request_id, body), "message": _("The role is given.")})


class RejectRoleRequestView(APIView):
    """Leave the role as it is, with a reason."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="admin_role_request_reject",
        tags=_TAGS,
        request=shapes.RejectionInput,
        responses=enveloped("RejectedRoleRequest", shapes.ReviewedRoleRequestData),
    )
    def post(self, request: Request, role_request_id: UUID) -> Response:
        body = shapes.RejectionInput(data=request.data)
        message = _("The request is rejected.")
        return ok({**_reviewed(request, role_request_id, body), "message": message})


def _reviewed(
    request: Request, role_request_id: UUID, body: serializers.Serializer[Any]
) -> dict[str, Any]:
    body.is_valid(raise_exception=True)
    reviewed = ReviewRoleRequest().execute(
        ReviewRoleRequestCommand(
            user=current_user(request),
            request_id=role_request_id,
            is_approved=isinstance(body, shapes.ApprovalInput),
            reason=body.validated_data["reason"],
        )
    )
    return asdict(reviewed)


def _filters(request: Request) -> RoleRequestFilters | None:
    """The filters that are asked for; None if nothing can fulfil them."""
    status, user_id = (request.query_params.get(name) for name in ("status", "user_id"))
    try:
        return RoleRequestFilters(
            status=RoleRequestStatus(status) if status else None,
            user_id=UUID(user_id) if user_id else None,
        )
    except ValueError:
        return None
