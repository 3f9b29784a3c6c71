"""Reads about resources."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.services.track_event import track_later
from analytics.types import Activity
from api.authentication import current_user, viewer
from api.pagination import PAGE_PARAMETERS, page_request
from api.permissions import AllowAny, IsSignedIn
from api.responses import ok
from api.schema import enveloped
from api.serializers.read import (
    CommentView,
    OwnResourceView,
    PageView,
    ProgressEntryView,
    ResourceDetailView,
)
from read_models.resources.own_resources import get_own_resources
from read_models.resources.reader_progress import get_reader_progress
from read_models.resources.resource_comments import get_resource_comments
from read_models.resources.resource_detail import get_resource_detail

_TAGS = ["resources"]


class ResourceDetailPageView(APIView):
    """One resource, whole."""

    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="resource_detail",
        tags=_TAGS,
        responses=enveloped("ResourceDetail", ResourceDetailView),
    )
    def get(self, request: Request, resource_id: UUID) -> Response:
        detail = get_resource_detail(viewer(request), resource_id)
        track_later(
            Activity.RESOURCE_VIEWED,
            user_id=request.user.pk,
            data={"resource_id": str(resource_id)},
        )
        return ok(detail)


class ResourceCommentsView(APIView):
    """The comments on a resource, the newest first."""

    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="resource_comments",
        tags=_TAGS,
        parameters=PAGE_PARAMETERS,
        responses=enveloped("Comments", CommentView(many=True), pagination=PageView()),
    )
    def get(self, request: Request, resource_id: UUID) -> Response:
        comments = get_resource_comments(viewer(request), resource_id, page=page_request(request))
        return ok(comments.items, pagination=comments.pagination)


class ReaderProgressView(APIView):
    """How far the caller has come with a resource."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="resource_progress",
        tags=_TAGS,
        responses=enveloped("ReaderProgress", ProgressEntryView),
    )
    def get(self, request: Request, resource_id: UUID) -> Response:
        return ok(get_reader_progress(current_user(request), resource_id))


class OwnResourcesView(APIView):
    """The caller's own resources, of every visibility."""

    @extend_schema(
        operation_id="user_resources",
        tags=_TAGS,
        parameters=PAGE_PARAMETERS,
        responses=enveloped("OwnResources", OwnResourceView(many=True), pagination=PageView()),
    )
    def get(self, request: Request) -> Response:
        own = get_own_resources(current_user(request), page=page_request(request))
        return ok(own.items, pagination=own.pagination)
