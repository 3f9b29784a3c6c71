"""Administration of resources, and of what readers leave on them."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from api.admin.base import EVERYWHERE, TableAdmin, name_of
from api.admin.listing import DeletionFilter
from api.admin.site import site
from application.dto.commands import RemoveResourceCommand, RestoreResourceCommand
from application.use_cases.remove_resource import RemoveResource
from application.use_cases.restore_resource import RestoreResource
from resources.models import (
    FeedCount,
    FeedRow,
    FeedTag,
    Resource,
    ResourceProgress,
    ResourceVersion,
    ResourceVote,
)


@admin.register(Resource, site=site)
class ResourceAdmin(TableAdmin):
    """Resources can be taken out of sight and brought back; only authors change them."""

    list_display = (
        "title",
        name_of("author", "author"),
        "visibility",
        "price_cents",
        "comment_count",
        "upvotes",
        "downvotes",
        "created_at",
        "deleted_at",
    )
    list_select_related = ("author__profile",)
    list_filter = ("visibility", DeletionFilter)
    list_defer = ("description",)
    search_ids = ("pk", "author_id")
    search_texts = ("title__startswith",)
    search_help_text = "The beginning of a title, or the id of a resource or its author."
    actions = ("delete_resources", "restore_resources")

    @admin.action(description="Delete (can be restored)", location=EVERYWHERE)
    def delete_resources(self, request: HttpRequest, rows: QuerySet[Resource]) -> None:
        self.change_each(
            request,
            rows,
            lambda user, key: RemoveResource().execute(
                RemoveResourceCommand(user=user, resource_id=key)
            ),
        )

    @admin.action(description="Restore", location=EVERYWHERE)
    def restore_resources(self, request: HttpRequest, rows: QuerySet[Resource]) -> None:
        self.change_each(
            request,
            rows,
            lambda user, key: RestoreResource().execute(
                RestoreResourceCommand(user=user, resource_id=key)
            ),
        )


@admin.register(ResourceVersion, site=site)
class ResourceVersionAdmin(TableAdmin):
    """Files, which never change."""

    list_display = ("resource", "version_number", "file_url", "created_at")
    search_ids = ("pk", "resource_id")
    search_help_text = "The id of a version or a resource."


@admin.register(ResourceVote, site=site)
class ResourceVoteAdmin(TableAdmin):
    """Votes on resources."""

    list_display = ("resource", name_of("user", "user"), "value", "created_at")
    list_select_related = ("resource", "user__profile")
    search_ids = ("pk", "resource_id", "user_id")
    search_help_text = "The id of a vote, a resource or an account."


@admin.register(ResourceProgress, site=site)
class ResourceProgressAdmin(TableAdmin):
    """How far readers have come."""

    list_display = ("resource", name_of("user", "user"), "status", "last_accessed_at")
    list_select_related = ("resource", "user__profile")
    search_ids = ("pk", "resource_id", "user_id")
    search_help_text = "The id of a progress, a resource or an account."


@admin.register(FeedRow, site=site)
class FeedRowAdmin(TableAdmin):
    """What the feed shows of each resource; kept by triggers."""

    list_display = ("title", "author_name", "visibility", "is_live", "created_at")
    search_ids = ("pk", "author_id")
    search_help_text = "The id of a resource or its author."


@admin.register(FeedTag, site=site)
class FeedTagAdmin(TableAdmin):
    """What is filed under which tag, in the order of the feed; kept by triggers."""

    list_display = ("tag_id", "resource_id", "created_at")
    search_help_text = "The number of a row."


@admin.register(FeedCount, site=site)
class FeedCountAdmin(TableAdmin):
    """The steps of how many resources were made when; a total is the sum of its steps."""

    list_display = ("span", "begins_at", "free", "for_sale", "secret", "is_folded")
    search_help_text = "The id of a row."
