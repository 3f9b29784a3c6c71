"""Tags, for everyone."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.permissions import AllowAny
from api.responses import ok
from api.schema import enveloped
from api.serializers.tags import TagData
from read_models.tags import get_tags


class TagsView(APIView):
    """Every live tag by name, all at once."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="tags_list",
        tags=["tags"],
        responses=enveloped("Tags", TagData(many=True), count=serializers.IntegerField()),
    )
    def get(self, request: Request) -> Response:
        tags = get_tags()
        return ok(tags, count=len(tags))
