"""Settings of the HTTP interface: Django REST framework, session tokens, CORS, OpenAPI."""

from urllib.parse import urlsplit

from ressourcefy.settings.base import (
    ACCESS_TOKEN_LIFETIME,
    ALLOWED_HOSTS,
    DEBUG,
    JWT_SIGNING_KEY,
    REFRESH_TOKEN_LIFETIME,
)
from ressourcefy.settings.env import (
    boolean,
    integer,
    is_web_address,
    names,
    stop,
    web_address,
)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["api.authentication.SessionTokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["api.permissions.IsOnboarded"],
    "DEFAULT_RENDERER_CLASSES": ["api.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "api.renderers.Negotiation",
    "DEFAULT_PARSER_CLASSES": ["api.parsers.StrictJSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["api.throttles.UserThrottle", "api.throttles.VisitorThrottle"],
    "DEFAULT_SCHEMA_CLASS": "api.schema.OperationSchema",
    "EXCEPTION_HANDLER": "api.exception_handlers.handle_exception",
    # OPTIONS is for preflights, which the CORS middleware answers; to anybody else it is a 405.
    "DEFAULT_METADATA_CLASS": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

# In the memory of each process. The least recently seen callers go first when it is full.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "throttles": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "throttles",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
}

SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "SIGNING_KEY": JWT_SIGNING_KEY,
    "ISSUER": "ressourcefy",
    "AUDIENCE": "ressourcefy-api",
    "ACCESS_TOKEN_LIFETIME": ACCESS_TOKEN_LIFETIME,
    "REFRESH_TOKEN_LIFETIME": REFRESH_TOKEN_LIFETIME,
    "USER_ID_CLAIM": "sub",
    "UPDATE_LAST_LOGIN": False,
}

# The web client: where mailed links lead, and which origins may call with credentials.
# Unset in production, it is taken to live on the API's own host.
_OWN_HOST = "" if DEBUG else f"https://{ALLOWED_HOSTS[0].lstrip('.')}"
WEB_CLIENT_URL = web_address("WEB_CLIENT_URL", _OWN_HOST)
# This server as browsers and mail programs reach it, for links that lead to itself.
_OWN_PORT = integer("PORT", 8000, least=1, most=65_535)
PUBLIC_URL = web_address("PUBLIC_URL", _OWN_HOST or f"http://127.0.0.1:{_OWN_PORT}")
# Pages that mails link to. Without a web client, development has small pages of its own.
if WEB_CLIENT_URL:
    WEB_LINKS = {
        "activate": f"{WEB_CLIENT_URL}/auth/activate",
        "reset": f"{WEB_CLIENT_URL}/auth/reset-password",
        "login": f"{WEB_CLIENT_URL}/auth/login",
        "home": f"{WEB_CLIENT_URL}/app",
        "billing": f"{WEB_CLIENT_URL}/billing",
        "checkout_done": f"{WEB_CLIENT_URL}/billing/success?session_id={{CHECKOUT_SESSION_ID}}",
        "checkout_canceled": f"{WEB_CLIENT_URL}/billing/canceled",
    }
else:
    _OWN_PAGES = f"http://127.0.0.1:{_OWN_PORT}"
    WEB_LINKS = {
        "activate": f"{_OWN_PAGES}/dev/activate",
        "reset": f"{_OWN_PAGES}/dev/reset",
        "login": f"{_OWN_PAGES}/dev/account",
        "home": f"{_OWN_PAGES}/dev/account",
        "billing": f"{_OWN_PAGES}/dev/premium",
        "checkout_done": f"{_OWN_PAGES}/dev/paid?session_id={{CHECKOUT_SESSION_ID}}",
        "checkout_canceled": f"{_OWN_PAGES}/dev/premium",
    }
CORS_ALLOWED_ORIGINS = names(
    "CORS_ALLOWED_ORIGINS",
    ("http://localhost:3000", "http://127.0.0.1:3000") if DEBUG else (),
)
for _origin in CORS_ALLOWED_ORIGINS:
    if not is_web_address(_origin) or urlsplit(_origin).path:
        stop("CORS_ALLOWED_ORIGINS: name exact origins, as https://app.example.org.")
CORS_ALLOW_CREDENTIALS = True
CORS_EXPOSE_HEADERS = ["Retry-After"]
CORS_URLS_REGEX = r"^/api/"
COOKIE_SECURE = boolean("COOKIE_SECURE", default=not DEBUG)

API_DOCS_PUBLIC = boolean("API_DOCS_PUBLIC", default=True)

SPECTACULAR_SETTINGS = {
    "TITLE": "Ressourcefy API",
    "DESCRIPTION": "Share and monetize educational resources.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": r"/api/",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False},
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "RoleEnum": "users.types.Role",
        "OnboardingStepEnum": "users.types.OnboardingStep",
        "SubscriptionStatusEnum": "monetization.types.SubscriptionStatus",
        "PaymentStatusEnum": "monetization.types.PaymentStatus",
        "ProgressStatusEnum": "resources.types.ProgressStatus",
        "EnvelopeStatusEnum": [("ok", "ok")],
        "HealthStatusEnum": [(status, status) for status in ("ok", "degraded", "unavailable")],
        "RoleRequestStatusEnum": "users.types.RoleRequestStatus",
    },
    "PREPROCESSING_HOOKS": ["api.schema.only_the_api"],
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums"],
}
