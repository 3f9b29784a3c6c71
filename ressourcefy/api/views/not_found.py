"""What is answered where there is nothing."""

from typing import NoReturn

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from api.permissions import AllowAny
from core.exceptions import NotFound


@extend_schema(exclude=True)
class NotFoundView(APIView):
    """Every method on an address under /api/ that no other view has."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def initial(self, request: Request, *args: object, **kwargs: object) -> NoReturn:
        raise NotFound("There is nothing at this address.")
