"""The feed."""

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.authentication import viewer
from api.kept import kept
from api.pagination import CURSOR_PARAMETER, PAGE_PARAMETERS, cursor, page_request
from api.permissions import AllowAny
from api.responses import ok
from api.schema import enveloped
from api.serializers.read import CursorPageView, FeedQuery, ResourceCardView, feed_filters
from read_models.pagination import DEFAULT_PAGE_SIZE
from read_models.resources.resource_feed import FeedFilters, get_resource_feed
from users.models import User

# Of the pages that all visitors see, those that most of them do.
_KEPT_PAGES = 5


class FeedView(APIView):
    """What the caller may open, the newest first."""

    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="feed",
        tags=["resources"],
        parameters=[*PAGE_PARAMETERS, CURSOR_PARAMETER, FeedQuery],
        responses=enveloped("Feed", ResourceCardView(many=True), pagination=CursorPageView()),
    )
    def get(self, request: Request) -> HttpResponseBase:
        who, page, place = viewer(request), page_request(request), cursor(request)
        filters = feed_filters(request.query_params.dict())

        def answer() -> Response:
            feed = get_resource_feed(who, page=page, cursor=place, filters=filters)
            return ok(feed.items, pagination=feed.pagination)

        is_everybodys = not isinstance(who, User) and place is None and filters == FeedFilters()
        if is_everybodys and page.page <= _KEPT_PAGES and page.page_size == DEFAULT_PAGE_SIZE:
            return kept(f"feed:{page.page}:1", answer)
        return answer()
