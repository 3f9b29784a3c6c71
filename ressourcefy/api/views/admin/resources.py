"""Administration of resources, and of the progress on them."""

from dataclasses import asdict
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.authentication import current_user
from api.filters import INCLUDE_DELETED, is_wanted, parameter, word, words
from api.pagination import PAGE_PARAMETERS, listed, page_of, page_request
from api.permissions import IsAdministrator
from api.responses import ok
from api.schema import enveloped
from api.serializers import admin_content as bodies
from application.dto.commands import (
    AddResourceVersionCommand,
    EditResourceCommand,
    PublishForAuthorCommand,
    RemoveResourceCommand,
)
from application.use_cases.add_resource_version import AddResourceVersion
from application.use_cases.edit_resource import EditResource
from application.use_cases.publish_for_author import PublishForAuthor
from application.use_cases.remove_resource import RemoveResource
from read_models.administration.progress import get_administered_progress
from read_models.administration.resources import (
    ResourceFilters,
    get_administered_resource,
    get_administered_resources,
)

_TAGS = ["admin"]
_FILTERS = [
    parameter("author_id", "The author's id."),
    parameter("visibility", "`public`, `premium` or `private`."),
    parameter("has_price", "`true` or `false`."),
    parameter("search", "A part of a title, in any case."),
    parameter("tag_ids", "A tag's id; of several, one is enough.", is_repeatable=True),
    INCLUDE_DELETED,
]


class AdministeredResourcesView(APIView):
    """All resources, and new ones of any author."""

    permission_classes = (IsAdministrator,)

    @extend_schema(
        operation_id="admin_resources_list",
        tags=_TAGS,
        parameters=[*PAGE_PARAMETERS, *_FILTERS],
        responses=page_of("AdministeredResources", bodies.AdministeredResourceView),
    )
    def get(self, request: Request) -> Response:
        """The newest first."""
        filters = ResourceFilters(
            author_id=word(request, "author_id"),
            visibility=word(request, "visibility"),
            has_price=word(request, "has_price"),
            search=word(request, "search"),
            tag_ids=words(request, "tag_ids"),
            include_deleted=is_wanted(request, "include_deleted"),
        )
        return listed(request, get_administered_resources(filters, page=page_request(request)))

    @extend_schema(
        operation_id="admin_resources_create",
        tags=_TAGS,
        request=bodies.PublishForAuthorInput,
        responses={201: enveloped("PublishedForAuthor", bodies.PublishedForAuthorView)},
    )
    def post(self, request: Request) -> Response:
        """Publish in somebody's name."""
        body = bodies.PublishForAuthorInput(data=request.data)
        body.is_valid(raise_exception=True)
        published = PublishForAuthor().execute(
            PublishForAuthorCommand(user=current_user(request), **body.validated_data)
        )
        return ok(asdict(published), status=201)


class AdministeredResourceView(APIView):
    """One resource, whoever published it."""

    permission_classes = (IsAdministrator,)

    @extend_schema(
        operation_id="admin_resources_detail",
        tags=_TAGS,
        parameters=[INCLUDE_DELETED],
        responses=bodies.AdministeredResourceView,
    )
    def get(self, request: Request, resource_id: UUID) -> Response:
        """Look at it, with the addresses of its files."""
        is_deleted_wanted = is_wanted(request, "include_deleted")
        found = get_administered_resource(resource_id, include_deleted=is_deleted_wanted)
        return Response(found)

    @extend_schema(
        operation_id="admin_resources_update",
        tags=_TAGS,
        request=bodies.EditResourceInput,
        responses=enveloped("EditedResource", bodies.EditedResourceView),
    )
    def patch(self, request: Request, resource_id: UUID) -> Response:
        """Change it."""
        body = bodies.EditResourceInput(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        edited = EditResource().execute(
            EditResourceCommand(
                user=current_user(request), resource_id=resource_id, changes=body.validated_data
            )
        )
        return ok(asdict(edited))

    @extend_schema(
        operation_id="admin_resources_delete",
        tags=_TAGS,
        responses={200: enveloped("TakenDownResource", bodies.DoneView)},
    )
    def delete(self, request: Request, resource_id: UUID) -> Response:
        """Take it out of sight."""
        RemoveResource().execute(
            RemoveResourceCommand(user=current_user(request), resource_id=resource_id)
        )
        return ok({"message": _("The resource was deleted.")})


class AddResourceVersionView(APIView):
    """Another file of a resource."""

    permission_classes = (IsAdministrator,)

    @extend_schema(
        operation_id="admin_resources_version_create",
        tags=_TAGS,
        request=bodies.AddVersionInput,
        responses={201: enveloped("AddedVersion", bodies.AddedVersionView)},
    )
    def post(self, request: Request, resource_id: UUID) -> Response:
        """Add it as the next version."""
        body = bodies.AddVersionInput(data=request.data)
        body.is_valid(raise_exception=True)
        version = AddResourceVersion().execute(
            AddResourceVersionCommand(
                user=current_user(request), resource_id=resource_id, **body.validated_data
            )
        )
        return ok(asdict(version), status=201)


class AdministeredProgressView(APIView):
    """Everybody's progress on everything."""

    permission_classes = (IsAdministrator,)

    @extend_schema(
        operation_id="admin_progress_list",
        tags=_TAGS,
        parameters=[
            *PAGE_PARAMETERS,
            parameter("resource_id", "A resource's id, of a deleted one too."),
            parameter("user_id", "The reader's id, of a deleted account too."),
        ],
        responses=enveloped("AdministeredProgress", bodies.ProgressPageData),
    )
    def get(self, request: Request) -> Response:
        """What was opened last comes first. An unknown id is 404."""
        progress = get_administered_progress(
            resource_id=word(request, "resource_id"),
            user_id=word(request, "user_id"),
            page=page_request(request),
        )
        return ok(progress)
