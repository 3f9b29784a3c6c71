"""nginx in tests: `deploy/nginx.conf` with the ports, the certificate and the paths of a test."""

import datetime as dt
import os
import shutil
import socket
import ssl
from pathlib import Path
from unittest import TestCase

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from devtools.journey.stack import HOST, free_port
from devtools.postgres import CHECKOUT
from devtools.tests.factories import make_directory, start_process, wait_until
from devtools.tests.servers import log_file, words_of

NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
# By a name: for a bare address nobody knows which certificate is meant, and the example refuses.
NAME = "localhost"
_SITE = CHECKOUT / "deploy" / "nginx.conf"
_AROUND = """
pid {directory}/nginx.pid;
error_log {directory}/error.log;
{user}
worker_processes 1;
events {{ worker_connections 256; }}
http {{
    default_type application/octet-stream;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    include {directory}/site.conf;
}}
"""


class Proxy:
    """nginx in front of a web server on `upstream`; ends with the test."""

    def __init__(self, test: TestCase, *, upstream: int, static: Path) -> None:
        assert NGINX
        self.directory = make_directory(test)
        self.http_port, self.https_port = free_port(), free_port()
        self.certificate = self._make_certificate()
        site = _SITE.read_text()
        for ours, theirs in (
            ("server 127.0.0.1:8000;", f"server {HOST}:{upstream};"),
            ("listen 80", f"listen {HOST}:{self.http_port}"),
            ("listen 443", f"listen {HOST}:{self.https_port}"),
            ("server_name api.example.com;", f"server_name api.example.com {NAME};"),
            ("/etc/ssl/ressourcefy/", f"{self.directory}/"),
            ("/srv/ressourcefy/.data/static/", f"{static}/"),
            ("/var/log/nginx/ressourcefy.log", f"{self.directory}/access.log"),
        ):
            if ours not in site:
                raise AssertionError(f"deploy/nginx.conf no longer has {ours!r}")
            site = site.replace(ours, theirs)
        (self.directory / "site.conf").write_text(site)
        user = "user root;" if os.getuid() == 0 else ""
        configuration = self.directory / "nginx.conf"
        configuration.write_text(_AROUND.format(directory=self.directory, user=user))
        log = log_file(test)
        process = start_process(
            test,
            [
                NGINX,
                *("-e", str(self.directory / "error.log")),
                *("-p", str(self.directory)),
                *("-c", str(configuration)),
                *("-g", "daemon off;"),
            ],
            output=log,
        )

        def listens() -> bool:
            if process.poll() is not None:
                raise AssertionError(words_of(log) + (self.directory / "error.log").read_text())
            try:
                socket.create_connection((HOST, self.https_port), timeout=1).close()
            except OSError:
                return False
            return True

        wait_until(listens, "nginx listens")

    @property
    def base_url(self) -> str:
        """Its address, with TLS."""
        return f"https://{NAME}:{self.https_port}"

    def trust(self) -> ssl.SSLContext:
        """What accepts its certificate and no other."""
        return ssl.create_default_context(cafile=self.certificate)

    def access_log(self) -> str:
        """What it wrote of requests so far."""
        return (self.directory / "access.log").read_text()

    def _make_certificate(self) -> str:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "api.example.com")])
        now = dt.datetime.now(dt.UTC)
        names = [x509.DNSName("api.example.com"), x509.DNSName(NAME)]
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        (self.directory / "privkey.pem").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        path = self.directory / "fullchain.pem"
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return str(path)
