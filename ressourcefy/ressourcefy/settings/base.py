"""The core of the settings: debug mode, secrets, hosts, database, apps, middleware, security."""

import ipaddress
from datetime import timedelta
from pathlib import Path
from typing import Any

import dj_database_url
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.utils.csp import CSP

from ressourcefy.settings.env import BASE_DIR, CHECKOUT_DIR, boolean, integer, names, stop, text

DEBUG = boolean("DJANGO_DEBUG", default=False)

# Secrets ------------------------------------------------------------------------------------------

_DEVELOPMENT_KEY = "development only: this key signs nothing that leaves your own machine"

SECRET_KEY = text("DJANGO_SECRET_KEY", _DEVELOPMENT_KEY if DEBUG else "")
# The same measure as Django's own check of deployments.
_KEY_LENGTH, _KEY_CHARACTERS = 50, 5

if not DEBUG and (len(SECRET_KEY) < _KEY_LENGTH or len(set(SECRET_KEY)) < _KEY_CHARACTERS):
    stop("DJANGO_SECRET_KEY: set it to 50 random characters or more, or set DJANGO_DEBUG=True.")


def _derived_key(purpose: str) -> str:
    """A key of its own for `purpose`, so that no two uses share SECRET_KEY itself (RFC 5869)."""
    derivation = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.encode())
    return derivation.derive(SECRET_KEY.encode()).hex()


_SIGNING_KEY_LENGTH = 32

JWT_SIGNING_KEY = text("JWT_SIGNING_KEY") or _derived_key("session-tokens")
if len(JWT_SIGNING_KEY) < _SIGNING_KEY_LENGTH:
    stop("JWT_SIGNING_KEY: needs at least 32 characters (RFC 7518, section 3.2).")

# Hosts --------------------------------------------------------------------------------------------

LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"]

ALLOWED_HOSTS = names("DJANGO_ALLOWED_HOSTS", tuple(LOOPBACK_HOSTS) if DEBUG else ())


