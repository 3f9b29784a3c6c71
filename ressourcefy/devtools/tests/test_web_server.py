"""gunicorn with two processes, started as the documentation prints it."""

import http
import os
import re
import signal
import subprocess
import tempfile
from functools import partial
from pathlib import Path
from typing import ClassVar

from django.test import TransactionTestCase, tag

from core.models.base import new_id
from devtools.environment import PROJECT
from devtools.journey.stack import HOST, free_port
from devtools.tests.factories import WholeClass, is_alive, wait_until
from devtools.tests.servers import GUNICORN, WebServer, make_environment, request
from users.models import User
from users.services.notifications import unsubscription_token_for
from users.types import Notification

TOKEN = "a token for the tests of metrics"
# The product, which takes its time to load while a file is there.
_SLOW = """
import pathlib, time
while pathlib.Path({held!r}).exists():
    time.sleep(0.05)
from ressourcefy.wsgi import application
"""


def samples(text: str) -> dict[str, float]:
    """Every sample of an exposition by its name and labels."""
    return {
        name: float(value)
        for name, value in re.findall(r"(?m)^([a-z_0-9]+(?:\{[^}]*\})?) ([0-9.e+-]+)$", text)
    }


def processes_of(web: WebServer) -> set[str]:
    """The numbers of the processes that it has started."""
    return set(re.findall(r"Booting worker with pid: (\d+)", web.words()))


@tag("slow")
class OneServerTests(TransactionTestCase):
    """Of the same server, which all of them ask for different things."""

    port: ClassVar[int]
    web: ClassVar[WebServer]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.port = free_port()
        environment = make_environment(METRICS_PORT=str(cls.port), METRICS_TOKEN=TOKEN)
        cls.web = WebServer(WholeClass(cls), environment)

    def figures(self) -> dict[str, float]:
        return samples(request(self.port, "/metrics", Authorization=f"Bearer {TOKEN}")[1])

    def test_both_processes_count_into_one_exact_figure(self) -> None:
        for _ in range(40):
            self.assertEqual(
                request(self.web.port, "/api/feed/?page_size=50")[0], http.HTTPStatus.OK
            )
        scrapes = [self.figures() for _ in range(6)]

        self.assertEqual(len(processes_of(self.web)), 2)
        for found in scrapes:
            self.assertEqual(
                found['http_requests_total{method="GET",route="api/feed/",status="200"}'], 40
            )
            self.assertEqual(
                found['http_request_duration_seconds_count{method="GET",route="api/feed/"}'], 40
            )
            self.assertEqual(found['read_query_latency_p95_count{read_model="resource_feed"}'], 40)
            for name in ("payment_success_total", "payment_failure_total"):
                self.assertEqual(found[name], 0)
            for name in ("outbox_pending_count", "outbox_failed_count"):
                self.assertEqual(found[name], 0)
            self.assertEqual(found["webhook_processing_latency_count"], 0)
            self.assertEqual(found["database_up"], 1)

    def test_callers_cannot_add_figures(self) -> None:
        for number in range(5):
            request(self.web.port, f"/api/nowhere-{number}/")
            request(self.web.port, f"/somewhere-{number}/")
            request(self.web.port, f"/api/authors/{number:032x}/", method=f"PURGE{number}")

        found = self.figures()
        self.assertIn("database_up", found)
        self.assertFalse([name for name in found if re.search(r"where-\d|PURGE|00000000", name)])

    def test_the_public_port_has_no_metrics(self) -> None:
        on_public_port = {
            path: request(self.web.port, path, Authorization=f"Bearer {TOKEN}")[0]
            for path in ("/metrics", "/metrics/", "/api/metrics/")
        }

        self.assertEqual(set(on_public_port.values()), {http.HTTPStatus.NOT_FOUND})
        self.assertEqual(request(self.port, "/metrics")[0], http.HTTPStatus.UNAUTHORIZED)

    def test_the_access_log_has_no_queries_and_no_forged_lines(self) -> None:
        request(
            self.web.port, "/api/auth/activate/?token=hunter2", Referer="https://x/?token=hunter3"
        )
        link = unsubscription_token_for(User(id=new_id()), Notification.ON_REPLY)
        request(self.web.port, f"/unsubscribe/{link}/")
        request(self.web.port, "/api/%0Aforged%20line/")

        # Two processes write them, in whatever order.
        for line in (
            "GET /api/auth/activate/ HTTP/1.1",
            "GET /unsubscribe/[redacted]/ HTTP/1.1",
            "GET /api/%0Aforged",
        ):
            wait_until(partial(lambda text: text in self.web.words(), line), line)
        self.assertNotIn("hunter", self.web.words())
        self.assertNotIn(link, self.web.words())
        self.assertNotRegex(self.web.words(), r"(?m)^forged")


