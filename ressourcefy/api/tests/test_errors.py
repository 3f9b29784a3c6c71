"""Whatever goes wrong under /api/ is answered in the one envelope."""

from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory, SimpleTestCase, override_settings
from django.urls import include, path
from rest_framework import serializers
from rest_framework.exceptions import APIException, NotAuthenticated, Throttled, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.middleware import ApiMiddleware
from api.permissions import AllowAny
from api.renderers import MEDIA_TYPE
from api.tests.base import ApiTestCase, access_token
from core import exceptions as kinds
from core.request_context import RequestContext, request_context
from users.models import User
from users.tests.factories import make_user
from users.types import OnboardingStep


class OtherFailure(APIException):
    """A framework error of no known kind."""


CASES: dict[str, tuple[Exception, int, str]] = {
    "invalid": (kinds.InvalidInput(), 400, "validation_error"),
    "unauthenticated": (kinds.Unauthenticated(), 401, "unauthorized"),
    "framework-401": (NotAuthenticated(), 401, "unauthorized"),
    "denied": (kinds.AccessDenied(), 403, "access_denied"),
    "missing": (kinds.NotFound(), 404, "not_found"),
    "conflict": (kinds.Conflict(), 409, "conflict"),
    "unprocessable": (kinds.Unprocessable(), 422, "unprocessable"),
    "busy": (kinds.TooManyRequests(), 429, "throttled"),
    "provider": (kinds.ProviderUnavailable(), 503, "service_unavailable"),
    "django-404": (Http404("secret inside"), 404, "not_found"),
    "django-403": (PermissionDenied("secret inside"), 403, "access_denied"),
    "throttled": (Throttled(wait=7), 429, "throttled"),
    "framework": (OtherFailure(), 500, "server_error"),
    "crash": (RuntimeError("secret inside"), 500, "server_error"),
    "database": (OperationalError("secret inside"), 503, "service_unavailable"),
    "interface": (InterfaceError("secret inside"), 503, "service_unavailable"),
    "data": (DataError("secret inside"), 500, "server_error"),
    "fields": (ValidationError({"email": ["Wrong."]}), 400, "validation_error"),
    "list": (ValidationError({"tags": [{}, {"name": ["Wrong."]}]}), 400, "validation_error"),
}


class FailingView(APIView):
    """Fails as its address says."""

    permission_classes = (AllowAny,)

    def get(self, request: Request, case: str) -> Response:
        raise CASES[case][0]


class FormView(FailingView):
    """The same for a client that reads nothing but details."""

    is_form = True


class Inner(serializers.Serializer[Any]):
    names = serializers.ListField(child=serializers.CharField(max_length=2))


class Outer(serializers.Serializer[Any]):
    inner = Inner()
    title = serializers.CharField()


