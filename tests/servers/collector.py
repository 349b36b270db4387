"""A collector of traces on loopback: OTLP over HTTP, read as protobuf. It can refuse, and it can say nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Sent


@dataclass(frozen=True)
class Seen:
    """A span as it came. `links`: the traces that it is linked to; `about`: the resource's attributes."""

    name: str
    trace: str
    span: str
    parent: str
    attributes: dict[str, Any]
    links: tuple[str, ...]
    is_error: bool
    took: int
    about: dict[str, Any]


class Collector:
    """`takes`: what it does with a request. `raw`: every byte of every body; `headers`: of the newest request."""

    def __init__(self) -> None:
        self.spans: list[Seen] = []
        self.raw, self.headers, self.requests = bytearray(), dict[str, str](), 0
        self.takes: Literal["all", "none", "silent"] = "all"
        self.over = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/v1/traces"

    def receive(self, body: bytes) -> int:
        """The status of the answer."""
        self.requests += 1
        if self.takes == "silent":
            self.over.wait(60)
        if self.takes != "all":
            return 400
        self.raw += body
        for one in ExportTraceServiceRequest.FromString(body).resource_spans:
            about = _values(one.resource.attributes)
            self.spans += [_seen(span, about) for scope in one.scope_spans for span in scope.spans]
        return 200

    def wait(self, enough: Callable[[list[Seen]], bool], seconds: float = 10) -> list[Seen]:
        """What came, once it is enough. For use from another thread than the one that sends."""
        deadline = time.monotonic() + seconds
        while not enough(self.spans):
            assert time.monotonic() < deadline, [span.name for span in self.spans]
            time.sleep(0.02)
        return list(self.spans)

    def close(self) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


def _handler(collector: Collector) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            collector.headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(collector.receive(body) if self.path == "/v1/traces" else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    return Handler


def _seen(span: Sent, about: dict[str, Any]) -> Seen:
    return Seen(
        span.name, span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex(), _values(span.attributes),
        tuple(link.trace_id.hex() for link in span.links), span.status.code == 2,
        span.end_time_unix_nano - span.start_time_unix_nano, about,
    )  # fmt: skip


def _values(pairs: Any) -> dict[str, Any]:
    def value(pair: KeyValue) -> Any:
        return getattr(pair.value, str(pair.value.WhichOneof("value")))

    return {pair.key: value(pair) for pair in pairs}
