"""The audit log, to look at."""

from uuid import UUID

from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from api.admin.base import TableAdmin, name_of
from api.admin.site import site
from audit.models import AuditLog


@admin.register(AuditLog, site=site)
class AuditLogAdmin(TableAdmin):
    """Who changed what."""

    list_display = (
        "created_at",
        "action",
        "entity_name",
        "object_id",
        name_of("actor", "actor"),
        "request_id",
    )
    list_select_related = ("actor__profile",)
    list_defer = ("before_state", "after_state")
    search_ids = ("pk", "actor_id")
    search_help_text = "The id of an entry, of the changed object, or of who changed it."

    def found_by(self, term: str) -> Q:
        condition = super().found_by(term)
        try:
            key = UUID(term)
        except ValueError:
            return condition
        # The index begins with the type, so all types are named.
        types = [kind.pk for kind in ContentType.objects.get_for_models(*site._registry).values()]
        return condition | Q(content_type__in=types, object_id=str(key))
