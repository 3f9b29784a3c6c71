"""The feed."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.authentication import viewer
from api.pagination import CURSOR_PARAMETER, PAGE_PARAMETERS, cursor, page_request
from api.permissions import AllowAny
from api.responses import ok
from api.schema import enveloped
from api.serializers.read import CursorPageView, FeedQuery, ResourceCardView, feed_filters
from read_models.resources.resource_feed import get_resource_feed


class FeedView(APIView):
    """What the caller may open, the newest first."""

    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="feed",
        tags=["resources"],
        parameters=[*PAGE_PARAMETERS, CURSOR_PARAMETER, FeedQuery],
        responses=enveloped("Feed", ResourceCardView(many=True), pagination=CursorPageView()),
    )
    def get(self, request: Request) -> Response:
        feed = get_resource_feed(
            viewer(request),
            page=page_request(request),
            cursor=cursor(request),
            filters=feed_filters(request.query_params.dict()),
        )
        return ok(feed.items, pagination=feed.pagination)
