"""Authors' pages."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.authentication import viewer
from api.permissions import AllowAny
from api.responses import ok
from api.schema import enveloped
from api.serializers.read import AuthorView
from read_models.users.author_profile import get_author_profile


class AuthorProfileView(APIView):
    """The public page of an author."""

    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="author", tags=["resources"], responses=enveloped("Author", AuthorView)
    )
    def get(self, request: Request, user_id: UUID) -> Response:
        return ok(get_author_profile(viewer(request), user_id))
