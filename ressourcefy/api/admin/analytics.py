"""What people do, to look at."""

from django.contrib import admin

from analytics.models import UserEvent
from api.admin.base import TableAdmin, name_of
from api.admin.site import site


@admin.register(UserEvent, site=site)
class UserEventAdmin(TableAdmin):
    """The stream of what people do."""

    list_display = ("event_type", name_of("user", "user"), "created_at")
    list_select_related = ("user__profile",)
    list_defer = ("event_data",)
    search_ids = ("pk", "user_id")
    search_help_text = "The id of an event or an account."
