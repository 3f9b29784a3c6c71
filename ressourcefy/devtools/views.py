"""Pages for newcomers, who have no web client: forms that talk to the API, and the mailbox.

The forms post to the API from the browser (`static/devtools/pages.js`); nothing here changes
anything.
"""

import re
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.csp import CSP
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from devtools.demo.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from devtools.mailbox import Mail, find_mail, mails_in

_MAIL_PAGE_CSP: dict[str, Any] = settings.SECURE_CSP | {"frame-src": [CSP.SELF]}
# A mail may be laid out and link out; it may not run anything or load anything.
_MAIL_CSP: dict[str, list[str]] = {
    "sandbox": ["allow-popups", "allow-top-navigation-by-user-activation"],
    "default-src": [CSP.NONE],
    "style-src": [CSP.UNSAFE_INLINE],
    "img-src": ["data:"],
    "frame-ancestors": [CSP.SELF],
}
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Where to go from here."""
    return render(
        request,
        "devtools/index.html",
        {"accounts": DEMO_ACCOUNTS, "password": DEMO_PASSWORD},
    )


@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """The form that makes an account."""
    return render(request, "devtools/register.html")


@require_safe
@never_cache
def activate(request: HttpRequest) -> HttpResponse:
    """What the link in the activation mail opens."""
    return render(request, "devtools/activate.html", {"token": request.GET.get("token", "")})


@require_safe
@never_cache
def reset(request: HttpRequest) -> HttpResponse:
    """What the link in the reset mail opens; without a token it asks for such a mail."""
    return render(request, "devtools/reset.html", {"token": request.GET.get("token", "")})


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Sign in, and walk through onboarding."""
    return render(request, "devtools/account.html")


@require_safe
def premium(request: HttpRequest) -> HttpResponse:
    """What premium costs, one's subscription, payments and what there is to buy."""
    return render(request, "devtools/premium.html", {"stripe": settings.STRIPE_API_BASE})


@require_safe
@never_cache
def paid(request: HttpRequest) -> HttpResponse:
    """Where Stripe leads back to: waits until the payment is told, and grants nothing itself."""
    return render(request, "devtools/paid.html", {"session_id": request.GET.get("session_id", "")})


@require_safe
@never_cache
def mailbox(request: HttpRequest) -> HttpResponse:
    """All mails, newest first."""
    return render(request, "devtools/mailbox.html", {"mails": mails_in(settings.MAILBOX_DIR)})


@require_safe
@never_cache
@csp_override(_MAIL_PAGE_CSP)
def mail(request: HttpRequest, file: str, number: int) -> HttpResponse:
    """One mail, as text and as HTML."""
    return render(request, "devtools/mail.html", {"mail": _require(file, number)})


@require_safe
@never_cache
@xframe_options_sameorigin
@csp_override(_MAIL_CSP)
def mail_html(request: HttpRequest, file: str, number: int) -> HttpResponse:
    """The HTML of a mail, for the frame in its page; links open outside the frame."""
    html = _require(file, number).html
    base = '<base target="_top">'
    if _HEAD.search(html):
        return HttpResponse(_HEAD.sub(lambda head: head[0] + base, html, count=1))
    return HttpResponse(base + html)


def _require(file: str, number: int) -> Mail:
    found = find_mail(settings.MAILBOX_DIR, file=file, number=number)
    if found is None:
        raise Http404
    return found
