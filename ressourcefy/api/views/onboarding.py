"""Setting up a new account, step by step."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.authentication import current_user
from api.cookies import set_progress
from api.permissions import IsSignedIn
from api.responses import ok
from api.schema import enveloped
from api.serializers.auth import OnboardingData
from api.serializers.user import InterestsInput, OnboardingProfileInput, OnboardingStatusData
from application.dto.commands import (
    ChooseInterestsCommand,
    CompleteOnboardingProfileCommand,
    ConfirmOnboardingCommand,
    StartOnboardingCommand,
)
from application.dto.results import OnboardingProgress
from application.use_cases.choose_interests import ChooseInterests
from application.use_cases.complete_onboarding_profile import CompleteOnboardingProfile
from application.use_cases.confirm_onboarding import ConfirmOnboarding
from application.use_cases.start_onboarding import StartOnboarding
from users.types import OnboardingStep

_PROGRESS = enveloped("Onboarding", OnboardingData)


def _progress(progress: OnboardingProgress, message: str) -> Response:
    response = ok({"message": message, "onboarding_step": progress.onboarding_step})
    set_progress(response, activated=True, step=progress.onboarding_step)
    return response


class OnboardingStatusView(APIView):
    """Where the account stands. The web client reads the step beside `data`."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="onboarding_status",
        tags=["onboarding"],
        responses=enveloped(
            "OnboardingStatus",
            OnboardingStatusData,
            onboarding_step=serializers.ChoiceField(choices=OnboardingStep.choices),
        ),
    )
    def get(self, request: Request) -> Response:
        step = current_user(request).get_onboarding_step()
        return ok({"onboarding_step": step}, onboarding_step=step)


class OnboardingStartView(APIView):
    """From `not_started` to `profile`."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="onboarding_start", tags=["onboarding"], request=None, responses=_PROGRESS
    )
    def post(self, request: Request) -> Response:
        progress = StartOnboarding().execute(StartOnboardingCommand(user=current_user(request)))
        return _progress(progress, _("Tell others who you are."))


class OnboardingProfileView(APIView):
    """From `profile` to `interests`."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="onboarding_profile",
        tags=["onboarding"],
        request=OnboardingProfileInput,
        responses=_PROGRESS,
    )
    def post(self, request: Request) -> Response:
        body = OnboardingProfileInput(data=request.data)
        body.is_valid(raise_exception=True)
        progress = CompleteOnboardingProfile().execute(
            CompleteOnboardingProfileCommand(user=current_user(request), **body.validated_data)
        )
        return _progress(progress, _("Choose what you are interested in."))


class OnboardingInterestsView(APIView):
    """From `interests` to `completed`."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="onboarding_interests",
        tags=["onboarding"],
        request=InterestsInput,
        responses=_PROGRESS,
    )
    def post(self, request: Request) -> Response:
        body = InterestsInput(data=request.data)
        body.is_valid(raise_exception=True)
        progress = ChooseInterests().execute(
            ChooseInterestsCommand(
                user=current_user(request), tag_ids=frozenset(body.validated_data["tag_ids"])
            )
        )
        return _progress(progress, _("Your account is set up."))


class OnboardingCompleteView(APIView):
    """Acknowledge the end; changes nothing."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="onboarding_complete", tags=["onboarding"], request=None, responses=_PROGRESS
    )
    def post(self, request: Request) -> Response:
        progress = ConfirmOnboarding().execute(ConfirmOnboardingCommand(user=current_user(request)))
        return _progress(progress, _("Your account is set up."))
