"""One's mails, and one's data as a whole."""

from dataclasses import asdict

from django.http import FileResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.authentication import current_user
from api.permissions import AllowAny, IsSignedIn
from api.renderers import MEDIA_TYPE
from api.responses import ok
from api.schema import enveloped
from api.serializers.account_care import (
    DeleteAccountInput,
    DeletedAccountData,
    ExportData,
    NotificationsData,
    NotificationsInput,
)
from application.dto.commands import (
    ChangeNotificationsCommand,
    DeleteOwnAccountCommand,
    RequestDataExportCommand,
)
from application.use_cases.change_notifications import ChangeNotifications
from application.use_cases.delete_own_account import DeleteOwnAccount
from application.use_cases.request_data_export import RequestDataExport
from read_models.users.exports import get_export, get_export_file
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


class ExportView(APIView):
    """A file with all that the product holds about oneself."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="user_export",
        tags=["user"],
        responses=enveloped("Export", ExportData(allow_null=True)),
    )
    def get(self, request: Request) -> Response:
        """The newest one that is there or is being built; null where there is none."""
        export = get_export(current_user(request).id)
        return ok(asdict(export) if export else None)

    @extend_schema(
        operation_id="user_export_request",
        tags=["user"],
        request=None,
        responses={201: enveloped("RequestedExport", ExportData)},
    )
    def post(self, request: Request) -> Response:
        """Have one built; its link is mailed. 409 `export_pending` while one is being built."""
        export = RequestDataExport().execute(RequestDataExportCommand(user=current_user(request)))
        return ok(asdict(export), status=201)


class ExportFileView(APIView):
    """The file itself, for whoever has the link that was mailed."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="user_export_file",
        tags=["user"],
        responses={(200, "application/json"): OpenApiTypes.OBJECT},
    )
    def get(self, request: Request, token: str) -> FileResponse:
        """The file as it is, without an envelope. The token is enough, and opens only this."""
        export = get_export_file(token)
        return FileResponse(
            export.content,
            as_attachment=True,
            filename=export.file_name,
            content_type=MEDIA_TYPE,
        )


class DeleteAccountView(APIView):
    """The end of one's own account."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="user_delete",
        tags=["user"],
        request=DeleteAccountInput,
        responses=enveloped("DeletedAccount", DeletedAccountData),
    )
    def post(self, request: Request) -> Response:
        """Close the account at once and for everybody; a mail says how to keep it after all."""
        body = DeleteAccountInput(data=request.data)
        body.is_valid(raise_exception=True)
        deleted = DeleteOwnAccount().execute(
            DeleteOwnAccountCommand(user=current_user(request), **body.validated_data)
        )
        message = _("Your account is deleted. We have mailed you how to keep it after all.")
        return ok({"message": message, "erase_after": deleted.erase_after})
