"""Small pages behind mailed links that work without a web client and without signing in.

Opening one changes nothing, because programs that look at mails open links; its button posts, and
so do mail programs of their own accord (RFC 8058). The token in the address is the permission, so
no cookie is looked at, and nothing is to be protected against other sites.
"""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from application.dto.commands import RestoreOwnAccountCommand, UnsubscribeCommand
from application.use_cases.restore_own_account import RestoreOwnAccount
from application.use_cases.unsubscribe import Unsubscribe
from core.exceptions import NotFound
from read_models.users.notifications import get_unsubscription
from read_models.users.restoration import get_restoration
from users.types import Notification


@method_decorator(csrf_exempt, name="dispatch")
class LinkPage(View):
    """What the pages have in common: a link that is none of ours is a page that says so."""

    http_method_names = ["get", "head", "post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = super().dispatch(request, *args, **kwargs)
        except NotFound as refusal:
            response = self.page(request, [_(refusal.message)], status=HTTPStatus.NOT_FOUND)
        add_never_cache_headers(response)
        # The address is the permission: no other site may learn of it.
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex"
        return response

    def page(
        self,
        request: HttpRequest,
        paragraphs: list[str],
        *,
        button: str = "",
        status: HTTPStatus = HTTPStatus.OK,
    ) -> HttpResponse:
        """Some sentences, and a button that posts to the same address."""
        facts = {"title": "Ressourcefy", "paragraphs": paragraphs, "button": button}
        return render(request, "api/link.html", facts, status=status)


class UnsubscribePage(LinkPage):
    """No more mails of one kind."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        kind = _in_words(get_unsubscription(token))
        question = _("Do you want no more mails about this: %(kind)s?") % {"kind": kind}
        return self.page(request, [question], button=_("Unsubscribe"))

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        done = Unsubscribe().execute(UnsubscribeCommand(token=token))
        words = _("You will get no more mails about this: %(kind)s.") % {
            "kind": _in_words(done.kind)
        }
        return self.page(request, [words, _("You can change that in your account at any time.")])


class RestoreAccountPage(LinkPage):
    """Keep a deleted account after all."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        get_restoration(token)
        question = _("Your account is deleted. Do you want to keep it after all?")
        return self.page(request, [question], button=_("Keep the account"))

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        RestoreOwnAccount().execute(RestoreOwnAccountCommand(token=token))
        words = _("Your account is as it was. Sign in to use it.")
        return self.page(request, [words, _("Subscriptions that were ended stay ended.")])


def _in_words(kind: Notification) -> str:
    return {
        Notification.ON_REPLY: _("replies to your comments"),
        Notification.ON_COMMENT: _("comments on your resources"),
        Notification.ON_ROLE_DECISION: _("decisions on your role requests"),
    }[kind]
