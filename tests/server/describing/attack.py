"""Requests made of the description, sent to a server, and every answer held against the description."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import requests
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import serializer
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure as CheckFailed
from schemathesis.generation import GenerationMode
from schemathesis.openapi.loaders import from_dict
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

EXAMPLES = int(os.environ.get("INSCOPE_ATTACK_EXAMPLES", "1"))
"""Requests of each kind, to each call; 200 take about an hour."""
SEED = int(os.environ.get("INSCOPE_ATTACK_SEED", "1"))
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip


serializer.alias(["application/offset+octet-stream"], "application/octet-stream")


class Attack:
    """`known`: for a name in a path, ids that there are; half of all requests name one of them.

    `before`: called before every request.
    """

    def __init__(self, description: Any, origin: str, known: dict[str, list[str]], before: Callable[[], None]) -> None:
        self.origin, self.known, self.before = origin, known, before
        schema = from_dict(description)
        self.operations = [one.ok() for one in schema.get_all_operations()]
        self.sent, self.answered, self.found = 0, dict[int, int](), dict[str, str]()

    def run(self, http: requests.Session, judge: Callable[[Any, Any], None]) -> None:
        """Every call, by well formed requests and by ill formed ones. What `judge` raises is in `found`."""
        for operation in self.operations:
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                for cases in self._cases(operation, mode):
                    self._send(cases, http, judge)

    def _cases(self, operation: Any, mode: GenerationMode) -> Iterator[Any]:
        has_what_can_be_wrong = operation.path_parameters or operation.query or operation.headers or operation.body
        if mode is GenerationMode.POSITIVE or has_what_can_be_wrong:
            yield st.builds(self._aimed, operation.as_strategy(generation_mode=mode), st.booleans(), st.randoms())

    def _aimed(self, case: Any, aim: bool, random: Any) -> Any:
        for name in case.path_parameters or {}:
            if aim and name in self.known:
                case.path_parameters[name] = random.choice(self.known[name])
        return case

    def _send(self, cases: Any, http: requests.Session, judge: Callable[[Any, Any], None]) -> None:
        @seed(SEED)
        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=cases)
        def send(case: Any) -> None:
            self.before()
            response = case.call(base_url=self.origin, session=http, allow_redirects=False, timeout=60)
            self.sent += 1
            self.answered[response.status_code] = self.answered.get(response.status_code, 0) + 1
            try:
                judge(case, response)
            except* (AssertionError, CheckFailed) as failed:
                told = str(failed.exceptions[0]).partition("\n\n")[0]
                self.found.setdefault(f"{case.method} {case.operation.path} {told}", response.text[:300])

        with suppress(Unsatisfiable):  # Of some calls nothing can be ill formed: any bytes, or any text, will do.
            send()


def conforms(case: Any, response: Any) -> None:
    case.validate_response(response, checks=CHECKS)
