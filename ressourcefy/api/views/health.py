"""Health: does the process answer, and can it do its work?"""

import logging

from django.conf import settings
from django.db import Error as DatabaseFailure
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.permissions import AllowAny
from read_models.operations.readiness import NoAnswer, is_behind_in_time

logger = logging.getLogger(__name__)

_STATUS = inline_serializer(
    name="HealthStatus",
    fields={"status": serializers.ChoiceField(choices=["ok", "degraded", "unavailable"])},
)


class LivenessView(APIView):
    """The process answers."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()

    @extend_schema(operation_id="health_live", tags=["health"], responses=_STATUS)
    def get(self, request: Request) -> Response:
        return Response({"status": "ok"})


class ReadinessView(APIView):
    """The database answers, the outbox is drained, and Stripe's deliveries take effect.

    Names nothing of the inside.

    Answers within a second, also while the database hangs.
    """

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()

    @extend_schema(
        operation_id="health_ready", tags=["health"], responses={200: _STATUS, 503: _STATUS}
    )
    def get(self, request: Request) -> Response:
        try:
            is_behind = is_behind_in_time()
        except (DatabaseFailure, NoAnswer):
            logger.warning("Not ready: the database does not answer")
            return Response({"status": "unavailable"}, status=503)
        if is_behind and settings.HEALTH_CHECKS_BACKLOG:
            return Response({"status": "degraded"}, status=503)
        return Response({"status": "ok"})