class ParsingView(APIView):
    """Reads a nested body."""

    permission_classes = (AllowAny,)

    def post(self, request: Request) -> Response:
        body = Outer(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(body.validated_data)


def plain_view(request: HttpRequest, case: str) -> HttpResponse:
    """A view outside the framework."""
    raise {"404": Http404(), "bad": SuspiciousOperation(), "crash": RuntimeError()}[case]


urlpatterns = [
    path("api/fail/<str:case>/", FailingView.as_view()),
    path("api/form/<str:case>/", FormView.as_view()),
    path("api/parse/", ParsingView.as_view()),
    path("api/plain/<str:case>/", plain_view),
    path("plain/<str:case>/", plain_view),
    path("api/", include("api.urls")),
]


class ForgetfulView(APIView):
    """Does not say for whom it is."""

    def get(self, request: Request) -> Response:
        return Response({})


class DefaultPermissionTests(ApiTestCase):
    def ask(self, user: User | None) -> Response:
        headers = {"Authorization": f"Bearer {access_token(user)}"} if user else {}
        request = RequestFactory().get("/api/forgotten/", headers=headers)
        # There is no middleware here that would end what authentication adds to the context.
        with request_context(RequestContext()):
            response: Response = ForgetfulView.as_view()(request)
        return response

    def test_is_for_those_done_with_onboarding(self) -> None:
        begun = make_user(onboarding_step=OnboardingStep.PROFILE)
        cases = (
            (None, 401, "unauthorized"),
            (make_user(is_activated=False), 403, "account_not_activated"),
            (begun, 403, "onboarding_incomplete"),
        )
        for user, status, code in cases:
            with self.subTest(code):
                response = self.ask(user)

                self.assertEqual(response.status_code, status)
                self.assertEqual(response.data["error"]["code"], code)
        self.assertEqual(self.ask(make_user()).status_code, 200)


@override_settings(ROOT_URLCONF=__name__)
class ErrorEnvelopeTests(ApiTestCase):
    def setUp(self) -> None:
        self.client.raise_request_exception = False

    def test_every_kind_has_its_status_and_code(self) -> None:
        for case, (_, status, code) in CASES.items():
            with self.subTest(case=case):
                response = self.client.get(f"/api/fail/{case}/")

                self.assert_error(response, status, code)
                self.assertNotIn(b"secret", response.content)

    def test_a_crash_is_logged_once_with_its_request(self) -> None:
        with self.assertLogs("api.exception_handlers", "ERROR") as logs:
            self.client.get("/api/fail/crash/")

        self.assertEqual([record.getMessage() for record in logs.records], ["A request crashed"])
        self.assertIsNotNone(logs.records[0].exc_info)

    def test_a_form_gets_details_with_every_error(self) -> None:
        for case in ("busy", "crash", "provider", "denied"):
            with self.subTest(case=case):
                error = self.client.get(f"/api/form/{case}/").json()["error"]

                self.assertEqual(error["details"], {"root": [error["message"]]})

    def test_a_form_keeps_the_details_of_its_fields(self) -> None:
        error = self.client.get("/api/form/fields/").json()["error"]

        self.assertEqual(error["details"], {"email": ["Wrong."]})

    def test_says_when_to_come_back(self) -> None:
        self.assertEqual(self.client.get("/api/fail/throttled/")["Retry-After"], "7")
        self.assertEqual(self.client.get("/api/fail/database/")["Retry-After"], "5")

    def test_a_401_names_the_scheme(self) -> None:
        for case in ("unauthenticated", "framework-401"):
            with self.subTest(case=case):
                response = self.client.get(f"/api/fail/{case}/")

                self.assertEqual(response["WWW-Authenticate"], 'Bearer realm="api"')

    def test_nested_fields_are_named_by_path(self) -> None:
        response = self.client.post("/api/parse/", {"inner": {"names": ["ok", "long"]}})

        details = self.assert_error(response, 400, "validation_error")["details"]
        self.assertEqual(set(details), {"inner.names.1", "title"})

    def test_fields_of_list_items_are_named_by_path(self) -> None:
        error = self.client.get("/api/fail/list/").json()["error"]

        self.assertEqual(error["details"], {"tags.1.name": ["Wrong."]})

    def test_errors_outside_the_framework_have_the_envelope_too(self) -> None:
        for case, status in (("404", 404), ("bad", 400), ("crash", 500)):
            with self.subTest(case=case):
                response = self.client.get(f"/api/plain/{case}/")

                self.assertEqual(response.status_code, status)
                self.assertIn("code", response.json()["error"])

    def test_outside_the_api_django_answers(self) -> None:
        response = self.client.get("/plain/404/")

        self.assertEqual(response.status_code, 404)
        self.assertTrue(response["Content-Type"].startswith("text/html"))


class MalformedRequestTests(ApiTestCase):
    def test_an_unknown_address_is_a_json_404_for_every_method(self) -> None:
        for method in ("get", "post", "put", "patch", "delete"):
            for address in ("/api/nothing/", "/api/feed", "/api/", "/api/resources/not-a-uuid/"):
                with self.subTest(method=method, address=address):
                    response = getattr(self.client, method)(address)

                    self.assert_error(response, 404, "not_found")

    def test_an_address_with_a_line_break_is_a_json_404_too(self) -> None:
        for address in ("/api/%0d%0aX-Injected:%20x", "/api/feed%0a/", "/api/%0afeed/"):
            response = self.client.get(address)

            self.assert_error(response, 404, "not_found")
            self.assertNotIn("X-Injected", response.headers)

    def test_a_wrong_method_is_a_json_405(self) -> None:
        self.assert_error(self.client.delete("/api/health/live/"), 405, "method_not_allowed")

    @override_settings(ALLOWED_HOSTS=["api.example.org"])
    def test_a_wrong_host_is_a_json_400(self) -> None:
        response = self.client.get("/api/feed/", headers={"host": "evil.example"})

        self.assert_error(response, 400, "validation_error")
        self.assertNotIn("evil", response.content.decode())

    @override_settings(DEBUG=True)
    def test_debug_mode_changes_nothing(self) -> None:
        self.assert_error(self.client.get("/api/nothing/"), 404, "not_found")


class RepresentationTests(ApiTestCase):
    def test_is_json_whatever_the_client_would_rather_have(self) -> None:
        for accept, status in (
            ("text/html,application/xhtml+xml,*/*;q=0.8", 200),
            ("text/html", 406),
            ("application/xml", 406),
        ):
            for address in ("/api/feed/", "/api/feed/?format=api", "/api/feed/?format=html"):
                with self.subTest(accept=accept, address=address):
                    response = self.client.get(address, headers={"Accept": accept})

                    self.assertEqual(response.status_code, status)
                    self.assertEqual(response.headers["Content-Type"], MEDIA_TYPE)


class LanguageTests(ApiTestCase):
    def test_refusals_are_said_in_the_language_that_the_client_asks_for(self) -> None:
        unknown = "00000000-0000-7000-8000-000000000000"
        login = {"email": "nobody@example.org", "password": "something"}
        cases: tuple[tuple[str, str, object, str], ...] = (
            ("get", f"/api/resources/{unknown}/detail/", None, "Ressource introuvable."),
            ("get", "/api/feed/?page=0", None, "page doit être un nombre entier à partir de 1."),
            ("get", "/api/user/me/", None, "Connectez-vous pour continuer."),
            ("post", "/api/auth/login/", login, "L’adresse ou le mot de passe est incorrect."),
            ("post", "/api/auth/login/", [], "Le corps doit être un objet JSON."),
        )
        for method, address, body, message in cases:
            with self.subTest(address=address, body=body):
                response = getattr(self.client, method)(
                    address, body, format="json", headers={"Accept-Language": "fr-CA"}
                )

                self.assertEqual(response.json()["error"]["message"], message)
                self.assertEqual(response.headers["Content-Language"], "fr")

    def test_confirmations_too(self) -> None:
        response = self.client.post(
            "/api/auth/password-reset/",
            {"email": "nobody@example.org"},
            format="json",
            headers={"Accept-Language": "fr"},
        )

        self.assertIn("un e-mail est en route", response.json()["data"]["message"])


class RequestIdTests(ApiTestCase):
    def test_every_answer_names_its_request(self) -> None:
        first = self.client.get("/api/health/live/")["X-Request-ID"]
        second = self.client.get("/api/health/live/")["X-Request-ID"]

        self.assertNotEqual(first, second)

    def test_a_well_formed_id_of_the_caller_is_kept(self) -> None:
        response = self.client.get("/api/health/live/", headers={"x-request-id": "abc-1"})

        self.assertEqual(response["X-Request-ID"], "abc-1")

    def test_any_other_is_replaced(self) -> None:
        for offered in ("a b", "x" * 65, "<script>", "é"):
            with self.subTest(offered=offered):
                response = self.client.get("/api/health/live/", headers={"x-request-id": offered})

                self.assertNotEqual(response["X-Request-ID"], offered)

    def test_one_log_line_a_request(self) -> None:
        with self.assertLogs("api.middleware", "INFO") as logs:
            self.client.get("/api/health/live/?token=secret")

        [record] = logs.records
        self.assertEqual(record.getMessage(), "Request finished")
        self.assertEqual(
            (record.__dict__["path"], record.__dict__["status"]), ("/api/health/live/", 200)
        )


class HeaderTests(ApiTestCase):
    def test_answers_forbid_caching_sniffing_and_framing(self) -> None:
        response = self.client.get("/api/health/live/")

        self.assertEqual(response["Cache-Control"], "no-store")
        self.assertEqual(response["X-Content-Type-Options"], "nosniff")
        self.assertEqual(response["X-Frame-Options"], "DENY")
        self.assertEqual(
            response["Content-Security-Policy"], "default-src 'none'; frame-ancestors 'none'"
        )

    def test_so_does_what_is_refused_before_any_view(self) -> None:
        response = self.client.get("/api/health/live/", headers={"host": "elsewhere.example"})

        self.assertEqual((response.status_code, response["Cache-Control"]), (400, "no-store"))
        self.assertIn("default-src 'none'", response["Content-Security-Policy"])

    def test_the_page_of_the_api_may_load_its_own_scripts(self) -> None:
        response = self.client.get("/api/docs/")

        self.assertEqual(response["Cache-Control"], "no-store")
        self.assertIn("script-src 'self'", response["Content-Security-Policy"])


class InternalHopTests(ApiTestCase):
    @override_settings(SECURE_SSL_REDIRECT=True)
    def test_is_not_sent_to_tls_as_clients_lose_the_body_on_the_way(self) -> None:
        login = {"email": "nobody@example.org", "password": "something"}

        self.assert_error(
            self.client_class().post("/api/auth/login/", login), 401, "invalid_credentials"
        )
        self.assertEqual(self.client_class().get("/health/live/").status_code, 200)
        self.assertEqual(self.client_class().get("/admin/").status_code, 301)


class MiddlewareTests(SimpleTestCase):
    def test_one_slash_goes_from_the_last_query_value_of_the_api_only(self) -> None:
        seen: dict[str, str] = {}

        def view(request: HttpRequest) -> HttpResponse:
            seen.update({key: request.GET[key] for key in request.GET})
            return HttpResponse()

        cases = {
            "/api/feed/?page=1&page_size=20%2F": {"page": "1", "page_size": "20"},
            "/api/feed/?page_size=20/": {"page_size": "20"},
            "/api/feed/?page_size=20%2f": {"page_size": "20"},
            "/api/feed/?tag=a%2F%2F": {"tag": "a/"},
            "/api/feed/?tag=a%2F&page=1": {"tag": "a/", "page": "1"},
            "/other/?next=/": {"next": "/"},
        }
        for address, expected in cases.items():
            with self.subTest(address=address):
                seen.clear()

                ApiMiddleware(view)(RequestFactory().get(address))

                self.assertEqual(seen, expected)
