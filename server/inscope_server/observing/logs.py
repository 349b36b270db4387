"""A process's own log: one line an event on the standard error, as JSON or to read (structlog).

No patient data reaches it, whatever fails: of a failure it tells the kind and the places in the code, never the words,
which may quote what was being worked on; and of what a library says, only the sentence as its authors wrote it.
"""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor

from .instruments import LINES
from .spans import current

OURS = "inscope"
PACKAGES = Path(__file__).resolve().parent.parent.parent


def start_log(form: Literal["text", "json"], stream: TextIO | None = None) -> None:
    """From here on this process logs this way, on its standard error unless told otherwise."""
    logging.raiseExceptions = False  # Of a line that cannot be written Python would print what was put into it.
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[_sentence_only, _failure, structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name,
                           _counted, _traced, structlog.processors.TimeStamper(fmt="iso", utc=True)],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderer(form)],
    ))  # fmt: skip
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(logging.INFO)
    logging.captureWarnings(True)


def wordless(name: str) -> logging.Logger:
    """The logger of a library that writes what clients send into its sentences: of an error only its place is told.

    Given to it, since without one it writes to the standard error by itself.
    """
    logger = logging.getLogger(name)
    logger.setLevel(logging.ERROR)
    if _place_only not in logger.filters:
        logger.addFilter(_place_only)
    return logger


def _place_only(record: logging.LogRecord) -> bool:
    record.msg, record.args = f"an error at {record.module}:{record.lineno}", ()
    return True


def _renderer(form: str) -> list[Processor]:
    if form == "json":
        return [structlog.processors.EventRenamer("message"), structlog.processors.JSONRenderer(sort_keys=True)]
    return [structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)]


def _sentence_only(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """A library's sentence without what was put into it, and of several lines the first: the rest quotes values.

    Of Python's own warnings, which come with their words: the place and the kind.
    """
    record: logging.LogRecord = event["_record"]
    if record.name != OURS:
        parts = str(record.msg).partition("\n")[0].split(": ")
        event["event"] = ": ".join(parts[:2] if record.name == "py.warnings" else parts)
    return event


def _counted(_logger: Any, _method: str, event: EventDict) -> EventDict:
    LINES.labels(event["level"]).inc()
    return event


def _traced(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """By which trace the collector shows what this line was about."""
    span = current()
    if span is not None:
        event["trace_id"] = span.trace
    return event


def _failure(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """In place of a trace with words: the kind of the failure and of its causes, and where in the code each arose."""
    given = event.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else given
    event.pop("exc_text", None)
    if isinstance(error, BaseException):
        event["failure"] = [_told(cause) for cause in _chain(error)]
    return event


def _chain(error: BaseException) -> list[BaseException]:
    """The failure and what it arose from, the first cause last."""
    found: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in found:
        found.append(following)
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
    return found


def _told(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join([type(error).__name__, *(f"{_file(f.filename)}:{f.lineno} {f.name}" for f in reversed(frames))])


def _file(name: str) -> str:
    path = Path(name)
    return str(path.relative_to(PACKAGES)) if path.is_relative_to(PACKAGES) else "/".join(path.parts[-2:])
