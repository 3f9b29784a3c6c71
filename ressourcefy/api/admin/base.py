"""What every table has in the administration: all columns to look at, none to write.

Changes are use cases, offered as actions on the list and on the page of an object, or as the few
fields of a form; each is recorded by its use case. Nothing is ever removed from here.
"""

import json
from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar, override
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin, ShowFacets
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.options import ActionLocation
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from api.admin.listing import EndlessChangeList
from api.admin.refusals import in_words
from api.admin.site import acting_administrator, administrator
from core.exceptions import DomainError, InvalidInput
from read_models.operations.object_history import get_object_history
from read_models.pagination import Cursor
from users.models import User

EVERYWHERE = [ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM]
#: What most tables have; shown last.
COMMON = ("last_login", "created_at", "updated_at", "deleted_at", "id")
#: More than a page cannot be chosen.
MOST_AT_ONCE = 100
#: Longer reasons are for nobody.
MOST_OF_A_REASON = 500

type Change = Callable[[User, UUID], object]


class ReasonedActionForm(ActionForm):
    """The choice of an action, with a line for why; the use case says whether it is needed."""

    reason = forms.CharField(required=False, max_length=MOST_OF_A_REASON, label="Reason:")


class TableAdmin(ModelAdmin):  # type: ignore[type-arg]
    """A table to look at. Subclasses name what can be done to its rows."""

    # Lists.
    ordering = ("-pk",)
    sortable_by = ()
    list_per_page = 50
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    #: Columns that a list does not read: long texts and documents.
    list_defer: ClassVar[tuple[str, ...]] = ()

    # Search: an id is looked up in these columns, other text by these conditions; all have indexes.
    search_ids: ClassVar[tuple[str, ...]] = ("pk",)
    search_texts: ClassVar[tuple[str, ...]] = ()

    #: Columns that are nobody's to see.
    hidden: ClassVar[tuple[str, ...]] = ()
    #: What a form may set; everything else is shown.
    editable: ClassVar[tuple[str, ...]] = ()
    #: Shown besides the columns.
    also_shown: ClassVar[tuple[str, ...]] = ()

    object_history_template = "admin/audit_history.html"

    # Who may do what ------------------------------------------------------------------------------

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return administrator(request) is not None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return administrator(request) is not None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    # Lists ----------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """All rows, deleted ones too."""
        manager = getattr(self.model, "all_objects", self.model._default_manager)
        rows: QuerySet[Any] = manager.get_queryset()
        return rows.order_by(*self.ordering)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[EndlessChangeList]:
        return EndlessChangeList

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Not empty, so that there is a box to search in; `get_search_results` does it."""
        return (*self.search_ids, *self.search_texts)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return (queryset.filter(self.found_by(term)) if term else queryset), False

    def found_by(self, term: str) -> Q:
        """The condition that a search stands for; one that nothing fulfils for what is no key."""
        condition = Q(pk__in=[])
        try:
            key = UUID(term)
        except ValueError:
            for lookup in self.search_texts:
                condition |= Q(**{lookup: term})
        else:
            for column in self.search_ids:
                condition |= Q(**{column: key})
        return condition

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """The filters of the list and nothing else: any column could be asked for otherwise."""
        names = {getattr(entry, "parameter_name", entry) for entry in self.get_list_filter(request)}
        return lookup.removesuffix("__exact") in names

    # One object -----------------------------------------------------------------------------------

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        if obj is None:
            return list(self.editable)
        columns = [
            field.name
            for field in (*self.opts.fields, *self.opts.many_to_many)
            if field.name not in self.hidden
        ]
        first = [*self.editable, *self.also_shown]
        own = [name for name in columns if name not in (*first, *COMMON)]
        return [_shown(self, name) for name in [*first, *own, *(n for n in COMMON if n in columns)]]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        writable = self.editable if self.has_change_permission(request, obj) or not obj else ()
        return [name for name in self.get_fields(request, obj) if name not in writable]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Django's without its transaction, with refusals of our own as messages, not as errors.

        Each use case has a transaction of its own, and some call Stripe, which is done outside any.
        """
        try:
            return self._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[attr-defined,no-any-return]
        except DomainError as refusal:
            self.message_user(request, in_words(refusal), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def heading(self, obj: Any) -> str:
        """What an object is called in the head of its pages."""
        return str(obj)

    @override
    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is not None:
            context["subtitle"] = self.heading(obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    # Writing is the use cases' business -----------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        raise PermissionDenied

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing: use cases write all that belongs to an object."""

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        raise PermissionDenied

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        raise PermissionDenied

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Nothing, like the two others: the audit log is the one record."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Nothing."""

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Nothing."""

    # Actions --------------------------------------------------------------------------------------

    def response_action(
        self,
        request: HttpRequest,
        queryset: QuerySet[Any],
        action_location: ActionLocation = ActionLocation.CHANGE_LIST,
    ) -> HttpResponse | None:
        """Django's, for rows that were chosen one by one: never for all that a search finds."""
        if request.POST.get("select_across", "0") not in {"", "0"}:
            raise PermissionDenied
        return super().response_action(request, queryset, action_location)

    def change_each(self, request: HttpRequest, rows: QuerySet[Any], change: Change) -> None:
        """Run a use case for each of the rows; each is done or refused on its own."""
        user = acting_administrator(request)
        done, refusals = 0, []
        for key in chosen(rows):
            try:
                change(user, key)
            except DomainError as refusal:
                refusals.append(f"{key}: {in_words(refusal)}")
            else:
                done += 1
        if done:
            self.message_user(request, f"Done: {done}.", messages.SUCCESS)
        for text in refusals:
            self.message_user(request, text, messages.ERROR)

    # History --------------------------------------------------------------------------------------

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What the audit log says about the object, newest first."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        place = request.GET.get("older")
        try:
            cursor = Cursor.parse(place) if place else None
        except InvalidInput:
            return HttpResponseRedirect(request.path)
        context = {
            **self.admin_site.each_context(request),
            "title": f"History of {self.opts.verbose_name} {self.heading(obj)}",
            "subtitle": None,
            "history": get_object_history(self.model, obj.pk, behind=cursor),
            "is_behind": cursor is not None,
            "module_name": self.opts.verbose_name_plural,
            "object": obj,
            "opts": self.opts,
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.object_history_template, context)


def chosen(rows: QuerySet[Any]) -> list[UUID]:
    """The ids that an action is about, oldest first."""
    return list(rows.order_by("pk").values_list("pk", flat=True)[:MOST_AT_ONCE])


def reason_given(request: HttpRequest) -> str:
    """What stands in the line of a `ReasonedActionForm`, on a list or on the page of an object."""
    prefixes = ("", *(f"{location.value}-" for location in ActionLocation))
    reasons = (request.POST.get(f"{prefix}reason", "") for prefix in prefixes)
    return next(filter(None, reasons), "")


def as_document(value: object) -> SafeString:
    """A JSON document, indented, with everything in it escaped."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    return format_html('<pre class="document">{}</pre>', text)


def name_of(path: str, title: str) -> Callable[[Any], str]:
    """A column with the user name of the account that `path` leads to."""

    def name(row: Any) -> str:
        account = getattr(row, path)
        profile = getattr(account, "profile", None)
        return profile.username if profile else str(account.pk) if account else "-"

    name.short_description = title  # type: ignore[attr-defined]
    return name


def _shown(table: TableAdmin, name: str) -> Any:
    """How a column is shown: JSON as a document, everything else as Django does."""
    if name in table.also_shown or not isinstance(table.opts.get_field(name), models.JSONField):
        return name
    return _document_column(name)


@cache
def _document_column(name: str) -> Callable[[Any], SafeString]:
    def document(row: Any) -> SafeString:
        return as_document(getattr(row, name))

    document.short_description = name.replace("_", " ")  # type: ignore[attr-defined]
    document.__name__ = f"{name}_document"
    return document
