"""Commands about resources."""

from dataclasses import asdict
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.authentication import current_user
from api.permissions import IsSignedIn
from api.responses import ok
from api.schema import enveloped
from api.serializers import commands as bodies
from api.serializers.read import AccessView
from application.dto.commands import (
    AccessResourceCommand,
    CreateResourceCommand,
    CreateResourceVersionCommand,
    DeleteResourceCommand,
    UpdateResourceCommand,
    VoteOnResourceCommand,
)
from application.use_cases.access_resource import AccessResource
from application.use_cases.create_resource import CreateResource
from application.use_cases.create_resource_version import CreateResourceVersion
from application.use_cases.delete_resource import DeleteResource
from application.use_cases.update_resource import UpdateResource
from application.use_cases.vote_on_resource import VoteOnResource

_TAGS = ["resources"]


class CreateResourceView(APIView):
    """Publish."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="resource_create",
        tags=_TAGS,
        request=bodies.CreateResourceInput,
        responses={201: enveloped("CreatedResource", bodies.CreatedResource)},
    )
    def post(self, request: Request) -> Response:
        body = bodies.CreateResourceInput(data=request.data)
        body.is_valid(raise_exception=True)
        published = CreateResource().execute(
            CreateResourceCommand(user=current_user(request), **body.validated_data)
        )
        return ok(asdict(published), status=201)


class UpdateResourceView(APIView):
    """Change."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="resource_update",
        tags=_TAGS,
        request=bodies.UpdateResourceInput,
        responses=enveloped("ChangedResource", bodies.ChangedResource),
    )
    def patch(self, request: Request, resource_id: UUID) -> Response:
        body = bodies.UpdateResourceInput(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        changed = UpdateResource().execute(
            UpdateResourceCommand(
                user=current_user(request), resource_id=resource_id, changes=body.validated_data
            )
        )
        return ok(asdict(changed))


class DeleteResourceView(APIView):
    """Take out of sight."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="resource_delete",
        tags=_TAGS,
        responses={200: enveloped("RemovedResource", bodies.RemovedResource)},
    )
    def delete(self, request: Request, resource_id: UUID) -> Response:
        deleted = DeleteResource().execute(
            DeleteResourceCommand(user=current_user(request), resource_id=resource_id)
        )
        return ok({**asdict(deleted), "message": _("The resource was deleted.")})


class AccessResourceView(APIView):
    """Open; begins or renews the caller's progress."""

    @extend_schema(
        operation_id="resource_access", tags=_TAGS, responses=enveloped("Access", AccessView)
    )
    def get(self, request: Request, resource_id: UUID) -> Response:
        granted = AccessResource().execute(
            AccessResourceCommand(user=current_user(request), resource_id=resource_id)
        )
        return ok({"access_granted": True, **asdict(granted)})


class CreateResourceVersionView(APIView):
    """Publish a file."""

    @extend_schema(
        operation_id="resource_version_create",
        tags=_TAGS,
        request=bodies.CreateResourceVersionInput,
        responses={201: enveloped("CreatedVersion", bodies.CreatedVersion)},
    )
    def post(self, request: Request) -> Response:
        body = bodies.CreateResourceVersionInput(data=request.data)
        body.is_valid(raise_exception=True)
        version = CreateResourceVersion().execute(
            CreateResourceVersionCommand(user=current_user(request), **body.validated_data)
        )
        aliases = {"version": version.version_number, "url": version.file_url}
        return ok({**asdict(version), **aliases}, status=201)


class VoteOnResourceView(APIView):
    """Vote."""

    @extend_schema(
        operation_id="resource_vote",
        tags=_TAGS,
        request=bodies.VoteOnResourceInput,
        responses=enveloped("ResourceVote", bodies.ResourceVoteAnswer),
    )
    def post(self, request: Request) -> Response:
        body = bodies.VoteOnResourceInput(data=request.data)
        body.is_valid(raise_exception=True)
        vote = VoteOnResource().execute(
            VoteOnResourceCommand(user=current_user(request), **body.validated_data)
        )
        return ok(asdict(vote))
