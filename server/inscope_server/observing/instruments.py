"""What is counted and timed, in one place: numbers, codes and routes, never an identifier (Prometheus).

A label's values are few and known beforehand; whatever a client chose (a path, a name, an id) is none.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

REQUESTS = Histogram(
    "inscope_request_seconds", "HTTP requests, by the route's pattern and the answer's status",
    ("method", "route", "status"), buckets=SECONDS,
)  # fmt: skip
UNREADABLE = Counter("inscope_unreadable_requests", "What came as a request and was no HTTP, or broke off")
SOCKETS = Gauge("inscope_sockets", "Open sockets of devices in this process")
BATCHES = Histogram(
    "inscope_batch_messages", "Messages that were committed together", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
)
WAITING = Gauge("inscope_messages_waiting", "Messages that wait for their commit")
TRANSACTIONS = Histogram(
    "inscope_write_seconds", "Write transactions, the wait for SQLite's one writer included", buckets=SECONDS
)
BEGUN_ANEW = Counter("inscope_writes_begun_anew", "Write transactions that lost to another one and began anew")
LOGGED = Counter(
    "inscope_logged", "Entries of the log of releases and denials (SPEC S10.4)", ("event", "outcome")
)  # fmt: skip
DENIED = Counter("inscope_denied", "Reasons of denials (SPEC S5.4)", ("event", "code"))
PUSHES = Counter("inscope_pushes", "Devices that were told by push that something is new", ("outcome",))
SWEEPS = Gauge("inscope_sweep_ended_timestamp_seconds", "When each sweep last ended without a failure", ("sweep",))
SPANS_LOST = Counter("inscope_spans_lost", "Spans of traces for which there was no room, or no collector")
LINES = Counter("inscope_log_lines", "Lines of this process's own log", ("level",))
