"""The OpenAPI document and a page to browse it, from our own files only."""

from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from api.permissions import AllowAny


class SchemaView(SpectacularJSONAPIView):
    """The OpenAPI document, as JSON."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class DocsView(SpectacularSwaggerSplitView):
    """The page. Its script has an address of its own, so that the CSP can forbid inline ones."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    template_name = "api/docs.html"
