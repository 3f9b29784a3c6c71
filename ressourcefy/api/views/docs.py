"""The OpenAPI document and a page to browse it, from our own files only."""

from typing import Any

from django.http import JsonResponse
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.views import APIView

from api.permissions import AllowAny
from api.renderers import MEDIA_TYPE


class _JsonErrors(APIView):
    """Refusals are in the envelope although the view's own renderer speaks something else."""

    authentication_classes = ()
    permission_classes: Any = (AllowAny,)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        final: Any = super().finalize_response(request, response, *args, **kwargs)
        if not getattr(final, "exception", False):
            return final
        kept = {name: final[name] for name in ("Allow", "Vary", "Retry-After") if name in final}
        return JsonResponse(
            final.data, status=final.status_code, headers=kept, content_type=MEDIA_TYPE
        )


class SchemaView(_JsonErrors, SpectacularJSONAPIView):
    """The OpenAPI document, as JSON."""


class DocsView(_JsonErrors, SpectacularSwaggerSplitView):
    """The page. Its script has an address of its own, so that the CSP can forbid inline ones."""

    template_name = "api/docs.html"
