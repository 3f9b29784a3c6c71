"""How far readers have come."""

from dataclasses import asdict
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.authentication import current_user
from api.pagination import PAGE_PARAMETERS, page_request
from api.permissions import IsSignedIn
from api.responses import ok
from api.schema import enveloped
from api.serializers.progress import FollowersView, OwnProgressView
from api.serializers.read import ProgressEntryView
from application.dto.commands import CompleteResourceCommand
from application.use_cases.complete_resource import CompleteResource
from read_models.resources.followers import get_followers
from read_models.resources.own_progress import get_own_progress

_TAGS = ["progress"]


class CompleteResourceView(APIView):
    """Be done with a resource; repeating it changes nothing but the last visit."""

    @extend_schema(
        operation_id="resource_complete",
        tags=_TAGS,
        request=None,
        responses=enveloped("CompletedProgress", ProgressEntryView),
    )
    def post(self, request: Request, resource_id: UUID) -> Response:
        progress = CompleteResource().execute(
            CompleteResourceCommand(user=current_user(request), resource_id=resource_id)
        )
        return ok(asdict(progress))


class OwnProgressPageView(APIView):
    """What the caller has begun and completed, last visited first, with totals."""

    @extend_schema(
        operation_id="user_progress",
        tags=_TAGS,
        parameters=PAGE_PARAMETERS,
        responses=enveloped("OwnProgress", OwnProgressView),
    )
    def get(self, request: Request) -> Response:
        own = get_own_progress(current_user(request), page=page_request(request))
        return ok(
            {
                "summary": own.summary,
                "data": own.items,
                "pagination": own.pagination,
            }
        )


class FollowersPageView(APIView):
    """Who reads a resource, last visited first. For its author and administrators."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="resource_users_progress",
        tags=_TAGS,
        parameters=PAGE_PARAMETERS,
        responses=enveloped("Followers", FollowersView),
    )
    def get(self, request: Request, resource_id: UUID) -> Response:
        followers = get_followers(current_user(request), resource_id, page=page_request(request))
        return ok(
            {
                "resource_id": followers.resource_id,
                "resource_title": followers.resource_title,
                "progress_entries": followers.items,
                "pagination": followers.pagination,
            }
        )
