"""Traces by OpenTelemetry: which are recorded, and the end of them. Imported only where they are wanted."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from importlib.metadata import version
from threading import Thread

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from .instruments import SPANS_LOST
from .span_queue import Counted, SpanQueue, exporter_to
from .spans import within
from .traced_span import TracedSpan

EXPORT_SECONDS = 5.0
FLUSH_SECONDS = 5.0

log = logging.getLogger("inscope")


class Exporting:
    """`service`: what this process is called there; `endpoint`: of OTLP over HTTP; `ratio`: how many of the traces that
    begin here are recorded, from 0 to 1.
    """

    def __init__(self, service: str, endpoint: str, ratio: float) -> None:
        self.queue, release = SpanQueue(Counted(exporter_to(endpoint, EXPORT_SECONDS))), version("inscope")
        about = Resource.create({"service.name": service, "service.version": release})
        self.provider = TracerProvider(ParentBased(TraceIdRatioBased(ratio)), about, shutdown_on_exit=False)
        self.provider.add_span_processor(self.queue)
        self.tracer = self.provider.get_tracer("inscope", release)

    def request(self, name: str, attributes: Mapping[str, str], follows: str) -> AbstractContextManager[TracedSpan]:
        return self._root(name, SpanKind.SERVER, attributes, follows)

    def work(self, name: str) -> AbstractContextManager[TracedSpan]:
        return self._root(name, SpanKind.INTERNAL, {}, "")

    @contextlib.contextmanager
    def _root(self, name: str, kind: SpanKind, attributes: Mapping[str, str], follows: str) -> Iterator[TracedSpan]:
        """`follows`: a traceparent; what is none begins a trace of its own."""
        above = TraceContextTextMapPropagator().extract({"traceparent": follows}, Context())
        span = self.tracer.start_span(name, above, kind, attributes)
        traced = TracedSpan(self.tracer, span)
        try:
            with within(traced):
                yield traced
        finally:
            span.end()

    async def close(self) -> None:
        """What still waits after FLUSH_SECONDS is lost; the thread that waits for the collector holds up nobody."""
        over, loop = asyncio.Event(), asyncio.get_running_loop()

        def flush() -> None:
            self.provider.shutdown()
            with contextlib.suppress(RuntimeError):  # The loop is over before it.
                loop.call_soon_threadsafe(over.set)

        Thread(target=flush, daemon=True).start()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_SECONDS):
                await over.wait()
        if lost := self.queue.waiting:
            SPANS_LOST.inc(lost)
            log.warning("%s spans are lost: traces_endpoint did not take them in time", lost)
