"""The address space: the API and its health checks, the administration where it is switched on, and
in development the pages under /dev/.
"""

from django.conf import settings
from django.urls import include, path

from api.admin.urls import admin_urls
from api.urls import health_urlpatterns

urlpatterns = [
    path("api/", include("api.urls")),
    path("health/", include(health_urlpatterns)),
]

if settings.ADMIN_ENABLED:
    urlpatterns.append(path("admin/", admin_urls))

if settings.DEBUG:
    urlpatterns.append(path("dev/", include("devtools.urls")))
