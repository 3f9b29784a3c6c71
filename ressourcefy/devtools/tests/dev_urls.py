"""The addresses of development: the runner tests with DEBUG off, where /dev/ does not exist."""

from django.urls import include, path

urlpatterns = [path("dev/", include("devtools.urls"))]
