"""Administration of comments."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from api.admin.base import (
    EVERYWHERE,
    ReasonedActionForm,
    TableAdmin,
    name_of,
    reason_given,
)
from api.admin.listing import StateFilter
from api.admin.site import site
from application.dto.commands import (
    ModerateCommentCommand,
    RemoveCommentCommand,
    RestoreCommentCommand,
)
from application.use_cases.moderate_comment import ModerateComment
from application.use_cases.remove_comment import RemoveComment
from application.use_cases.restore_comment import RestoreComment
from interactions.models import Comment, CommentModeration, CommentVote


class CommentStateFilter(StateFilter):
    """Whether readers see it, and why not."""

    conditions = {
        "shown": Q(deleted_at__isnull=True, hidden_at__isnull=True),
        "hidden": Q(hidden_at__isnull=False),
        "deleted": Q(deleted_at__isnull=False),
    }


@admin.register(Comment, site=site)
class CommentAdmin(TableAdmin):
    """Comments can be hidden, deleted and brought back; nobody rewrites them."""

    list_display = (
        "beginning",
        name_of("author", "author"),
        "resource",
        "upvotes",
        "downvotes",
        "created_at",
        "deleted_at",
    )
    list_select_related = ("author__profile", "resource")
    list_filter = (CommentStateFilter,)
    search_ids = ("pk", "resource_id", "author_id")
    search_help_text = "The id of a comment, a resource or an account."
    action_form = ReasonedActionForm
    actions = ("hide_comments", "unhide_comments", "delete_comments", "restore_comments")

    @admin.display(description="comment")
    def beginning(self, comment: Comment) -> str:
        return comment.content[:80]

    @admin.action(description="Hide from readers (with a reason)", location=EVERYWHERE)
    def hide_comments(self, request: HttpRequest, rows: QuerySet[Comment]) -> None:
        self._moderate(request, rows, is_hidden=True)

    @admin.action(description="Show to readers again (with a reason)", location=EVERYWHERE)
    def unhide_comments(self, request: HttpRequest, rows: QuerySet[Comment]) -> None:
        self._moderate(request, rows, is_hidden=False)

    def _moderate(self, request: HttpRequest, rows: QuerySet[Comment], *, is_hidden: bool) -> None:
        self.change_each(
            request,
            rows,
            lambda user, key: ModerateComment().execute(
                ModerateCommentCommand(
                    user=user, comment_id=key, is_hidden=is_hidden, reason=reason_given(request)
                )
            ),
        )

    @admin.action(description="Delete (can be restored)", location=EVERYWHERE)
    def delete_comments(self, request: HttpRequest, rows: QuerySet[Comment]) -> None:
        self.change_each(
            request,
            rows,
            lambda user, key: RemoveComment().execute(
                RemoveCommentCommand(user=user, comment_id=key)
            ),
        )

    @admin.action(description="Restore", location=EVERYWHERE)
    def restore_comments(self, request: HttpRequest, rows: QuerySet[Comment]) -> None:
        self.change_each(
            request,
            rows,
            lambda user, key: RestoreComment().execute(
                RestoreCommentCommand(user=user, comment_id=key)
            ),
        )


@admin.register(CommentVote, site=site)
class CommentVoteAdmin(TableAdmin):
    """Votes on comments."""

    list_display = ("comment", name_of("user", "user"), "value", "created_at")
    list_select_related = ("comment", "user__profile")
    search_ids = ("pk", "comment_id", "user_id")
    search_help_text = "The id of a vote, a comment or an account."


@admin.register(CommentModeration, site=site)
class CommentModerationAdmin(TableAdmin):
    """Who hid which comment or brought it back, and why."""

    list_display = ("comment", name_of("moderator", "moderator"), "action", "reason", "created_at")
    list_select_related = ("comment", "moderator__profile")
    search_ids = ("pk", "comment_id", "moderator_id")
    search_help_text = "The id of an entry, a comment or an account."
