"""The environment: documented in full, and a wrong value ends the start with one clear line."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from django.test import SimpleTestCase, tag

PROJECT = Path(__file__).resolve().parents[2]
EXAMPLE = PROJECT.parent / ".env.example"

# Read by the launcher and by a command, not by the settings.
READ_ELSEWHERE = {"PORT", "SUPERADMIN_EMAIL", "SUPERADMIN_PASSWORD", "SUPERADMIN_USERNAME"}

PRODUCTION = {
    "DJANGO_DEBUG": "False",
    "DJANGO_SECRET_KEY": "a-long-and-rather-random-secret-for-tests-0123456789-abcdefgh",
    "DJANGO_ALLOWED_HOSTS": "api.example.org",
    "DATABASE_URL": "postgres://app@db.example.org/ressourcefy",
}
DEVELOPMENT = {"DJANGO_DEBUG": "True"}

# What a start comes to: the names that were read, and every setting that can be written as text.
PROGRAM = """
import json, os
import ressourcefy.settings as settings
from ressourcefy.settings.env import env
here = os.path.dirname(os.getcwd())
names = [name for name in dir(settings) if name.isupper()]
values = {name: repr(getattr(settings, name)).replace(here, "") for name in names}
print(json.dumps({"read": sorted(env.dump()), "values": values}))
"""


# Starts processes for PROGRAM by forking itself, with the packages loaded that settings import.
STARTER = f"""
import json, os, sys
import cryptography.hazmat.primitives.kdf.hkdf, dj_database_url, environs
import django.core.validators, django.utils.csp

for line in sys.stdin:
    pid = os.fork()
    if not pid:
        break
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print(status, flush=True)
else:
    sys.exit()
place, variables = json.loads(line)
os.environ.clear()
os.environ.update(variables)
os.chdir(place)
for number, name in ((1, "stdout"), (2, "stderr")):
    os.dup2(os.open(f"../{{name}}", os.O_WRONLY | os.O_CREAT), number)
