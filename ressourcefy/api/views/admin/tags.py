"""Administration of tags."""

from dataclasses import asdict
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.authentication import current_user
from api.filters import INCLUDE_DELETED, is_wanted, parameter, word
from api.pagination import PAGE_PARAMETERS, listed, page_of, page_request
from api.permissions import IsAdministrator
from api.responses import ok
from api.schema import enveloped
from api.serializers import admin_content as bodies
from application.dto.commands import (
    CreateTagCommand,
    DeleteTagCommand,
    MergeTagsCommand,
    RenameTagCommand,
)
from application.use_cases.create_tag import CreateTag
from application.use_cases.delete_tag import DeleteTag
from application.use_cases.merge_tags import MergeTags
from application.use_cases.rename_tag import RenameTag
from read_models.administration.tags import get_administered_tag, get_administered_tags

_TAGS = ["admin"]
_FILTERS = [parameter("search", "A part of a name, in any case."), INCLUDE_DELETED]


class AdministeredTagsView(APIView):
    """All tags, and new ones."""

    permission_classes = (IsAdministrator,)

    @extend_schema(
        operation_id="admin_tags_list",
        tags=_TAGS,
        parameters=[*PAGE_PARAMETERS, *_FILTERS],
        responses=page_of("AdministeredTags", bodies.AdministeredTagView),
    )
    def get(self, request: Request) -> Response:
        """By name."""
        return listed(
            request,
            get_administered_tags(
                search=word(request, "search"),
                include_deleted=is_wanted(request, "include_deleted"),
                page=page_request(request),
            ),
        )

    @extend_schema(
        operation_id="admin_tags_create",
        tags=_TAGS,
        request=bodies.TagNameInput,
        responses={201: enveloped("CreatedTag", bodies.KeptTagView)},
    )
    def post(self, request: Request) -> Response:
        """Make one. A name that a live tag has is refused."""
        body = bodies.TagNameInput(data=request.data)
        body.is_valid(raise_exception=True)
        kept = CreateTag().execute(
            CreateTagCommand(user=current_user(request), **body.validated_data)
        )
        return ok(asdict(kept), status=201)


class AdministeredTagView(APIView):
    """One tag."""

    permission_classes = (IsAdministrator,)

    @extend_schema(
        operation_id="admin_tags_detail",
        tags=_TAGS,
        parameters=[INCLUDE_DELETED],
        responses=bodies.AdministeredTagView,
    )
    def get(self, request: Request, tag_id: UUID) -> Response:
        """Look at it."""
        is_deleted_wanted = is_wanted(request, "include_deleted")
        return Response(get_administered_tag(tag_id, include_deleted=is_deleted_wanted))

    @extend_schema(
        operation_id="admin_tags_update",
        tags=_TAGS,
        request=bodies.TagNameInput,
        responses=enveloped("RenamedTag", bodies.KeptTagView),
    )
    def patch(self, request: Request, tag_id: UUID) -> Response:
        """Rename it; its slug follows."""
        body = bodies.TagNameInput(data=request.data)
        body.is_valid(raise_exception=True)
        kept = RenameTag().execute(
            RenameTagCommand(user=current_user(request), tag_id=tag_id, **body.validated_data)
        )
        return ok(asdict(kept))

    @extend_schema(
        operation_id="admin_tags_delete",
        tags=_TAGS,
        responses={200: enveloped("DeletedTag", bodies.DoneView)},
    )
    def delete(self, request: Request, tag_id: UUID) -> Response:
        """Take it out of use."""
        DeleteTag().execute(DeleteTagCommand(user=current_user(request), tag_id=tag_id))
        return ok({"message": _("The tag was deleted.")})


class MergeTagsView(APIView):
    """Two tags become one."""

    permission_classes = (IsAdministrator,)

    @extend_schema(
        operation_id="admin_tags_merge",
        tags=_TAGS,
        request=bodies.MergeTagsInput,
        responses=enveloped("MergedTags", bodies.MergedTagsView),
    )
    def post(self, request: Request) -> Response:
        """File under the target what is filed under the source, and delete the source."""
        body = bodies.MergeTagsInput(data=request.data)
        body.is_valid(raise_exception=True)
        merged = MergeTags().execute(
            MergeTagsCommand(user=current_user(request), **body.validated_data)
        )
        return ok({"message": _("The tags were merged."), **asdict(merged)})
