"""Spans on their way to a collector: OTLP over HTTP, sent by a thread of its own.

Whoever is traced only puts spans into a queue. Where the collector is away, slow or silent, spans are lost and counted,
and nobody waits.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from .instruments import SPANS_LOST

DELAY_SECONDS = 1.0
MOST_WAITING = 4096
MOST_AT_ONCE = 512

log = logging.getLogger("inscope")


def exporter_to(endpoint: str, patience: float) -> SpanExporter:
    """`patience`: seconds for a batch, all attempts together.

    Headers, such as a token, and the authority of its certificate are read from OpenTelemetry's own variables.
    """
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # It has a line for every batch; we count.
    return OTLPSpanExporter(endpoint, timeout=patience)


def takes_spans(endpoint: str, patience: float) -> bool:
    """Whether a collector answers there and takes what is sent: nothing, by this request. Waits as long as it takes."""
    return exporter_to(endpoint, patience).export(()) is SpanExportResult.SUCCESS


class Counted(SpanExporter):
    """Says once that the collector stopped taking spans, and once that it takes them again. `handed`: to it, so far."""

    def __init__(self, exporter: SpanExporter) -> None:
        self.exporter, self.taking, self.handed = exporter, True, 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        try:
            result = self.exporter.export(spans)
        except Exception:  # Else the numbers would no longer agree, and in the end nothing would be taken in.
            result = SpanExportResult.FAILURE
        self.handed += len(spans)
        taken = result is SpanExportResult.SUCCESS
        if not taken:
            SPANS_LOST.inc(len(spans))
        if taken != self.taking:
            self.taking = taken
            log.warning("traces_endpoint takes spans %s", "again" if taken else "no longer: they are lost")
        return result

    def shutdown(self) -> None:
        self.exporter.shutdown()


class SpanQueue(BatchSpanProcessor):
    """A span for which there is no room is lost and counted. Each number here has one thread that writes it."""

    def __init__(self, exporter: Counted) -> None:
        super().__init__(exporter, MOST_WAITING, DELAY_SECONDS * 1000, MOST_AT_ONCE)
        self.exporter, self.given = exporter, 0

    @property
    def waiting(self) -> int:
        return self.given - self.exporter.handed

    def on_end(self, span: ReadableSpan) -> None:
        if self.waiting < MOST_WAITING:
            self.given += 1
            super().on_end(span)
        else:
            SPANS_LOST.inc()
