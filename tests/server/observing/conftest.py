"""What a test does to this process's log ends with it."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    loggers = (logging.getLogger(), logging.getLogger("inscope"))
    before = [(logger, logger.handlers[:], logger.level) for logger in loggers]
    raises = logging.raiseExceptions
    yield
    logging.raiseExceptions = raises
    for logger, handlers, level in before:
        logger.handlers[:], logger.level = handlers, level
    logging.captureWarnings(False)
