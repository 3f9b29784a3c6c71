"""Pages for changes that need more said than which row: a form, and a use case that it runs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from api.admin.base import TableAdmin, chosen
from api.admin.refusals import in_words
from api.admin.site import administrator
from core.exceptions import DomainError
from users.models import User


@dataclass(frozen=True, slots=True)
class FormPage:
    """A form about one row. `run` gets the user, the row's id and what was filled in; it returns
    what is said afterwards. `initial` proposes values for a row.
    """

    title: str
    submit: str
    form: type[forms.Form]
    run: Callable[[User, UUID, dict[str, Any]], str]
    initial: Callable[[Any], dict[str, Any]] = lambda _row: {}


class FormPagesAdmin(TableAdmin):
    """A table with such pages, each under the name of the action that leads to it."""

    form_pages: dict[str, FormPage] = {}

    def get_urls(self) -> list[URLPattern]:
        pages = [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(self._view_of(page)),
                name=self._name_of(name),
            )
            for name, page in self.form_pages.items()
        ]
        # Before Django's own: the last of those takes whatever is left.
        return [*pages, *super().get_urls()]

    def lead_to(self, request: HttpRequest, rows: QuerySet[Any], name: str) -> HttpResponse | None:
        """To the page `name` of the one row that was chosen."""
        keys = chosen(rows)
        if len(keys) != 1:
            self.message_user(request, "Choose one row for this.", messages.ERROR)
            return None
        return HttpResponseRedirect(reverse(f"admin:{self._name_of(name)}", args=keys))

    def _name_of(self, name: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{name}"

    def _view_of(self, page: FormPage) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, object_id: str) -> HttpResponse:
            user, row = administrator(request), self.get_object(request, unquote(object_id))
            if user is None:
                raise PermissionDenied
            if row is None:
                raise Http404
            form = page.form(request.POST or None, initial=page.initial(row))
            if request.method == "POST" and form.is_valid():
                try:
                    done = page.run(user, row.pk, form.cleaned_data)
                except DomainError as refusal:
                    form.add_error(None, in_words(refusal))
                else:
                    self.message_user(request, done, messages.SUCCESS)
                    name = f"admin:{self._name_of('change')}"
                    return HttpResponseRedirect(reverse(name, args=[row.pk]))
            context = {
                **self.admin_site.each_context(request),
                "title": page.title,
                "subtitle": self.heading(row),
                "submit": page.submit,
                "form": form,
                "object": row,
                "opts": self.opts,
                "module_name": self.opts.verbose_name_plural,
            }
            return TemplateResponse(request, "admin/form_page.html", context)

        return view
