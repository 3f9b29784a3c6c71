"""Tags, for everyone."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.kept import kept
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
    def get(self, request: Request) -> HttpResponse:
        return kept("tags:1", _all_tags)


def _all_tags() -> Response:
    tags = get_tags()
    return ok(tags, count=len(tags))
