"""The product as in production: DEBUG off, two database roles, two web processes, worker, nginx."""

import email
import email.policy
import html
import http.client
import json
import os
import re
import secrets
import signal
import sys
import time
from collections import Counter
from typing import Any
from unittest import mock

import psycopg
from django.test import TransactionTestCase, tag

from core.models.base import new_id
from core.tests.smtp_server import SmtpServer
from core.tokens import Purpose, mint
from devtools.environment import PROJECT
from devtools.journey.browser import Browser, StepFailed
from devtools.journey.stack import HOST, free_port
from devtools.journey.steps import Journey
from devtools.tests.factories import (
    ClusterTestCase,
    is_alive,
    make_directory,
    start_process,
    wait_until,
)
from devtools.tests.proxy import NAME, NGINX, Proxy
from devtools.tests.roles import make_roles
from devtools.tests.servers import (
    WebServer,
    log_file,
    make_environment,
    request,
    run_manage,
    words_of,
)

STEPS = 19
THREADS = 4
PATIENCE_SECONDS = 30
SUPERADMIN = {
    "SUPERADMIN_EMAIL": "chief@example.org",
    "SUPERADMIN_PASSWORD": secrets.token_urlsafe(16),
    "SUPERADMIN_USERNAME": "chief",
}


class MailReader(Browser):
    """Reads the mails that reached a mail server instead of the mailbox of development."""

    def __init__(self, base_url: str, mail_server: SmtpServer) -> None:
        super().__init__(base_url, patience_seconds=PATIENCE_SECONDS)
        self._server = mail_server
        self._read = 0
        self._waiting: list[tuple[str, str]] = []

    def link_mailed_to(self, email_address: str) -> str:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            self._take_in()
            for entry in self._waiting:
                if entry[0] == email_address:
                    self._waiting.remove(entry)
                    return entry[1]
            time.sleep(0.05)
        raise StepFailed(f"no mail with a link within {PATIENCE_SECONDS} s")

    def _take_in(self) -> None:
        new = self._server.messages[self._read :]
        self._read += len(new)
        for raw in new:
            message = email.message_from_bytes(raw, policy=email.policy.default)
            body = message.get_body(("html",))
            link = re.search(r'href="([^"]+[?&]token=[^"]+)"', body.get_content() if body else "")
            if link:
                self._waiting.append((str(message["To"]), html.unescape(link[1])))


@tag("slow")
class ProductionTests(TransactionTestCase):
    def test_walks_the_journey(self) -> None:
        roles, directory = make_roles(self), make_directory(self)
        mail_server = self.enterContext(SmtpServer())
        metrics, outbox_metrics = free_port(), free_port()
        environment = make_environment(
            DATABASE_URL=roles.url(roles.app),
            DJANGO_ALLOWED_HOSTS=f"api.example.com,{HOST},{NAME}",
            EMAIL_HOST=HOST,
            EMAIL_PORT=str(mail_server.port),
            EMAIL_USE_TLS="False",
            METRICS_PORT=str(metrics),
            OUTBOX_METRICS_PORT=str(outbox_metrics),
            RESSOURCEFY_DATA_DIR=str(directory),
        )
        run_manage(environment | {"DATABASE_OWNER_URL": roles.url(roles.owner)}, "migrate")
        run_manage(environment, "seed_tags")
        run_manage(environment, "collectstatic", "--noinput", "--verbosity", "0")
        run_manage(environment | SUPERADMIN, "create_superadmin")

        web = WebServer(self, environment)
        worker_log = log_file(self)
        worker = start_process(
            self,
            [sys.executable, "manage.py", "process_events", "--loop"],
            cwd=PROJECT,
            env=environment,
            output=worker_log,
        )
        base_url = f"http://{HOST}:{web.port}"
        if NGINX:
            proxy = Proxy(self, upstream=web.port, static=directory / "static")
            base_url = proxy.base_url
            self.enterContext(mock.patch.dict(os.environ, SSL_CERT_FILE=proxy.certificate))
        else:
            sys.stderr.write("There is no nginx on this system: the journey went without.\n")
        journey = Journey(
            MailReader(base_url, mail_server),
            superadmin_email=SUPERADMIN["SUPERADMIN_EMAIL"],
            superadmin_password=SUPERADMIN["SUPERADMIN_PASSWORD"],
            with_payments=False,
        )

        outcomes = list(journey.walk())

        about = f"{outcomes[-1]}\n{web.words()[-5_000:]}\n{words_of(worker_log)[-5_000:]}"
        self.assertTrue(all(outcome.succeeded for outcome in outcomes), about)
        self.assertEqual(len(outcomes), STEPS)
        mails = re.findall(
            r'(?m)^mails_total\{outcome="(\w+)"\} ([0-9.]+)$',
            request(outbox_metrics, "/metrics")[1],
        )
        self.assertGreaterEqual(float(dict(mails)["sent"]), 3)
        self.assertEqual({float(dict(mails)[bad]) for bad in ("retry", "refused")}, {0})
        self.assertIn('route="api/auth/login/"', request(metrics, "/metrics")[1])
        worker.send_signal(signal.SIGTERM)
        self.assertEqual(worker.wait(30), 0, words_of(worker_log))
        for secret in (SUPERADMIN["SUPERADMIN_PASSWORD"], "token=", "@example.org", roles.password):
            self.assertNotIn(secret, web.words() + words_of(worker_log))