def _is_loopback(host: str) -> bool:
    if host in {"", "localhost"} or host.startswith("/"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


if DEBUG and not all(_is_loopback(host) for host in ALLOWED_HOSTS):
    stop("DJANGO_ALLOWED_HOSTS: only loopback names are served with DJANGO_DEBUG=True.")
if not DEBUG and not ALLOWED_HOSTS:
    stop("DJANGO_ALLOWED_HOSTS: name the hosts of the API, separated by commas.")
if "*" in ALLOWED_HOSTS:
    stop("DJANGO_ALLOWED_HOSTS: '*' would trust every Host header; name the hosts.")

# Database -----------------------------------------------------------------------------------------

DATABASE_CONN_MAX_AGE = integer("DATABASE_CONN_MAX_AGE", 600)
DATABASE_STATEMENT_TIMEOUT_MS = integer("DATABASE_STATEMENT_TIMEOUT_MS", 15_000, most=3_600_000)
DATABASE_CONNECT_TIMEOUT_S = integer("DATABASE_CONNECT_TIMEOUT_S", 5, least=1)
# A wait on a lock longer than this is a fault, not patience; it is below the client's ten seconds.
DATABASE_LOCK_TIMEOUT_MS = integer("DATABASE_LOCK_TIMEOUT_MS", 8_000, most=3_600_000)
# Not behind a pooler that gives each transaction another connection and cannot pass them on.
DATABASE_PREPARED_STATEMENTS = boolean("DATABASE_PREPARED_STATEMENTS", default=True)


def _database(name: str, url: str) -> dict[str, Any]:
    """One entry of DATABASES from the address in the variable `name`."""
    try:
        database: dict[str, Any] = {
            **dj_database_url.parse(url, conn_max_age=DATABASE_CONN_MAX_AGE)
        }
    except ValueError:
        stop(f"{name}: is not the address of a database (postgres://user:password@host:5432/name).")
    if database.get("ENGINE") != "django.db.backends.postgresql":
        stop(f"{name}: only PostgreSQL is supported (postgres://user:password@host:5432/name).")
    options = database.get("OPTIONS", {})
    # The query string of the address can name hosts as well, several of them.
    hosts = [str(database.get("HOST", "")), options.get("host", ""), options.get("hostaddr", "")]
    if DEBUG and not all(_is_loopback(host) for text in hosts for host in text.split(",")):
        stop(f"{name}: a remote database is refused with DJANGO_DEBUG=True.")
    limits = {
        "statement_timeout": DATABASE_STATEMENT_TIMEOUT_MS,
        "lock_timeout": DATABASE_LOCK_TIMEOUT_MS,
        "idle_in_transaction_session_timeout": 60_000,
    }
    database["OPTIONS"] = {
        "connect_timeout": DATABASE_CONNECT_TIMEOUT_S,
        "application_name": "ressourcefy",
        # A server that vanished without a word is noticed after some 15 seconds.
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 5,
        "tcp_user_timeout": 15_000,
        "options": " ".join(f"-c {limit}={value}" for limit, value in limits.items()),
        **options,
    }
    if DATABASE_PREPARED_STATEMENTS:
        # For cursors that ask for it; the ORM's own bind values into the text.
        database["OPTIONS"].setdefault("prepare_threshold", 2)
    database["ENGINE"] = "core.database"
    database["CONN_HEALTH_CHECKS"] = True
    return database


DATABASE_URL = text("DATABASE_URL")
if not DATABASE_URL and not DEBUG:
    stop("DATABASE_URL: set it to the address of a PostgreSQL database, version 15 or newer.")

DATABASES = {"default": _database("DATABASE_URL", DATABASE_URL or "postgres:///ressourcefy")}

# Who may change the schema and delete from the append-only tables (docs/configuration.md).
DATABASE_OWNER_URL = text("DATABASE_OWNER_URL")
if DATABASE_OWNER_URL:
    DATABASES["owner"] = _database("DATABASE_OWNER_URL", DATABASE_OWNER_URL) | {
        "TEST": {"MIRROR": "default"}
    }
    # Building an index may take long; waiting for a lock holds up everybody else, and may not.
    DATABASES["owner"]["OPTIONS"]["options"] += " -c statement_timeout=0"

# Reads of the read models may go to a replica. Visitors' reads are answered by the primary where it
# is further behind than this; and after it has failed, it is left alone for so long.
DATABASE_REPLICA_URL = text("DATABASE_REPLICA_URL")
DATABASE_REPLICA_MAX_LAG_S = integer("DATABASE_REPLICA_MAX_LAG_S", 30, least=1)
DATABASE_REPLICA_RETRY_S = integer("DATABASE_REPLICA_RETRY_S", 15, least=1)
if DATABASE_REPLICA_URL:
    DATABASES["replica"] = _database("DATABASE_REPLICA_URL", DATABASE_REPLICA_URL) | {
        "ENGINE": "read_models.replica",
        "TEST": {"MIRROR": "default"},
    }
    # Somebody waits who could be answered by the primary. libpq knows no shorter limit than 2 s.
    DATABASES["replica"]["OPTIONS"]["connect_timeout"] = 2
    DATABASES["replica"]["OPTIONS"]["options"] += " -c statement_timeout=2000"

# Apps ---------------------------------------------------------------------------------------------

DJANGO_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
]
LIBRARY_APPS = ["rest_framework", "corsheaders", "drf_spectacular", "drf_spectacular_sidecar"]
DOMAIN_APPS = ["core", "users", "resources", "interactions", "monetization", "analytics", "audit"]
LAYER_APPS = ["application", "read_models", "api"]
# Behind our own apps, whose templates come first. Always there, so that the schema is the same
# wherever the site itself is on.
ADMIN_APPS = [
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.admin.apps.SimpleAdminConfig",
]

INSTALLED_APPS = [*DJANGO_APPS, *LIBRARY_APPS, *DOMAIN_APPS, *LAYER_APPS, *ADMIN_APPS]
if DEBUG:
    INSTALLED_APPS.append("devtools")

AUTH_USER_MODEL = "users.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "ressourcefy.urls"
WSGI_APPLICATION = "ressourcefy.wsgi.application"

