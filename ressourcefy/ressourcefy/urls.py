"""The address space: the API and its health checks, the administration where it is switched on, and
in development the pages under /dev/.
"""

from django.conf import settings
from django.urls import include, path

from api.admin.urls import admin_urls
from api.urls import health_urlpatterns, link_urlpatterns
from api.views.not_found import NotFoundView

urlpatterns = [
    path("api/", include("api.urls")),
    # Without it, Django would answer a redirect, which no client of the API expects.
    path("api", NotFoundView.as_view()),
    path("health/", include(health_urlpatterns)),
    *link_urlpatterns,
]

if settings.ADMIN_ENABLED:
    urlpatterns.append(path("admin/", admin_urls))

if settings.DEBUG:
    urlpatterns.append(path("dev/", include("devtools.urls")))
