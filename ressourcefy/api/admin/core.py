"""Administration of tags and of the outbox."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from api.admin.base import EVERYWHERE, TableAdmin, chosen
from api.admin.form_pages import FormPage, FormPagesAdmin
from api.admin.listing import DeletionFilter
from api.admin.site import acting_administrator, administrator, site
from application.dto.commands import (
    CreateTagCommand,
    DeleteTagCommand,
    MergeTagsCommand,
    RenameTagCommand,
    RestoreTagCommand,
)
from application.use_cases.create_tag import CreateTag
from application.use_cases.delete_tag import DeleteTag
from application.use_cases.merge_tags import MergeTags
from application.use_cases.rename_tag import RenameTag
from application.use_cases.restore_tag import RestoreTag
from core.models import OutboxEvent, RateCounter, Tag, Tally
from core.services.retry_events import retry_events
from users.models import User


class MergeForm(forms.Form):
    """Into which tag; there are few enough to choose from."""

    target = forms.ModelChoiceField(Tag.objects.order_by("name"), label="File all of it under")


def _merge(user: User, tag_id: UUID, filled: dict[str, Any]) -> str:
    merged = MergeTags().execute(
        MergeTagsCommand(user=user, source_tag_id=tag_id, target_tag_id=filled["target"].pk)
    )
    return f"Merged: {merged.resources} resources and {merged.interests} interests were refiled."


@admin.register(Tag, site=site)
class TagAdmin(FormPagesAdmin):
    """Tags can be made, renamed, merged, deleted and restored."""

    list_display = ("name", "slug", "created_at", "deleted_at")
    list_filter = (DeletionFilter,)
    search_texts = ("name__startswith",)
    search_help_text = "The beginning of a name, or an id."
    editable = ("name",)
    actions = ("merge", "delete_tags", "restore_tags")
    form_pages = {"merge": FormPage("Merge", "Merge and delete this tag", MergeForm, _merge)}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return administrator(request) is not None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return administrator(request) is not None and (obj is None or not obj.is_deleted)

    def save_model(self, request: HttpRequest, obj: Tag, form: Any, change: bool) -> None:
        user = acting_administrator(request)
        name = form.cleaned_data["name"]
        if change:
            RenameTag().execute(RenameTagCommand(user=user, tag_id=obj.pk, name=name))
        else:
            kept = CreateTag().execute(CreateTagCommand(user=user, name=name))
            # What the answer links to.
            obj.pk, obj.name, obj.slug = kept.tag_id, kept.name, kept.slug

    @admin.action(description="Merge into another tag", location=EVERYWHERE)
    def merge(self, request: HttpRequest, rows: QuerySet[Tag]) -> HttpResponse | None:
        return self.lead_to(request, rows, "merge")

    @admin.action(description="Delete (can be restored)", location=EVERYWHERE)
    def delete_tags(self, request: HttpRequest, rows: QuerySet[Tag]) -> None:
        self.change_each(
            request,
            rows,
            lambda user, key: DeleteTag().execute(DeleteTagCommand(user=user, tag_id=key)),
        )

    @admin.action(description="Restore", location=EVERYWHERE)
    def restore_tags(self, request: HttpRequest, rows: QuerySet[Tag]) -> None:
        self.change_each(
            request,
            rows,
            lambda user, key: RestoreTag().execute(RestoreTagCommand(user=user, tag_id=key)),
        )


@admin.register(OutboxEvent, site=site)
class OutboxEventAdmin(TableAdmin):
    """Events, and another life for those that are dead."""

    list_display = (
        "event_type",
        "status",
        "short_error",
        "retry_count",
        "created_at",
        "next_retry_at",
    )
    list_filter = ("status",)
    list_defer = ("payload", "history", "client")
    search_texts = ("dedupe_key",)
    search_help_text = "The id of an event, or its key against doubles."
    actions = ("retry",)

    @admin.display(description="error")
    def short_error(self, event: OutboxEvent) -> str:
        return event.error_message[:120]

    @admin.action(description="Retry, if dead", location=EVERYWHERE)
    def retry(self, request: HttpRequest, rows: QuerySet[OutboxEvent]) -> None:
        user = acting_administrator(request)
        ids = chosen(rows)
        count = retry_events(ids, actor=user)
        if count:
            self.message_user(request, f"Put back: {count}.", messages.SUCCESS)
        if count < len(ids):
            text = f"Not dead, so left alone: {len(ids) - count}."
            self.message_user(request, text, messages.WARNING)


@admin.register(RateCounter, site=site)
class RateCounterAdmin(TableAdmin):
    """What was tried how often lately; the keys tell nobody who it was."""

    list_display = ("key", "limit_name", "expires_at")
    list_defer = ("hits",)
    search_help_text = "The key of a counter."


@admin.register(Tally, site=site)
class TallyAdmin(TableAdmin):
    """The steps of maintained totals; a total is the sum of the rows of its name."""

    list_display = ("name", "number")
    search_help_text = "The id of a row."
