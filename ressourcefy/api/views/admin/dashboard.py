"""What administrators see first: figures, the newest changes, and how the parts do."""

from dataclasses import asdict

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.pagination import LIMIT_PARAMETER, limit
from api.permissions import IsAdministrator
from api.responses import ok
from api.schema import enveloped
from api.serializers import admin_users as bodies
from read_models.administration.dashboard import get_overview, get_system_health
from read_models.administration.histories import get_recent_changes

_TAGS = ["admin"]


class DashboardOverviewView(APIView):
    """Totals."""

    permission_classes = (IsAdministrator,)

    @extend_schema(
        operation_id="admin_dashboard_overview",
        tags=_TAGS,
        responses=enveloped("AdminOverview", bodies.OverviewData),
    )
    def get(self, request: Request) -> Response:
        return ok(asdict(get_overview()))


class DashboardActivityView(APIView):
    """The newest entries of the audit log."""

    permission_classes = (IsAdministrator,)

    @extend_schema(
        operation_id="admin_dashboard_activity",
        tags=_TAGS,
        parameters=[LIMIT_PARAMETER],
        responses=enveloped("AdminRecentChanges", bodies.RecentChangesData),
    )
    def get(self, request: Request) -> Response:
        changes = [asdict(change) for change in get_recent_changes(limit=limit(request))]
        return ok({"activities": changes, "count": len(changes)})


class DashboardHealthView(APIView):
    """The database and the outbox."""

    permission_classes = (IsAdministrator,)

    @extend_schema(
        operation_id="admin_dashboard_health",
        tags=_TAGS,
        responses=enveloped("AdminSystemHealth", bodies.SystemHealthData),
    )
    def get(self, request: Request) -> Response:
        return ok(asdict(get_system_health()))
