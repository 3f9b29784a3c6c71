"""One's mails, and one's data as a whole."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.authentication import current_user
from api.permissions import IsSignedIn
from api.responses import ok
from api.schema import enveloped
from api.serializers.account_care import NotificationsData, NotificationsInput
from application.dto.commands import ChangeNotificationsCommand
from application.use_cases.change_notifications import ChangeNotifications
from read_models.users.notifications import get_notifications


class NotificationsView(APIView):
    """Which mails one gets beside the necessary ones."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="user_notifications",
        tags=["user"],
        responses=enveloped("Notifications", NotificationsData),
    )
    def get(self, request: Request) -> Response:
        return ok(get_notifications(current_user(request).id))

    @extend_schema(
        operation_id="user_notifications_update",
        tags=["user"],
        request=NotificationsInput,
        responses=enveloped("UpdatedNotifications", NotificationsData),
    )
    def patch(self, request: Request) -> Response:
        body = NotificationsInput(data=request.data)
        body.is_valid(raise_exception=True)
        choices = ChangeNotifications().execute(
            ChangeNotificationsCommand(user=current_user(request), changes=body.validated_data)
        )
        return ok(choices.wanted)