def answer_of(
    proxy: Proxy,
    method: str,
    path: str,
    *,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one request through nginx with TLS."""
    client = http.client.HTTPSConnection(NAME, proxy.https_port, timeout=20, context=proxy.trust())
    try:
        client.request(method, path, body, headers or {})
        response = client.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        client.close()


class ProxyTests(TransactionTestCase):
    """The example for nginx, where nginx is installed."""

    def test_a_request_takes_the_way_that_the_example_describes(self) -> None:
        if not NGINX:
            sys.stderr.write("There is no nginx on this system: its example was not tried.\n")
            return
        static = make_directory(self)
        static.chmod(0o755)
        (static / "app.0123456789ab.js").write_text("1")
        web = WebServer(self, make_environment())
        proxy = Proxy(self, upstream=web.port, static=static)

        self.assert_api_answers(proxy)
        self.assert_caller_cannot_forge(proxy)
        self.assert_closed_paths(proxy)
        self.assert_body_limit(proxy)
        self.assert_static_files(proxy)
        self.assert_redirects_to_tls(proxy)
        self.assert_mailed_links_stay_out_of_the_log(proxy)
        self.assertNotIn("hunter2", proxy.access_log() + web.words())

    def assert_mailed_links_stay_out_of_the_log(self, proxy: Proxy) -> None:
        pages = ("/unsubscribe/", "/restore-account/", "/api/user/export/")
        token = mint(Purpose.UNSUBSCRIPTION, user_id=new_id(), fingerprint="hunter2")
        for page in pages:
            answer_of(proxy, "GET", f"{page}{token}/")
        wait_until(lambda: pages[-1] in proxy.access_log(), "the last line")
        for page in pages:
            self.assertIn(f'"path":"{page}[redacted]"', proxy.access_log())
        self.assertNotIn(token, proxy.access_log())

    def assert_api_answers(self, proxy: Proxy) -> None:
        for path in ("/api/feed/", "/health/live/", "/api/health/ready/"):
            status, headers, _ = answer_of(proxy, "GET", path)
            self.assertEqual(status, 200, path)
            self.assertIn("max-age=31536000", headers["Strict-Transport-Security"])
        self.assertEqual(answer_of(proxy, "GET", "/api/feed/?token=hunter2")[0], 200)

    def assert_caller_cannot_forge(self, proxy: Proxy) -> None:
        forged = {
            "X-Forwarded-For": "192.0.2.9",
            "X-Forwarded-Host": "evil.example",
            "X-Forwarded-Proto": "http",
            "Forwarded": "for=192.0.2.9",
        }
        status, headers, _ = answer_of(proxy, "GET", "/api/feed/", headers=forged)
        self.assertEqual(status, 200)
        # Django adds it to what came over TLS only, so the forged scheme did not arrive.
        self.assertIn("Strict-Transport-Security", headers)

    def assert_closed_paths(self, proxy: Proxy) -> None:
        for path, status in (
            ("/metrics", 404),
            ("/metrics/", 404),
            ("/admin/", 403),
            ("/admin/login/", 403),
            ("/dev/", 404),
        ):
            self.assertEqual(answer_of(proxy, "GET", path)[0], status, path)

    def assert_body_limit(self, proxy: Proxy) -> None:
        body = json.dumps({"email": "x" * 1_100_000}).encode()
        status, _, _ = answer_of(proxy, "POST", "/api/auth/login/", body=body)
        self.assertEqual(status, 413)

    def assert_static_files(self, proxy: Proxy) -> None:
        status, headers, body = answer_of(proxy, "GET", "/static/app.0123456789ab.js")
        self.assertEqual((status, body), (200, b"1"))
        self.assertIn("immutable", headers["Cache-Control"])
        self.assertEqual(answer_of(proxy, "GET", "/static/../site.conf")[0], 404)

    def assert_redirects_to_tls(self, proxy: Proxy) -> None:
        plain = http.client.HTTPConnection(NAME, proxy.http_port, timeout=20)
        self.addCleanup(plain.close)
        plain.request("GET", "/api/feed/")
        response = plain.getresponse()
        self.assertEqual(response.status, 301)
        self.assertTrue(response.headers["Location"].startswith("https://"))


@tag("slow")
class RestartTests(ClusterTestCase):
    def test_no_acknowledged_write_is_lost_and_the_service_is_soon_back(self) -> None:
        directory = make_directory(self)
        cluster = self.make_cluster(directory)
        url = cluster.acquire()
        environment = make_environment(DATABASE_URL=url)
        run_manage(environment, "migrate", "--verbosity", "0")
        run_manage(environment | SUPERADMIN, "create_superadmin")
        web = WebServer(self, environment)
        headers = {"Content-Type": "application/json"}
        credentials = {
            "email": SUPERADMIN["SUPERADMIN_EMAIL"],
            "password": SUPERADMIN["SUPERADMIN_PASSWORD"],
        }
        _, answer = request(
            web.port, "/api/auth/login/", method="POST", body=json.dumps(credentials), **headers
        )
        headers["Authorization"] = f"Bearer {json.loads(answer)['data']['access_token']}"
        statuses: Counter[int] = Counter()

        def write() -> bool:
            body: dict[str, Any] = {
                "title": f"Lesson {statuses.total()}",
                "description": "All there is to know.",
                "visibility": "public",
                "price_cents": None,
                "tag_ids": [],
                "file_url": "https://files.example.org/lesson.pdf",
            }
            status, _ = request(
                web.port, "/api/resources/", method="POST", body=json.dumps(body), **headers
            )
            statuses[status] += 1
            return status == http.HTTPStatus.CREATED

        for _ in range(20):
            self.assertTrue(write(), web.words()[-2_000:])
        postmaster = int((cluster.place.data / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGQUIT)
        wait_until(lambda: not write(), "the database is noticed to be away")
        ready_while_away = request(web.port, "/health/ready/")[0]
        wait_until(lambda: not is_alive(postmaster), "the server ends")
        again = self.make_cluster(directory)
        again.acquire()
        refused = statuses[503]
        wait_until(write, "the service is back")
        refused = statuses[503] - refused
        for _ in range(20):
            self.assertTrue(write(), web.words()[-2_000:])

        self.assertEqual(ready_while_away, http.HTTPStatus.SERVICE_UNAVAILABLE)
        # Each thread of the two processes finds its broken connection once.
        self.assertLessEqual(refused, 2 * THREADS)
        self.assertEqual(set(statuses), {201, 503}, statuses)
        self.assertGreaterEqual(published(url), statuses[201])
        self.assertEqual(request(web.port, "/health/ready/")[0], http.HTTPStatus.OK)


def published(url: str) -> int:
    """How many resources the database holds."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM resources_resource").fetchone()
        assert row
        return int(row[0])
