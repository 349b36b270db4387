"""HL7's own R4 examples of Consent, where they lie beside the repository: refused, and why.

Their shapes, in words of our own, are among the cases of test_reading.py, which always run.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inscope_server.errors import Refusal
from inscope_server.fhir import reading

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "fhir"
UNSAID = "provision_type_missing"  # HL7's R4 examples leave it to a policy rule whether a provision permits or denies
EXPECTED = {
    "Emergency": {"emergency_override"},
    "basic": {UNSAID},
    "notAuthor": {UNSAID},
    "notThem": {UNSAID},
    "notTime": {UNSAID},
    "signature": {"category_unknown", UNSAID, "provision_permit_within_deny"},
}


@pytest.mark.parametrize("name", EXPECTED)
def test_an_example_of_hl7(name: str) -> None:
    path = FOLDER / f"Consent-consent-example-{name}.json"
    if not path.is_file():
        pytest.skip("HL7's examples of Consent are not beside the repository")
    with pytest.raises(Refusal) as refusal:
        reading.read(json.loads(path.read_text("utf-8")))
    assert EXPECTED[name] <= {reason["code"] for reason in refusal.value.reasons}
