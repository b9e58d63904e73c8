"""The replica on loopback: one port, a host a name, http and https alike."""

import socket
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from crawler.demo.aging import Operation, apply, read_journal, write_journal
from crawler.demo.render import Answer, Renderer, compress
from crawler.demo.world import World
from crawler.errors import StopRun

ADDRESS = "127.0.0.1"
_TLS_HANDSHAKE = 0x16


@dataclass
class Replica:
    """A running replica. `requests` is what it was asked: (host, path, status)."""

    world: World
    port: int
    journal: Path | None = None
    requests: list[tuple[str, str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._renderer = Renderer(self.world, self.port)

    def age(self, *operations: Operation) -> None:
        """Let things happen; they are remembered in the journal."""
        for operation in operations:
            self.world = apply(self.world, [operation])
            if self.journal is not None:
                write_journal(self.journal, operation)
        self._renderer = Renderer(self.world, self.port)

    def answer(self, host: str, path: str) -> Answer:
        """Answer a request and note it."""
        answer = self._renderer.answer(host, path, len(self.requests))
        self.requests.append((host, path, answer.status))
        return answer


@contextmanager
def serve(
    world: World | None = None, *, port: int = 0, journal: Path | None = None
) -> Iterator[Replica]:
    """Serve a world on loopback while the block runs; port 0 takes any free one.

    Raises StopRun when the port is in use.
    """
    operations = read_journal(journal) if journal else []
    grown = apply(world or World.build(), operations)
    try:
        server = _Server((ADDRESS, port), _Handler)
    except OSError as error:
        raise StopRun(f"port {port} on {ADDRESS} is in use; stop what listens there") from error
    server.replica = Replica(grown, server.server_address[1], journal)
    thread = threading.Thread(target=server.serve_forever, name="replica", daemon=True)
    thread.start()
    try:
        yield server.replica
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    replica: Replica

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._tls = _tls_context()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Speak TLS with who begins with a handshake, HTTP with everybody else."""
        try:
            first = request.recv(1, socket.MSG_PEEK)
            if first and first[0] == _TLS_HANDSHAKE:
                with self._tls.wrap_socket(request, server_side=True) as secure:
                    super().finish_request(secure, client_address)
            else:
                super().finish_request(request, client_address)
        except (ConnectionError, ssl.SSLError):
            return  # the other side went away; there is nobody left to answer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    # Headers and body in one packet: without this each answer waits for an acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        host = self.headers.get("Host", "").partition(":")[0].lower()
        answer = self.server.replica.answer(host, self.path.partition("?")[0])
        if answer.status == 0:
            self.close_connection = True
            return
        if (
            answer.headers.get("ETag")
            and self.headers.get("If-None-Match") == answer.headers["ETag"]
        ) or (self.headers.get("If-Modified-Since") and "Last-Modified" in answer.headers):
            answer = Answer(304, b"", answer.headers)
        elif "gzip" in self.headers.get("Accept-Encoding", "") and answer.status == 200:
            answer = compress(answer)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing: `Replica.requests` knows."""


def _tls_context() -> ssl.SSLContext:
    """A context with a certificate of its own, made for this run."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "replica.localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        file.write(certificate.public_bytes(serialization.Encoding.PEM))
        file.flush()
        context.load_cert_chain(file.name)
    return context