exec({PROGRAM!r})
"""


@cache
def starter(_pid: int) -> "subprocess.Popen[str]":
    """Of this process; it ends with it, as its input does."""
    kept = ("PATH", "HOME", "COVERAGE_PROCESS_CONFIG")
    return subprocess.Popen(
        [sys.executable, "-c", STARTER],
        env={name: os.environ[name] for name in kept if name in os.environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def start(variables: dict[str, str], *, dotenv: str = "") -> "subprocess.CompletedProcess[str]":
    """Load the settings in a process of their own with exactly these variables.

    They are loaded from a copy, so that a `.env` of the checkout has no part in it; `dotenv` is
    what the copy finds in its own.
    """
    kept = ("PATH", "HOME", "COVERAGE_PROCESS_CONFIG")
    clean = {name: os.environ[name] for name in kept if name in os.environ}
    with tempfile.TemporaryDirectory() as scratch:
        if dotenv:
            (Path(scratch) / ".env").write_text(dotenv)
        project = Path(scratch) / "ressourcefy"
        shutil.copytree(PROJECT / "ressourcefy" / "settings", project / "ressourcefy" / "settings")
        (project / "ressourcefy" / "__init__.py").touch()
        process = starter(os.getpid())
        assert process.stdin
        assert process.stdout
        environment = clean | variables | {"RESSOURCEFY_DATA_DIR": "/nowhere"}
        process.stdin.write(json.dumps([str(project), environment]) + "\n")
        process.stdin.flush()
        status = int(process.stdout.readline())
        said = [(Path(scratch) / name).read_text() for name in ("stdout", "stderr")]
    return subprocess.CompletedProcess([], status, *said)


def documented() -> dict[str, str]:
    """The variables of .env.example with their values."""
    lines = EXAMPLE.read_text().splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


class EnvExampleTests(SimpleTestCase):
    def test_names_exactly_the_variables_that_are_read(self) -> None:
        outcome = start(DEVELOPMENT)

        read = set(json.loads(outcome.stdout)["read"])

        self.assertEqual(set(documented()), read | READ_ELSEWHERE)

    def test_holds_the_defaults(self) -> None:
        without = json.loads(start(DEVELOPMENT).stdout)["values"]

        with_the_file = json.loads(start(documented() | DEVELOPMENT).stdout)["values"]

        self.assertEqual(with_the_file, without)

    def test_what_is_read_elsewhere_is_read_somewhere(self) -> None:
        sources = "\n".join(path.read_text() for path in PROJECT.rglob("*.py"))

        unread = {name for name in READ_ELSEWHERE if sources.count(f'"{name}"') < 2}

        self.assertEqual(unread, set())


@tag("slow")
class StartTests(SimpleTestCase):
    def test_starts_in_production_with_the_needed_variables(self) -> None:
        outcome = start(PRODUCTION)

        self.assertEqual(outcome.returncode, 0, outcome.stderr)

    def test_a_wrong_variable_ends_the_start_with_one_line_that_names_it(self) -> None:
        cases = [
            ("DJANGO_DEBUG", "perhaps", DEVELOPMENT),
            ("DJANGO_SECRET_KEY", "", PRODUCTION),
            ("DJANGO_SECRET_KEY", "short", PRODUCTION),
            ("DJANGO_SECRET_KEY", "a" * 80, PRODUCTION),
            ("DJANGO_ALLOWED_HOSTS", "", PRODUCTION),
            ("DJANGO_ALLOWED_HOSTS", "*", PRODUCTION),
            ("DJANGO_ALLOWED_HOSTS", "api.example.org", DEVELOPMENT),
            ("DATABASE_URL", "", PRODUCTION),
            ("DATABASE_URL", "mysql://app@db/ressourcefy", PRODUCTION),
            ("DATABASE_URL", "nonsense", PRODUCTION),
            ("DATABASE_URL", "postgres://app@db.example.org/ressourcefy", DEVELOPMENT),
            ("DATABASE_URL", "postgres:///ressourcefy?host=db.example.org", DEVELOPMENT),
            ("DATABASE_URL", "postgres:///ressourcefy?hostaddr=192.0.2.1", DEVELOPMENT),
            ("DATABASE_OWNER_URL", "sqlite:///here", PRODUCTION),
            ("DATABASE_CONN_MAX_AGE", "long", DEVELOPMENT),
            ("JWT_SIGNING_KEY", "short", PRODUCTION),
            ("RETENTION_AUDIT_DAYS", "99999999999", PRODUCTION),
            ("DATABASE_STATEMENT_TIMEOUT_MS", "99999999999999", PRODUCTION),
            ("SESSION_DAYS", "999999999", PRODUCTION),
            ("CORS_ALLOWED_ORIGINS", "*", PRODUCTION),
            ("CORS_ALLOWED_ORIGINS", "localhost:3000", PRODUCTION),
            ("CORS_ALLOWED_ORIGINS", "https://app.example.org/path", PRODUCTION),
            ("DEFAULT_FROM_EMAIL", "notanaddress", PRODUCTION),
            ("RESEND_API_URL", "notaurl", PRODUCTION),
            ("WEB_CLIENT_URL", "https://", PRODUCTION),
            ("WEB_CLIENT_URL", "app.example.org", PRODUCTION),
            ("WEB_CLIENT_URL", "https://[::1", PRODUCTION),
            ("EMAIL_TIMEOUT_SECONDS", "100000", DEVELOPMENT),
            ("ACCESS_TOKEN_MINUTES", "0", DEVELOPMENT),
            ("EMAIL_PORT", "70000", DEVELOPMENT),
            ("LOG_LEVEL", "LOUD", DEVELOPMENT),
            ("OUTBOX_HANDLER_TIMEOUT_SECONDS", "60", DEVELOPMENT),
            ("STRIPE_SECRET_KEY", "sk_live_0123456789", DEVELOPMENT),
            ("STRIPE_SECRET_KEY", "rk_live_0123456789", DEVELOPMENT),
            ("STRIPE_API_BASE", "http://127.0.0.1:12111", PRODUCTION),
            ("STRIPE_API_BASE", "127.0.0.1:12111", DEVELOPMENT),
            ("BILLING_PRICES", "premium-monthly", DEVELOPMENT),
            ("BILLING_PRICES", "premium price_1 9.00 EUR month", DEVELOPMENT),
            ("BILLING_PRICES", "premium price_1 -900 EUR month", DEVELOPMENT),
            ("BILLING_PRICES", "premium price_1 0 EUR month", DEVELOPMENT),
            ("BILLING_PRICES", "premium price_1 900 euro month", DEVELOPMENT),
            ("BILLING_PRICES", "premium price_1 900 EUR quarter", DEVELOPMENT),
            ("BILLING_PRICES", "premium price_1 900 EUR month sold", DEVELOPMENT),
            ("BILLING_PRICES", "a price_1 9 EUR month, a price_2 9 EUR year", DEVELOPMENT),
            ("BILLING_PRICES", "a price_1 9 EUR month, b price_1 9 EUR month", DEVELOPMENT),
            ("BILLING_CURRENCY", "euro", DEVELOPMENT),
            ("BILLING_CURRENCY", "€€€", DEVELOPMENT),
            ("BILLING_TRIAL_DAYS", "731", DEVELOPMENT),
            ("BILLING_TRIAL_DAYS", "-1", DEVELOPMENT),
            ("BILLING_PAST_DUE_GRACE_DAYS", "three weeks", DEVELOPMENT),
            ("BILLING_RETURN_ORIGINS", "*", PRODUCTION),
            ("BILLING_RETURN_ORIGINS", "app.example.org", PRODUCTION),
            ("BILLING_RETURN_ORIGINS", "https://app.example.org/", PRODUCTION),
            ("BILLING_RETURN_ORIGINS", "https://app.example.org/billing", PRODUCTION),
            ("BILLING_RETURN_ORIGINS", "https://me@app.example.org", PRODUCTION),
            ("BILLING_RETURN_ORIGINS", "javascript://app.example.org", PRODUCTION),
            ("TRUST_X_FORWARDED_PROTO", "maybe", PRODUCTION),
            ("ADMIN_ENABLED", "perhaps", PRODUCTION),
            ("ADMIN_SESSION_HOURS", "25", PRODUCTION),
            ("METRICS_TOKEN", "short", PRODUCTION),
            ("REDIS_URL", "http://127.0.0.1:6379", PRODUCTION),
            ("METRICS_TOKEN", "", PRODUCTION | {"METRICS_HOST": "0.0.0.0"}),
        ]
        for name, value, rest in cases:
            with self.subTest(variable=name, value=value):
                outcome = start({**rest, name: value})

                self.assertEqual(outcome.returncode, 1, outcome.stderr)
                self.assertRegex(outcome.stderr, rf"^Ressourcefy cannot start: {name}: [^\n]+\n$")

    def test_other_roles_and_replicas_get_connections_of_their_own(self) -> None:
        outcome = start(
            PRODUCTION
            | {
                "DATABASE_OWNER_URL": "postgres://owner@db.example.org/ressourcefy",
                "DATABASE_REPLICA_URL": "postgres://app@replica.example.org/ressourcefy",
            }
        )

        databases = ast.literal_eval(json.loads(outcome.stdout)["values"]["DATABASES"])
        self.assertEqual(
            {name: (found["USER"], found["HOST"]) for name, found in databases.items()},
            {
                "default": ("app", "db.example.org"),
                "owner": ("owner", "db.example.org"),
                "replica": ("app", "replica.example.org"),
            },
        )
        self.assertIn("statement_timeout=0", databases["owner"]["OPTIONS"]["options"])
        replica = databases["replica"]
        self.assertEqual(replica["ENGINE"], "read_models.replica")
        self.assertEqual(replica["OPTIONS"]["connect_timeout"], 2)
        self.assertTrue(replica["OPTIONS"]["options"].endswith("-c statement_timeout=2000"))

    def test_a_redis_keeps_hot_answers(self) -> None:
        alone = json.loads(start(PRODUCTION).stdout)["values"]["CACHES"]
        shared = start({**PRODUCTION, "REDIS_URL": "rediss://app:hunter2@redis.example.org/0"})

        self.assertNotIn("redis", alone)
        self.assertIn("backends.redis.RedisCache", json.loads(shared.stdout)["values"]["CACHES"])

    def test_a_proxy_is_believed_about_https_only_where_that_was_asked_for(self) -> None:
        alone = json.loads(start(PRODUCTION).stdout)["values"]
        trusting = json.loads(start({**PRODUCTION, "TRUST_X_FORWARDED_PROTO": "1"}).stdout)

        self.assertNotIn("SECURE_PROXY_SSL_HEADER", alone)
        self.assertEqual(
            trusting["values"]["SECURE_PROXY_SSL_HEADER"], "('HTTP_X_FORWARDED_PROTO', 'https')"
        )

    def test_mails_go_to_the_server_that_is_named(self) -> None:
        values = json.loads(start({**PRODUCTION, "EMAIL_HOST": "mail.example.org"}).stdout)[
            "values"
        ]

        mailer = ast.literal_eval(values["MAILERS"])["default"]
        self.assertTrue(mailer["BACKEND"].endswith("smtp.EmailBackend"))
        self.assertEqual(mailer["OPTIONS"]["host"], "mail.example.org")

    def test_a_file_completes_the_environment_and_never_overrules_it(self) -> None:
        dotenv = "EMAIL_HOST=file.example.org\nEMAIL_PORT=2525\n"

        outcome = start({**PRODUCTION, "EMAIL_HOST": "mail.example.org"}, dotenv=dotenv)

        mailer = ast.literal_eval(json.loads(outcome.stdout)["values"]["MAILERS"])["default"]
        self.assertEqual(
            (mailer["OPTIONS"]["host"], mailer["OPTIONS"]["port"]), ("mail.example.org", 2525)
        )

    def test_the_administration_is_off_in_production_unless_asked_for(self) -> None:
        for variables, expected in (
            (DEVELOPMENT, "True"),
            (PRODUCTION, "False"),
            ({**PRODUCTION, "ADMIN_ENABLED": "True"}, "True"),
            ({**DEVELOPMENT, "ADMIN_ENABLED": "False"}, "False"),
        ):
            with self.subTest(variables):
                values = json.loads(start(variables).stdout)["values"]

                self.assertEqual(values["ADMIN_ENABLED"], expected)
                is_production = variables["DJANGO_DEBUG"] == "False"
                self.assertEqual(values["SESSION_COOKIE_SECURE"], str(is_production))
                self.assertEqual(values["CSRF_COOKIE_SECURE"], str(is_production))

    def test_the_line_never_shows_the_value(self) -> None:
        outcome = start({**PRODUCTION, "DATABASE_URL": "postgres://app:hunter2@db:port/x"})

        self.assertEqual(outcome.returncode, 1)
        self.assertNotIn("hunter2", outcome.stderr)

    def test_passwords_are_hashed_by_the_products_hasher(self) -> None:
        for variables in (PRODUCTION, DEVELOPMENT):
            values = json.loads(start(variables).stdout)["values"]

            self.assertEqual(values["PASSWORD_HASHERS"], "['core.hashers.Argon2Hasher']")

    def test_session_tokens_are_not_signed_with_the_secret_key_itself(self) -> None:
        values = json.loads(start(PRODUCTION).stdout)["values"]

        self.assertNotIn(PRODUCTION["DJANGO_SECRET_KEY"], values["JWT_SIGNING_KEY"])
        self.assertTrue(re.fullmatch(r"'[0-9a-f]{64}'", values["JWT_SIGNING_KEY"]))
