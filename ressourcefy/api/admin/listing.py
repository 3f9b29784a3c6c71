"""Lists of tables of any size: no counts, no offsets, no scans.

A page is read from an index, newest first, and continued from the id where it ended: ids are
UUIDv7, so their order is that of creation. Nobody learns how many rows there are, and the last page
costs what the first does.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest

OLDER_VAR, NEWER_VAR = "older", "newer"
_PLACES = (OLDER_VAR, NEWER_VAR)


class EndlessChangeList(ChangeList):
    """A page of a list, with the ways to the next older and the next newer one."""

    older_url: str | None = None
    newer_url: str | None = None
    newest_url: str | None = None

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        found = super().get_filters_params(params)
        return {name: value for name, value in found.items() if name not in _PLACES}

    def get_results(self, request: HttpRequest) -> None:
        size = self.list_per_page
        rows, towards_newer = self._rows(request)
        has_more = len(rows) > size
        rows = rows[:size]
        if towards_newer:
            rows.reverse()
        is_first = OLDER_VAR not in request.GET and not (towards_newer and has_more)
        if rows:
            if not is_first:
                self.newer_url = self._place(NEWER_VAR, rows[0].pk)
                self.newest_url = self.get_query_string(remove=list(_PLACES))
            if has_more or towards_newer:
                self.older_url = self._place(OLDER_VAR, rows[-1].pk)

        # What Django's templates look at: there is this page, and no telling what else.
        self.result_list = rows
        self.result_count = len(rows)
        self.full_result_count = self.result_count
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.can_show_all = self.multi_page = False

    def _rows(self, request: HttpRequest) -> tuple[list[Any], bool]:
        """One row more than a page has, in the order of reading, and whether that is upwards."""
        rows: QuerySet[Any] = self.queryset.defer(*getattr(self.model_admin, "list_defer", ()))
        try:
            if place := request.GET.get(NEWER_VAR):
                rows = rows.filter(pk__gt=UUID(place)).order_by("pk")
                return list(rows[: self.list_per_page + 1]), True
            if place := request.GET.get(OLDER_VAR):
                rows = rows.filter(pk__lt=UUID(place))
        except ValueError as error:
            raise IncorrectLookupParameters from error
        return list(rows[: self.list_per_page + 1]), False

    def _place(self, variable: str, pk: UUID) -> str:
        return self.get_query_string({variable: str(pk)}, remove=list(_PLACES))


class StateFilter(SimpleListFilter):
    """One of a few named conditions, each of which an index answers."""

    title = parameter_name = "state"
    conditions: Mapping[str, Q] = {}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name.capitalize()) for name in self.conditions]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        condition = self.conditions.get(self.value() or "")
        return queryset if condition is None else queryset.filter(condition)


class DeletionFilter(StateFilter):
    """Live or deleted."""

    conditions = {
        "live": Q(deleted_at__isnull=True),
        "deleted": Q(deleted_at__isnull=False),
    }
