"""The process's own log: what failed and where, and never what was being worked on."""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Callable
from typing import Any, Literal

import pytest

from inscope_server.observing.logs import start_log, wordless

PATIENT = "Canary Quillfeather, MRN 4711"
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Lines:
    written = io.StringIO()
    start_log("json", written)
    return lambda: [json.loads(line) for line in written.getvalue().splitlines()]


def _fails() -> None:
    try:
        raise KeyError(PATIENT)
    except KeyError as error:
        raise ValueError(f"cannot read {PATIENT}") from error


def test_a_line_is_one_object_with_its_time_and_level(lines: Lines) -> None:
    logging.getLogger("inscope").info("answers on http://%s:%s", "127.0.0.1", 8443)
    (line,) = lines()
    assert (line["message"], line["level"], line["logger"]) == ("answers on http://127.0.0.1:8443", "info", "inscope")
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_failure_is_told_by_kind_and_place_without_its_words(form: Literal["json", "text"]) -> None:
    written = io.StringIO()
    start_log(form, written)
    try:
        _fails()
    except ValueError:
        logging.getLogger("inscope").exception("a request failed")
    told = written.getvalue()
    assert "Quillfeather" not in told and "4711" not in told
    assert "a request failed" in told and "ValueError" in told and "KeyError" in told and "_fails" in told
    assert told.count("\n") == 1, "a failure in one line"


def test_what_libraries_say_is_told_without_what_they_put_in(lines: Lines) -> None:
    logging.getLogger("aiohttp.server").error("Error handling request from %s", PATIENT)
    logging.getLogger("asyncio").error(f"Task exception was never retrieved\nfuture: <Task exception={PATIENT!r}>")
    logging.getLogger("aiohttp.access").info("GET /%s", PATIENT)
    said = lines()
    assert [line["message"] for line in said] == [
        "Error handling request from %s", "Task exception was never retrieved",
    ]  # fmt: skip
    assert PATIENT not in json.dumps(said)


def test_a_library_that_puts_its_words_together_itself_tells_only_a_place(lines: Lines) -> None:
    for _ in range(2):
        logger = wordless("a.library")
    logger.error(f"Invalid session {PATIENT}")
    logger.warning(f"odd session {PATIENT}")
    (line,) = lines()
    assert line["message"].startswith("an error at test_logs:") and PATIENT not in json.dumps(line)
    assert logger.handlers == []


def test_a_warning_of_python_is_told_without_its_words(lines: Lines) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(PATIENT, stacklevel=1)
    (line,) = lines()
    assert line["message"].endswith(": UserWarning") and PATIENT not in json.dumps(line)


def test_a_failure_with_a_failure_inside_it_as_its_cause_ends(lines: Lines) -> None:
    error = ValueError("first")
    error.__cause__ = KeyError("second")
    error.__cause__.__cause__ = error
    logging.getLogger("inscope").error("a loop", exc_info=error)
    assert [told.split(" < ")[0] for told in lines()[0]["failure"]] == ["ValueError", "KeyError"]


def test_a_line_that_cannot_be_written_prints_nothing_of_itself(capsys: pytest.CaptureFixture[str]) -> None:
    closed = io.StringIO()
    closed.close()
    start_log("json", closed)
    logging.getLogger("inscope").error("a sentence about %s", PATIENT)
    assert capsys.readouterr().err == ""