MIDDLEWARE = [
    "api.middleware.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "api.middleware.ApiMiddleware",
    "api.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # These three do nothing outside /admin/: no cookie means anything to the API.
    "api.admin.middleware.AdminSessionMiddleware",
    "api.admin.middleware.AdminAuthenticationMiddleware",
    "api.admin.middleware.AdminMessageMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# Administration -----------------------------------------------------------------------------------

# The site under /admin/: on in development, elsewhere only where somebody asks for it.
ADMIN_ENABLED = boolean("ADMIN_ENABLED", default=DEBUG)
ADMIN_SESSION_LIFETIME = timedelta(hours=integer("ADMIN_SESSION_HOURS", 8, least=1, most=24))
LOGIN_URL, LOGIN_REDIRECT_URL = "/admin/login/", "/admin/"
AUTHENTICATION_BACKENDS = ["api.admin.login.AdministratorBackend"]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_NAME = "admin_session"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = "/admin/"
SESSION_COOKIE_AGE = int(ADMIN_SESSION_LIFETIME.total_seconds())
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

# Language, time, files ----------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

DATA_DIR = Path(text("RESSOURCEFY_DATA_DIR", str(CHECKOUT_DIR / ".data")))

STATIC_URL = "/static/"
# Development serves the files from where they lie; there is nothing to collect.
STATIC_ROOT = None if DEBUG else DATA_DIR / "static"
WHITENOISE_USE_FINDERS = DEBUG
STORAGES: dict[str, dict[str, Any]] = {
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Passwords ----------------------------------------------------------------------------------------

PASSWORD_HASHERS = ["core.hashers.Argon2Hasher"]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {
        "NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "username"), "max_similarity": 0.9},
    },
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": "users.validators.MaximumLengthValidator", "OPTIONS": {"max_length": 128}},
]

# Sessions and mailed tokens -----------------------------------------------------------------------

ACCESS_TOKEN_LIFETIME = timedelta(minutes=integer("ACCESS_TOKEN_MINUTES", 60, least=1))
REFRESH_TOKEN_LIFETIME = timedelta(days=integer("REFRESH_TOKEN_DAYS", 7, least=1))
SESSION_LIFETIME = timedelta(days=integer("SESSION_DAYS", 30, least=1))
# How long a superadmin may act in somebody else's name before asking anew.
IMPERSONATION_LIFETIME = timedelta(
    minutes=integer("IMPERSONATION_MINUTES", 60, least=1, most=1_440)
)
ACTIVATION_TOKEN_LIFETIME = timedelta(hours=integer("ACTIVATION_TOKEN_HOURS", 24, least=1))
PASSWORD_RESET_TOKEN_LIFETIME = timedelta(minutes=integer("RESET_TOKEN_MINUTES", 60, least=1))
# Mails are kept for long, and whoever wants no more of them is not to be refused.
UNSUBSCRIPTION_TOKEN_LIFETIME = timedelta(days=730)

# One's data as a whole ----------------------------------------------------------------------------

# Files that people asked for: web servers and workers have to share the place.
EXPORTS_DIR = Path(text("EXPORTS_DIR", str(DATA_DIR / "exports")))
EXPORT_LIFETIME = timedelta(days=integer("EXPORT_DAYS", 7, least=1, most=90))
# How long people can change their minds about deleting their account.
ACCOUNT_DELETION_GRACE = timedelta(days=integer("ACCOUNT_DELETION_GRACE_DAYS", 14, least=1))
# After so long without a file a request is given up, and another one may be made.
EXPORT_PATIENCE = timedelta(days=2)
STORAGES["exports"] = {
    "BACKEND": "django.core.files.storage.FileSystemStorage",
    "OPTIONS": {
        "location": EXPORTS_DIR,
        "file_permissions_mode": 0o600,
        "directory_permissions_mode": 0o700,
    },
}

# Analytics ----------------------------------------------------------------------------------------

# How long what was read may wait in a process before it is written; 0: until somebody asks.
ANALYTICS_FLUSH_SECONDS = 1.0

# Outbox -------------------------------------------------------------------------------------------

OUTBOX_LEASE_SECONDS = integer("OUTBOX_LEASE_SECONDS", 60, least=3)
OUTBOX_HANDLER_TIMEOUT_SECONDS = integer("OUTBOX_HANDLER_TIMEOUT_SECONDS", 20, least=1)
OUTBOX_MAX_FAILURES = integer("OUTBOX_MAX_FAILURES", 5, least=1)
OUTBOX_MAX_CLAIMS = integer("OUTBOX_MAX_CLAIMS", 20, least=1)
OUTBOX_PATIENCE = timedelta(hours=integer("OUTBOX_PATIENCE_HOURS", 24, least=1))
OUTBOX_BACKOFF_CAP = timedelta(minutes=integer("OUTBOX_BACKOFF_CAP_MINUTES", 15, least=1))
if OUTBOX_HANDLER_TIMEOUT_SECONDS >= OUTBOX_LEASE_SECONDS:
    stop("OUTBOX_HANDLER_TIMEOUT_SECONDS: has to be below OUTBOX_LEASE_SECONDS.")

# Limits -------------------------------------------------------------------------------------------

# Multiplies every limit; 0 switches them off. For load tests: a system check warns.
RATE_LIMIT_FACTOR = integer("RATE_LIMIT_FACTOR", 1, most=1_000)
# How many proxies of ours stand between a caller and this process, each appending the address it
# was called from to X-Forwarded-For. 0: the header counts for nothing.
NUM_PROXIES = integer("NUM_PROXIES", 0, most=10)

# Memory that processes share; without it each has its own -----------------------------------------

REDIS_URL = text("REDIS_URL")
if REDIS_URL and not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
    stop("REDIS_URL: is not the address of a Redis (redis://user:password@host:6379/0).")
# It spares work; whoever would have to wait longer does the work.
REDIS_OPTIONS = {"socket_timeout": 0.25, "socket_connect_timeout": 0.25}
# How long an answer that is the same for everybody may be given again; 0: not at all.
HOT_READ_SECONDS = integer("HOT_READ_SECONDS", 2, most=60)

# Retention: how long finished rows stay; `manage.py prune` removes older ones ---------------------

RETENTION = {
    "outbox_events": timedelta(days=integer("RETENTION_OUTBOX_DAYS", 30, least=1)),
    "sessions": timedelta(days=integer("RETENTION_SESSION_DAYS", 30, least=1)),
    "webhook_payloads": timedelta(days=integer("RETENTION_WEBHOOK_DAYS", 90, least=1)),
    "user_events": timedelta(days=integer("RETENTION_USER_EVENT_DAYS", 396, least=1)),
    "caller_addresses": timedelta(days=integer("RETENTION_ADDRESS_DAYS", 30, least=1)),
    "audit_log": timedelta(days=integer("RETENTION_AUDIT_DAYS", 1_826, least=1)),
    # What is older counts for no limit; their windows are minutes and hours.
    "rate_counters": timedelta(days=1),
    # They are over when they expire; this is how long they are kept after that.
    "admin_sessions": timedelta(days=1),
}

# Metrics: on ports of their own, and off as long as none is named -------------------------------

METRICS_PORT = integer("METRICS_PORT", 0, most=65_535)
OUTBOX_METRICS_PORT = integer("OUTBOX_METRICS_PORT", 0, most=65_535)
METRICS_HOST = text("METRICS_HOST", "127.0.0.1")
METRICS_TOKEN = text("METRICS_TOKEN")
_TOKEN_LENGTH = 16
if METRICS_TOKEN and len(METRICS_TOKEN) < _TOKEN_LENGTH:
    stop("METRICS_TOKEN: needs at least 16 characters.")
if not _is_loopback(METRICS_HOST) and not METRICS_TOKEN:
    stop("METRICS_TOKEN: is needed where METRICS_HOST is not a loopback address.")

# Health -------------------------------------------------------------------------------------------

HEALTH_CHECKS_BACKLOG = boolean("HEALTH_CHECKS_BACKLOG", default=True)

# Content ------------------------------------------------------------------------------------------

# Hosts that file addresses may name; empty: every host. The server never fetches them.
FILE_URL_HOSTS = [host.lower().rstrip(".") for host in names("FILE_URL_HOSTS")]

# Browser security ---------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = boolean("SECURE_SSL_REDIRECT", default=not DEBUG)
# The web client's proxy follows redirects and would lose the body of a POST; probes speak HTTP.
SECURE_REDIRECT_EXEMPT = [r"^api/", r"^health/", r"^metrics"]
SECURE_HSTS_SECONDS = integer("SECURE_HSTS_SECONDS", 0 if DEBUG else 31_536_000, most=100_000_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = boolean("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=not DEBUG)
SECURE_HSTS_PRELOAD = boolean("SECURE_HSTS_PRELOAD", default=not DEBUG)
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
# Set this only behind a proxy that overwrites the header: a forged one would pass for HTTPS.
if boolean("TRUST_X_FORWARDED_PROTO", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
}

# Bodies are small JSON documents; files are addresses. 1 MB is the limit of everything.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

TEST_RUNNER = "ressourcefy.test_runner.Runner"
