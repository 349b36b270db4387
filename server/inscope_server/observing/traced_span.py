"""A span as OpenTelemetry has it. Of a failure it tells the code or the kind, never the words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

from .spans import Part, Span


class TracedSpan:
    """Implements spans.Span. `links`: of its parts. Attributes are those of OpenTelemetry's semantic conventions where
    it has one, without `url.path` and `client.address`, which name people.
    """

    def __init__(self, tracer: trace.Tracer, span: trace.Span, links: Sequence[Link] = ()) -> None:
        self.tracer, self.span, self.links = tracer, span, links
        self.trace = trace.format_trace_id(span.get_span_context().trace_id)
        self.recorded = span.is_recording()

    def part(self, name: str, *, here: bool = False) -> Part:
        return self._part(name, here) if self.recorded else nullcontext(_traceparent(self.span))

    @contextmanager
    def _part(self, name: str, here: bool) -> Iterator[str]:
        above = trace.set_span_in_context(self.span, Context())
        kind = SpanKind.INTERNAL if here else SpanKind.CLIENT
        span = self.tracer.start_span(name, above, kind, links=self.links)
        try:
            yield _traceparent(span)
        except BaseException as error:
            span.set_attribute("error.type", type(error).__name__)
            raise
        finally:
            span.end()

    def answered(self, status: int) -> None:
        self.span.set_attribute("http.response.status_code", status)

    def failed(self, code: str, *, fault: bool) -> None:
        self.span.set_attribute("inscope.failure", code)
        if fault:
            self.span.set_attribute("error.type", code)
            self.span.set_status(Status(StatusCode.ERROR))

    def shared_by(self, others: Sequence[Span]) -> TracedSpan:
        links = [Link(other.span.get_span_context()) for other in others if isinstance(other, TracedSpan)]
        return TracedSpan(self.tracer, self.span, links)


def _traceparent(span: trace.Span) -> str:
    """Of one that is not recorded too: who goes on with it then records nothing either."""
    about = span.get_span_context()
    named = f"{trace.format_trace_id(about.trace_id)}-{trace.format_span_id(about.span_id)}"
    return f"00-{named}-{about.trace_flags & trace.TraceFlags.SAMPLED:02x}"
