"""Comments and the votes on them."""

from dataclasses import asdict

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.authentication import current_user
from api.permissions import IsSignedIn
from api.responses import ok
from api.schema import enveloped
from api.serializers import commands as bodies
from application.dto.commands import CreateCommentCommand, VoteOnCommentCommand
from application.use_cases.create_comment import CreateComment
from application.use_cases.vote_on_comment import VoteOnComment

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
