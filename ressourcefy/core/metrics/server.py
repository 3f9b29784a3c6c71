"""`/metrics` on a port of its own, so that no mistake in the web server's rules can publish it."""

import hmac
import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from django.conf import settings
from django.db import connections
from prometheus_client import CONTENT_TYPE_LATEST

from core.metrics.exposition import exposition

logger = logging.getLogger(__name__)


def serve_metrics(port: int, *, shared: bool = False) -> ThreadingHTTPServer | None:
    """Answer scrapes on METRICS_HOST and `port` from a thread, as long as the process lives.

    With `shared` several processes listen on the one port and any of them answers. Whoever cannot
    have the port goes on without: what the process is for matters more than its figures.
    """
    kind = _SharedServer if shared else _Server
    try:
        server = kind((settings.METRICS_HOST, port), _Handler)
    except OSError as error:
        logger.warning(
            "The metrics have no port.", extra={"port": port, "error": type(error).__name__}
        )
        return None
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server


class _Server(ThreadingHTTPServer):
    daemon_threads = True


class _SharedServer(_Server):
    allow_reuse_port = True


class _Handler(BaseHTTPRequestHandler):
    # A caller that says nothing keeps a thread no longer than this.
    timeout = 5
    server_version = "Ressourcefy"
    sys_version = ""

    def do_GET(self) -> None:
        """The figures, to whoever knows the token, where there is one."""
        if self.path.partition("?")[0].rstrip("/") != "/metrics":
            self._answer(404, b"")
        elif not self._is_allowed():
            self._answer(401, b"")
        else:
            try:
                body = exposition()
            finally:
                connections.close_all()
            self._answer(200, body)

    def _is_allowed(self) -> bool:
        if not settings.METRICS_TOKEN:
            return True
        offered = self.headers.get("Authorization", "")
        wanted = f"Bearer {settings.METRICS_TOKEN}"
        return hmac.compare_digest(offered.encode(errors="replace"), wanted.encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", CONTENT_TYPE_LATEST)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        if status == 401:  # noqa: PLR2004 - RFC 9110
            self.send_header("WWW-Authenticate", 'Bearer realm="metrics"')
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a scrape every few seconds is no news."""
