"""Which consents stand, as clients ask for it (API.md, "Consent and images")."""

from __future__ import annotations

from inscope_protocol.encoding import encode_base64url
from world.device import new_id

NONCE = encode_base64url(bytes(32))


async def test_each_consent_is_asked_for_once(story, intern):
    scope = intern.scope([intern.me])
    assert (await intern.record(scope)).status == 200
    for consents, code in (([scope.consent], ""), ([scope.consent] * 2, "malformed"), ([new_id("con")], "not_found")):
        answer = await intern.call("POST", "/api/consent-status", {"nonce": NONCE, "consents": consents})
        assert answer.code == code
