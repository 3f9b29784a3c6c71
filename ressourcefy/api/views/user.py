"""One's own account: who one is, the profile, the password."""

from dataclasses import asdict

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.authentication import current_user, token_facts
from api.cookies import set_progress
from api.permissions import HasSession, IsSignedIn
from api.responses import ok
from api.schema import enveloped
from api.serializers.auth import ChangedPasswordData, ChangePasswordInput
from api.serializers.user import CurrentUserData, ProfileData, ProfileInput, UpdatedProfileData
from api.session_tokens import mint
from application.dto.commands import ChangePasswordCommand, UpdateProfileCommand
from application.use_cases.auth.change_password import ChangePassword
from application.use_cases.update_profile import UpdateProfile
from read_models.users.current_user import get_current_user


class CurrentUserView(APIView):
    """The signed-in person, also before activation and onboarding are done."""

    permission_classes = (HasSession,)

    @extend_schema(
        operation_id="user_me", tags=["user"], responses=enveloped("CurrentUser", CurrentUserData)
    )
    def get(self, request: Request) -> Response:
        account = get_current_user(current_user(request).id)
        response = ok(CurrentUserData(account).data)
        set_progress(
            response, activated=account.activated, step=account.onboarding_step, request=request
        )
        return response


class ProfileView(APIView):
    """One's public side."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="user_profile", tags=["user"], responses=enveloped("Profile", ProfileData)
    )
    def get(self, request: Request) -> Response:
        return ok(ProfileData(get_current_user(current_user(request).id)).data)

    @extend_schema(
        operation_id="user_profile_update",
        tags=["user"],
        request=ProfileInput,
        responses=enveloped("UpdatedProfile", UpdatedProfileData),
    )
    def patch(self, request: Request) -> Response:
        body = ProfileInput(data=request.data)
        body.is_valid(raise_exception=True)
        profile = UpdateProfile().execute(
            UpdateProfileCommand(user=current_user(request), **body.validated_data)
        )
        return ok({**asdict(profile), "message": _("Your profile is saved.")})


class PasswordView(APIView):
    """One's own password."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="user_password",
        tags=["user"],
        request=ChangePasswordInput,
        responses=enveloped("ChangedPassword", ChangedPasswordData),
    )
    def post(self, request: Request) -> Response:
        body = ChangePasswordInput(data=request.data)
        body.is_valid(raise_exception=True)
        session = ChangePassword().execute(
            ChangePasswordCommand(
                user=current_user(request),
                session_id=token_facts(request).session_id,
                **body.validated_data,
            )
        )
        message = _("Your password is changed. All other sessions have ended.")
        return ok({**asdict(mint(**asdict(session))), "message": message})
