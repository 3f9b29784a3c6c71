"""Registration, activation, sign-in and sign-out, and forgotten passwords."""

from dataclasses import asdict
from typing import Any

from django.utils.translation import get_language_from_request
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.authentication import current_user
from api.cookies import clear_all, set_progress, set_tokens
from api.permissions import AllowAny, HasSession
from api.presented_tokens import named_sessions, refresh_facts
from api.responses import ok
from api.schema import enveloped
from api.serializers.auth import (
    ActivateInput,
    EmailInput,
    LoginData,
    LoginInput,
    MessageData,
    PasswordResetConfirmInput,
    RefreshInput,
    RegisteredData,
    RegisterInput,
    TokensData,
)
from api.serializers.user import CurrentUserData
from api.session_tokens import mint
from application.dto.commands import (
    ActivateUserCommand,
    AuthenticateUserCommand,
    ConfirmPasswordResetCommand,
    RefreshSessionCommand,
    RegisterUserCommand,
    RequestPasswordResetCommand,
    ResendActivationCommand,
    SignOutCommand,
    SignOutEverywhereCommand,
)
from application.use_cases.auth.activate_user import ActivateUser
from application.use_cases.auth.authenticate_user import AuthenticateUser
from application.use_cases.auth.confirm_password_reset import ConfirmPasswordReset
from application.use_cases.auth.refresh_session import RefreshSession
from application.use_cases.auth.register_user import RegisterUser
from application.use_cases.auth.request_password_reset import RequestPasswordReset
from application.use_cases.auth.resend_activation import ResendActivation
from application.use_cases.auth.sign_out import SignOut
from application.use_cases.auth.sign_out_everywhere import SignOutEverywhere

_MESSAGE = enveloped("Message", MessageData)


class _OpenView(APIView):
    """Whoever calls, and whatever token is left over in the Authorization header."""

    authentication_classes = ()
    permission_classes: Any = (AllowAny,)


class RegisterView(_OpenView):
    """Make an account."""

    is_form = True

    @extend_schema(
        operation_id="auth_register",
        tags=["auth"],
        request=RegisterInput,
        responses={201: enveloped("Registered", RegisteredData)},
    )
    def post(self, request: Request) -> Response:
        body = RegisterInput(data=request.data)
        body.is_valid(raise_exception=True)
        registered = RegisterUser().execute(
            RegisterUserCommand(**body.validated_data, language=get_language_from_request(request))
        )
        message = _("Your account is made. Follow the link in the mail we sent you to activate it.")
        return ok({"user_id": registered.user_id, "message": message}, status=201)


class ActivateView(_OpenView):
    """Confirm an address with the token that was mailed to it."""

    @extend_schema(
        operation_id="auth_activate",
        tags=["auth"],
        parameters=[OpenApiParameter("token", str, description="In place of the body's `token`.")],
        request=ActivateInput,
        responses=_MESSAGE,
    )
    def post(self, request: Request) -> Response:
        body = ActivateInput(data=request.data)
        body.is_valid(raise_exception=True)
        token = body.validated_data.get("token") or request.query_params.get("token", "")
        activated = ActivateUser().execute(ActivateUserCommand(token=token))
        response = ok(
            {
                "message": _("Your account was active already.")
                if activated.was_activated
                else _("Your account is active. You can sign in now.")
            }
        )
        set_progress(response, activated=True, step=activated.onboarding_step)
        return response


class ResendActivationView(_OpenView):
    """Ask for another activation mail."""

    @extend_schema(
        operation_id="auth_resend_activation",
        tags=["auth"],
        request=EmailInput,
        responses=_MESSAGE,
    )
    def post(self, request: Request) -> Response:
        body = EmailInput(data=request.data)
        body.is_valid(raise_exception=True)
        ResendActivation().execute(ResendActivationCommand(**body.validated_data))
        return ok(
            {"message": _("If an account of this address waits for it, a mail is on its way.")}
        )


class LoginView(_OpenView):
    """Exchange credentials for session tokens."""

    @extend_schema(
        operation_id="auth_login",
        tags=["auth"],
        request=LoginInput,
        responses=enveloped("Login", LoginData),
    )
    def post(self, request: Request) -> Response:
        body = LoginInput(data=request.data)
        body.is_valid(raise_exception=True)
        signed_in = AuthenticateUser().execute(AuthenticateUserCommand(**body.validated_data))
        account = signed_in.account
        tokens = mint(**asdict(signed_in.session))
        response = ok({**asdict(tokens), "user": CurrentUserData(account).data})
        set_tokens(response, tokens)
        set_progress(response, activated=account.activated, step=account.onboarding_step)
        return response


class LogoutView(_OpenView):
    """End the session of whatever token the request brings; always succeeds."""

    @extend_schema(operation_id="auth_logout", tags=["auth"], request=None, responses=_MESSAGE)
    def post(self, request: Request) -> Response:
        SignOut().execute(SignOutCommand(sessions=named_sessions(request)))
        response = ok({"message": _("You are signed out.")})
        clear_all(response)
        return response


class LogoutEverywhereView(APIView):
    """End all sessions of the account."""

    permission_classes = (HasSession,)

    @extend_schema(operation_id="auth_logout_all", tags=["auth"], request=None, responses=_MESSAGE)
    def post(self, request: Request) -> Response:
        SignOutEverywhere().execute(SignOutEverywhereCommand(user=current_user(request)))
        response = ok({"message": _("You are signed out on all devices.")})
        clear_all(response)
        return response


class RefreshView(_OpenView):
    """Exchange a refresh token, which works once, for a new pair."""

    @extend_schema(
        operation_id="auth_refresh",
        tags=["auth"],
        request=RefreshInput,
        responses=enveloped("Tokens", TokensData),
    )
    def post(self, request: Request) -> Response:
        body = RefreshInput(data=request.data)
        body.is_valid(raise_exception=True)
        facts = refresh_facts(request, body.validated_data)
        renewed = RefreshSession().execute(
            RefreshSessionCommand(
                user_id=facts.user_id,
                session_id=facts.session_id,
                token_version=facts.token_version,
                refresh_id=facts.token_id,
            )
        )
        tokens = mint(**asdict(renewed))
        response = ok(asdict(tokens))
        if renewed.impersonator_id is None:
            set_tokens(response, tokens)
        return response


class PasswordResetView(_OpenView):
    """Ask for a mail that lets one choose a new password."""

    @extend_schema(
        operation_id="auth_password_reset",
        tags=["auth"],
        request=EmailInput,
        responses=_MESSAGE,
    )
    def post(self, request: Request) -> Response:
        body = EmailInput(data=request.data)
        body.is_valid(raise_exception=True)
        RequestPasswordReset().execute(RequestPasswordResetCommand(**body.validated_data))
        return ok({"message": _("If there is an account of this address, a mail is on its way.")})


class PasswordResetConfirmView(_OpenView):
    """Set a new password with the token that was mailed."""

    @extend_schema(
        operation_id="auth_password_reset_confirm",
        tags=["auth"],
        request=PasswordResetConfirmInput,
        responses=_MESSAGE,
    )
    def post(self, request: Request) -> Response:
        body = PasswordResetConfirmInput(data=request.data)
        body.is_valid(raise_exception=True)
        ConfirmPasswordReset().execute(ConfirmPasswordResetCommand(**body.validated_data))
        return ok({"message": _("Your password is changed. Sign in with the new one.")})
