"""One's own sessions: where one is signed in, and signing out from afar."""

from dataclasses import asdict
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.authentication import current_user, token_facts
from api.pagination import PAGE_PARAMETERS, page_request
from api.permissions import HasSession
from api.responses import ok
from api.schema import enveloped
from api.serializers.auth import MessageData
from api.serializers.read import PageView
from api.serializers.user import SessionData
from application.dto.commands import EndSessionCommand
from application.use_cases.auth.end_session import EndSession
from read_models.users.sessions import get_sessions


class SessionsView(APIView):
    """Where one is signed in, the newest first."""

    permission_classes = (HasSession,)

    @extend_schema(
        operation_id="user_sessions",
        tags=["user"],
        parameters=PAGE_PARAMETERS,
        responses=enveloped("Sessions", SessionData(many=True), pagination=PageView()),
    )
    def get(self, request: Request) -> Response:
        sessions = get_sessions(
            current_user(request),
            current=token_facts(request).session_id,
            page=page_request(request),
        )
        return ok(
            [asdict(session) for session in sessions.items],
            pagination=asdict(sessions.pagination),
        )


class SessionView(APIView):
    """One of one's own sessions."""

    permission_classes = (HasSession,)

    @extend_schema(
        operation_id="user_session_end",
        tags=["user"],
        # Without a status the schema takes an empty answer for granted.
        responses={200: enveloped("EndedSession", MessageData)},
    )
    def delete(self, request: Request, session_id: UUID) -> Response:
        """End it; its tokens are worthless from the next request on."""
        EndSession().execute(EndSessionCommand(user=current_user(request), session_id=session_id))
        return ok({"message": _("The session is ended.")})
