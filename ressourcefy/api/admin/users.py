"""Administration of accounts."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Lower
from django.http import HttpRequest

from api.admin.base import EVERYWHERE, TableAdmin, name_of
from api.admin.listing import StateFilter
from api.admin.site import administrator, site
from application.dto.commands import (
    DeleteUserCommand,
    RestoreUserCommand,
    SetRoleCommand,
    UpdateUserCommand,
)
from application.policies.account_policy import can_set_roles
from application.use_cases.delete_user import DeleteUser
from application.use_cases.restore_user import RestoreUser
from application.use_cases.set_role import SetRole
from application.use_cases.update_user import UpdateUser
from users.models import (
    NotificationPreferences,
    Profile,
    RoleRequest,
    User,
    UserInterest,
    UserSession,
    normal_email,
)

_WITH_NAME = ("user__profile",)


def profile_named(username: str) -> QuerySet[Profile]:
    """The profile of a user name, in whatever case: at most one row."""
    return Profile.objects.alias(key=Lower("username")).filter(key=Lower(Value(username)))


class AccountStateFilter(StateFilter):
    """What keeps an account from being used."""

    conditions = {
        "usable": Q(is_active=True, is_activated=True, deleted_at__isnull=True),
        "not activated": Q(is_activated=False),
        "deactivated": Q(is_active=False),
        "deleted": Q(deleted_at__isnull=False),
    }


@admin.register(User, site=site)
class UserAdmin(TableAdmin):
    """Accounts: superadmins give roles, administrators shut out and let in again."""

    list_display = (
        "email",
        "username",
        "role",
        "is_activated",
        "is_active",
        "deleted_at",
        "created_at",
    )
    list_filter = ("role", AccountStateFilter)
    list_select_related = ("profile",)
    search_help_text = "The beginning of an address, a whole user name, or an id."
    hidden = ("password", "provider_subject")
    list_defer = ("password",)
    also_shown = ("username",)
    editable = ("role",)
    actions = ("deactivate", "reactivate", "delete_accounts", "restore_accounts")

    @admin.display(description="user name")
    def username(self, user: User) -> str:
        profile = getattr(user, "profile", None)
        return profile.username if profile else "-"

    def heading(self, obj: User) -> str:
        return obj.email

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        user = administrator(request)
        return user is not None and can_set_roles(user) and (obj is None or not obj.is_deleted)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        user = administrator(request)
        if user is None or not change:
            raise PermissionDenied
        SetRole().execute(SetRoleCommand(user=user, user_id=obj.pk, role=form.cleaned_data["role"]))

    def found_by(self, term: str) -> Q:
        condition = super().found_by(term) | Q(email__startswith=normal_email(term))
        # Looked up apart: one condition over two tables would be answered by reading both.
        named = profile_named(term)
        if (key := named.values_list("user_id", flat=True).first()) is not None:
            condition |= Q(pk=key)
        return condition

    @admin.action(
        description="Deactivate: end all sessions and refuse new ones", location=EVERYWHERE
    )
    def deactivate(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        self.change_each(
            request,
            rows,
            lambda user, key: UpdateUser().execute(
                UpdateUserCommand(user=user, user_id=key, is_active=False)
            ),
        )

    @admin.action(description="Reactivate", location=EVERYWHERE)
    def reactivate(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        self.change_each(
            request,
            rows,
            lambda user, key: UpdateUser().execute(
                UpdateUserCommand(user=user, user_id=key, is_active=True)
            ),
        )

    @admin.action(description="Delete (can be restored)", location=EVERYWHERE)
    def delete_accounts(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        self.change_each(
            request,
            rows,
            lambda user, key: DeleteUser().execute(DeleteUserCommand(user=user, user_id=key)),
        )

    @admin.action(description="Restore", location=EVERYWHERE)
    def restore_accounts(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        self.change_each(
            request,
            rows,
            lambda user, key: RestoreUser().execute(RestoreUserCommand(user=user, user_id=key)),
        )


@admin.register(Profile, site=site)
class ProfileAdmin(TableAdmin):
    """The public side of accounts."""

    list_display = ("username", "user", "created_at")
    list_defer = ("bio",)
    search_ids = ("pk", "user_id")
    search_help_text = "A whole user name, or the id of the profile or the account."

    def found_by(self, term: str) -> Q:
        key = profile_named(term).values_list("pk", flat=True).first()
        return super().found_by(term) | Q(pk=key)


@admin.register(UserInterest, site=site)
class UserInterestAdmin(TableAdmin):
    """Who wants to see more of what."""

    list_display = (name_of("user", "user"), "tag", "created_at")
    list_select_related = (*_WITH_NAME, "tag")
    search_ids = ("pk", "user_id", "tag_id")
    search_help_text = "The id of the interest, an account or a tag."


@admin.register(UserSession, site=site)
class UserSessionAdmin(TableAdmin):
    """Who is signed in where. The ids that refresh tokens carry are nobody's to see."""

    list_display = (
        name_of("user", "user"),
        "ip_address",
        "user_agent",
        "created_at",
        "expires_at",
        "revoked_at",
    )
    list_select_related = _WITH_NAME
    search_ids = ("pk", "user_id")
    search_help_text = "The id of a session or an account."
    hidden = ("refresh_id", "previous_refresh_id")


@admin.register(RoleRequest, site=site)
class RoleRequestAdmin(TableAdmin):
    """Who asked for which role, and what became of it."""

    list_display = (name_of("user", "user"), "requested_role", "status", "created_at", "decided_at")
    list_select_related = _WITH_NAME
    list_filter = ("status",)
    list_defer = ("reason",)
    search_ids = ("pk", "user_id")
    search_help_text = "The id of a request or an account."


@admin.register(NotificationPreferences, site=site)
class NotificationPreferencesAdmin(TableAdmin):
    """Which mails people want."""

    list_display = (name_of("user", "user"), "on_reply", "on_comment", "on_role_decision")
    list_select_related = _WITH_NAME
    search_ids = ("pk", "user_id")
    search_help_text = "The id of an account."
