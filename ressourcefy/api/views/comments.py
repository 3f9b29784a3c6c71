"""Comments, the votes on them, and what moderators do to them."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.authentication import current_user
from api.pagination import PAGE_PARAMETERS, page_request
from api.permissions import IsModerator, IsSignedIn
from api.responses import ok
from api.schema import enveloped
from api.serializers import commands as bodies
from api.serializers import comments as shapes
from api.serializers.read import PageView
from application.dto.commands import (
    CreateCommentCommand,
    DeleteCommentCommand,
    EditCommentCommand,
    ModerateCommentCommand,
    VoteOnCommentCommand,
)
from application.use_cases.create_comment import CreateComment
from application.use_cases.delete_comment import DeleteComment
from application.use_cases.edit_comment import EditComment
from application.use_cases.moderate_comment import ModerateComment
from application.use_cases.vote_on_comment import VoteOnComment
from read_models.resources.hidden_comments import get_hidden_comments

_TAGS = ["comments"]


class CreateCommentView(APIView):
    """Comment on a resource."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="comment_create",
        tags=_TAGS,
        request=bodies.CreateCommentInput,
        responses={201: enveloped("CreatedComment", bodies.CreatedComment)},
    )
    def post(self, request: Request) -> Response:
        body = bodies.CreateCommentInput(data=request.data)
        body.is_valid(raise_exception=True)
        comment = CreateComment().execute(
            CreateCommentCommand(user=current_user(request), **body.validated_data)
        )
        return ok(asdict(comment), status=201)


class VoteOnCommentView(APIView):
    """Vote on a comment."""

    @extend_schema(
        operation_id="comment_vote",
        tags=_TAGS,
        request=bodies.VoteOnCommentInput,
        responses=enveloped("CommentVote", bodies.CommentVoteAnswer),
    )
    def post(self, request: Request) -> Response:
        body = bodies.VoteOnCommentInput(data=request.data)
        body.is_valid(raise_exception=True)
        vote = VoteOnComment().execute(
            VoteOnCommentCommand(user=current_user(request), **body.validated_data)
        )
        return ok(asdict(vote))


class OwnCommentView(APIView):
    """One's own comment."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="comment_update",
        tags=_TAGS,
        request=shapes.EditCommentInput,
        responses=enveloped("EditedComment", shapes.EditedCommentView),
    )
    def patch(self, request: Request, comment_id: UUID) -> Response:
        body = shapes.EditCommentInput(data=request.data)
        body.is_valid(raise_exception=True)
        edited = EditComment().execute(
            EditCommentCommand(
                user=current_user(request), comment_id=comment_id, **body.validated_data
            )
        )
        return ok(asdict(edited))

    @extend_schema(
        operation_id="comment_delete",
        tags=_TAGS,
        responses={200: enveloped("DeletedComment", shapes.DeletedCommentView)},
    )
    def delete(self, request: Request, comment_id: UUID) -> Response:
        deleted = DeleteComment().execute(
            DeleteCommentCommand(user=current_user(request), comment_id=comment_id)
        )
        return ok({**asdict(deleted), "message": _("The comment was deleted.")})


class HideCommentView(APIView):
    """Keep a comment from readers. For moderators and above."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="comment_hide",
        tags=_TAGS,
        request=shapes.ModerationInput,
        responses=enveloped("HiddenComment", shapes.ModeratedCommentView),
    )
    def post(self, request: Request, comment_id: UUID) -> Response:
        return ok({**_moderated(request, comment_id, True), "message": _("The comment is hidden.")})


class RestoreCommentView(APIView):
    """Let readers see a hidden comment again. For moderators and above."""

    permission_classes = (IsSignedIn,)

    @extend_schema(
        operation_id="comment_restore",
        tags=_TAGS,
        request=shapes.ModerationInput,
        responses=enveloped("RestoredComment", shapes.ModeratedCommentView),
    )
    def post(self, request: Request, comment_id: UUID) -> Response:
        message = _("The comment is back.")
        return ok({**_moderated(request, comment_id, False), "message": message})


class HiddenCommentsView(APIView):
    """What moderators have hidden, the latest first. For moderators and above."""

    permission_classes = (IsModerator,)

    @extend_schema(
        operation_id="comments_hidden",
        tags=_TAGS,
        parameters=PAGE_PARAMETERS,
        responses=enveloped(
            "HiddenComments", shapes.HiddenCommentView(many=True), pagination=PageView()
        ),
    )
    def get(self, request: Request) -> Response:
        hidden = get_hidden_comments(current_user(request), page=page_request(request))
        return ok(
            [asdict(comment) for comment in hidden.items], pagination=asdict(hidden.pagination)
        )


def _moderated(request: Request, comment_id: UUID, is_hidden: bool) -> dict[str, Any]:
    body = shapes.ModerationInput(data=request.data)
    body.is_valid(raise_exception=True)
    moderated = ModerateComment().execute(
        ModerateCommentCommand(
            user=current_user(request),
            comment_id=comment_id,
            is_hidden=is_hidden,
            **body.validated_data,
        )
    )
    return asdict(moderated)