@tag("slow")
class WebServerTests(TransactionTestCase):
    def start(self, **variables: str) -> WebServer:
        return WebServer(self, make_environment(**variables))

    def test_what_a_process_counted_outlives_it(self) -> None:
        port = free_port()
        web = self.start(METRICS_PORT=str(port))
        for _ in range(10):
            request(web.port, "/api/tags/")
        before = processes_of(web)

        web.process.send_signal(signal.SIGHUP)
        wait_until(lambda: len(processes_of(web)) == 4, "two new processes")
        wait_until(lambda: not any(is_alive(int(pid)) for pid in before), "old ones end")
        for _ in range(10):
            request(web.port, "/api/tags/")

        found = samples(request(port, "/metrics")[1])
        self.assertEqual(
            found['http_requests_total{method="GET",route="api/tags/",status="200"}'], 20
        )

    def test_old_processes_answer_until_a_new_one_has_loaded_the_code(self) -> None:
        place = Path(self.enterContext(tempfile.TemporaryDirectory()))
        held = place / "held"
        (place / "slow.py").write_text(_SLOW.format(held=str(held)))
        environment = make_environment(PYTHONPATH=str(place))
        web = WebServer(self, environment, application="slow:application")
        before = processes_of(web)

        held.touch()
        web.process.send_signal(signal.SIGHUP)
        wait_until(lambda: len(processes_of(web)) > 2, "a new process")
        statuses = [request(web.port, "/health/live/")[0] for _ in range(20)]
        self.assertNotIn("exiting", web.words())
        held.unlink()
        wait_until(lambda: not any(is_alive(int(pid)) for pid in before), "old ones end")
        statuses += [request(web.port, "/health/live/")[0] for _ in range(20)]

        self.assertEqual(set(statuses), {http.HTTPStatus.OK})
        self.assertEqual(len(processes_of(web)), 4)

    def test_a_process_that_dies_is_replaced(self) -> None:
        web = self.start()
        first, second = sorted(processes_of(web))

        os.kill(int(first), signal.SIGKILL)
        wait_until(lambda: len(processes_of(web)) == 3, "another process")
        statuses = {request(web.port, "/api/feed/")[0] for _ in range(20)}

        self.assertEqual(statuses, {http.HTTPStatus.OK})
        self.assertTrue(is_alive(int(second)))

    def test_a_wrong_environment_ends_the_start_with_one_line(self) -> None:
        for name, value in (
            ("DJANGO_SECRET_KEY", ""),
            ("DJANGO_SECRET_KEY", "short"),
            ("DJANGO_ALLOWED_HOSTS", "*"),
            ("DATABASE_URL", ""),
        ):
            with self.subTest(variable=name, value=value):
                done = subprocess.run(
                    [*GUNICORN, "--workers", "2", "--bind", f"{HOST}:0"],
                    cwd=PROJECT,
                    env=make_environment(**{name: value}),
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    check=False,
                    timeout=60,
                )

                self.assertNotEqual(done.returncode, 0)
                self.assertIn(f"Ressourcefy cannot start: {name}: ", done.stdout)
                self.assertNotIn("Traceback", done.stdout)
