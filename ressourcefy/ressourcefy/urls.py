"""The address space: the API and its health checks; in development also the pages under /dev/."""

from django.conf import settings
from django.urls import include, path

from api.urls import health_urlpatterns

urlpatterns = [
    path("api/", include("api.urls")),
    path("health/", include(health_urlpatterns)),
]

if settings.DEBUG:
    urlpatterns.append(path("dev/", include("devtools.urls")))
