"""The worker's one port: `/metrics`, `/livez`, `/readyz`."""

from collections.abc import Callable
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import orjson
from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

from streams.kafka.children import LOOPBACK
from streams.observe.health import Health

OK, UNAVAILABLE, NOT_FOUND = "200 OK", "503 Service Unavailable", "404 Not Found"


def serve(port: int, registry: CollectorRegistry, health: Health, host: str = LOOPBACK) -> Callable[[], None]:
    """Serve at the given address, from a thread of its own; returns what ends it. Port 0 serves nothing.

    Raises:
        OSError: the port is taken.
    """
    if not port:
        return lambda: None
    metrics = make_wsgi_app(registry)

    def answer(environ: dict[str, Any], start: Any) -> Any:
        path = environ.get("PATH_INFO", "/")
        if path == "/metrics":
            return metrics(environ, start)
        status, body = _page(path, health)
        start(status, [("Content-Type", "application/json")])
        return [orjson.dumps(body)]

    server = make_server(host, port, answer, ThreadingWSGIServer, _Silent)
    thread = Thread(target=server.serve_forever, name="web", daemon=True)
    thread.start()

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop


def _page(path: str, health: Health) -> tuple[str, dict[str, Any]]:
    if path == "/livez":
        return (OK if health.alive else UNAVAILABLE), {"alive": health.alive}
    if path == "/readyz":
        reasons = health.reasons()
        return (UNAVAILABLE if reasons else OK), {"ready": not reasons, "reasons": reasons}
    return NOT_FOUND, {"pages": ["/metrics", "/livez", "/readyz"]}


class _Silent(WSGIRequestHandler):
    """Asked every few seconds: not worth a line each."""

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
