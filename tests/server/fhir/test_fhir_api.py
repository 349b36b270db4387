"""The routes, on both databases: who may export what, that signatures hold, and that a draft is only a draft."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from inscope_protocol.statements import parse_envelope, verify
from inscope_protocol.types import Scope
from inscope_server.fhir import reading, service
from inscope_server.fhir.codes import Json, Release
from world.device import Device, new_id

from .foreign import r4, r5

RELEASES: list[Release] = ["R4", "R5"]


async def export(device: Device, consent: str, release: str = "R5") -> Any:
    return await device.call("GET", f"/api/consents/{consent}/fhir?release={release}")


def of(bundle: Json, kind: str) -> list[Json]:
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def events(bundle: Json) -> Counter[tuple[str, bool]]:
    """(event, denied) of each AuditEvent."""
    found: Counter[tuple[str, bool]] = Counter()
    for event in of(bundle, "AuditEvent"):
        codings = event["subtype"] if "subtype" in event else event["code"]["coding"]
        outcome = event["outcome"]
        found[
            codings[-1]["code"], outcome == "8" or (isinstance(outcome, dict) and outcome["code"]["code"] == "error")
        ] += 1
    return found


async def story_of_a_consent(
    story: Any, intern: Device, specialist: Device, colleague: Device
) -> tuple[Scope, str, str]:
    """Recorded, asked, attached, opened, refused to the social group, narrowed so that it is closed."""
    thread = await story.case(intern, specialist)
    scope = intern.scope([intern.me, specialist.me])
    assert (await intern.record(scope, thread)).status == 200
    disclosure, sent = await intern.attach(thread, scope)
    assert sent.status == 200
    assert (await specialist.open(disclosure)).status == 200
    social = await story.social(intern, colleague)
    assert (await intern.ask(social, scope)).code == "denied"
    assert (await intern.commit(thread, adds=[colleague])).code == "members_not_covered"
    narrower = intern.following(scope, recipients=scope.recipients[:1])
    assert (await intern.record(narrower)).data["closed"] == [disclosure]
    return narrower, thread, social


@pytest.mark.parametrize("release", RELEASES)
async def test_an_export_holds_versions_signatures_and_the_log(release, story, intern, specialist, colleague):
    scope, _, _ = await story_of_a_consent(story, intern, specialist, colleague)
    answer = await export(intern, scope.consent, release)
    assert answer.status == 200
    consents, provenances = of(answer.data, "Consent"), of(answer.data, "Provenance")
    assert [consent["status"] for consent in consents] == ["inactive", "active"]
    assert reading.scope_of(consents[1], release) == scope
    assert events(answer.data) == {
        ("ask", False): 1, ("attach", False): 1, ("open", False): 1, ("ask", True): 1, ("add", True): 1,
        ("close", False): 1,
    }  # fmt: skip
    places = {entry["resource"]["id"]: entry["fullUrl"] for entry in answer.data["entry"]}
    assert len(places) == len(answer.data["entry"]) and all(url == f"urn:uuid:{id}" for id, url in places.items())
    assert provenances[1]["entity"] == [{"role": "revision", "what": {"reference": places[consents[0]["id"]]}}]
    assert "meta" not in answer.data
    for consent, provenance in zip(consents, provenances, strict=True):
        assert provenance["target"] == [{"reference": places[consent["id"]]}]
        signature = provenance["signature"][0]
        envelope = parse_envelope(json.loads(base64.b64decode(signature["data"])))
        signed = verify(envelope, "consent", intern.device, bytes(_key(intern)))
        assert signed == reading.scope_of(consent, release)
        assert signature["who"]["identifier"]["value"] == intern.me
        assert provenance["agent"][1]["who"]["identifier"]["value"] == intern.device


def _key(device: Device) -> Any:
    from nacl.signing import SigningKey

    return SigningKey(device.seed).verify_key


async def test_the_media_type_and_release(story, intern, specialist):
    scope = intern.scope([intern.me])
    await intern.record(scope)
    assert intern.http is not None
    async with intern.http.get(f"/api/consents/{scope.consent}/fhir") as response:
        assert response.content_type == "application/fhir+json"
        assert response.headers["Cache-Control"] == "no-store"
        assert "decision" in of(await response.json(content_type=None), "Consent")[0]
    assert (await export(intern, scope.consent, "STU3")).code == "malformed"


async def test_who_may_not_read_a_consent_hears_what_everybody_hears(story, intern, specialist, colleague):
    scope = intern.scope([intern.me, specialist.me])
    await intern.record(scope)
    assert (await export(specialist, scope.consent)).status == 200
    refused, absent = await export(colleague, scope.consent), await export(colleague, new_id("con"))
    assert refused.status == absent.status == 404
    assert refused.data == absent.data == (await export(colleague, "con_none")).data


async def test_of_the_log_one_sees_the_threads_that_one_is_in(story, intern, specialist, colleague):
    scope, _, social = await story_of_a_consent(story, intern, specialist, colleague)
    seen = events((await export(specialist, scope.consent)).data)
    assert ("ask", True) not in seen and seen["open", False] == 1
    assert social not in json.dumps((await export(specialist, scope.consent)).data)
    whole = await intern.running.server.fhir.export_whole(scope.consent, "R4")
    assert events(whole)["ask", True] == 1


async def test_a_long_log_says_that_it_is_cut(story, intern, specialist, monkeypatch):
    monkeypatch.setattr(service, "MOST_ENTRIES", 2)
    thread = await story.case(intern, specialist)
    scope = intern.scope([intern.me, specialist.me])
    await intern.record(scope, thread)
    disclosure, _ = await intern.attach(thread, scope)
    await specialist.open(disclosure)
    written = (await export(intern, scope.consent)).data
    assert written["meta"]["tag"][0]["code"] == "SUBSETTED"
    assert events(written) == {("attach", False): 1, ("open", False): 1}


@pytest.mark.parametrize("release", RELEASES)
async def test_an_export_imports_as_the_draft_it_was(release, story, intern, specialist, colleague):
    scope, _, _ = await story_of_a_consent(story, intern, specialist, colleague)
    bundle = (await export(intern, scope.consent, release)).data
    read = await colleague.call("POST", "/api/fhir/consents", bundle)
    assert read.status == 200 and read.data["not_understood"] == []
    draft = read.data["draft"]
    assert (draft["subject"], draft["valid_until"]) == (scope.subject, scope.valid_until)
    assert draft["recipients"] == [{"kind": "person", "person": intern.me}]
    assert read.data["draft"] == reading.read(of(bundle, "Consent")[1])["draft"]


async def test_reading_stores_nothing(story, intern, specialist):
    before = (await intern.call("GET", "/api/consents?mine=1")).data
    assert (await intern.call("POST", "/api/fhir/consents", r4())).status == 200
    assert (await intern.call("POST", "/api/fhir/consents", r5())).status == 200
    assert (await intern.call("GET", "/api/consents?mine=1")).data == before == {"consents": []}


async def test_a_refusal_is_data(story, intern, specialist):
    refused = await intern.call("POST", "/api/fhir/consents", r5(status="inactive", decision="permit"))
    assert (refused.status, refused.code) == (422, "fhir_refused")
    named = {(reason["code"], reason["path"]) for reason in refused.data["error"]["reasons"]}
    assert ("status_not_active", "Consent.status") in named
    assert ("provision_deny_within_permit", "Consent.provision[0]") in named


async def test_bodies_are_strict_and_bounded(story, intern, specialist):
    assert intern.http is not None
    headers = {"X-InScope-CSRF": intern.csrf, "Content-Type": "application/fhir+json"}

    async def send(body: bytes, **changes: str) -> tuple[int, str]:
        async with intern.http.post("/api/fhir/consents", data=body, headers=headers | changes) as response:
            return response.status, (await response.json())["error"]["code"]

    doubled = b'{"resourceType":"Consent","status":"active","status":"inactive"}'
    assert await send(doubled) == (400, "malformed")
    assert await send(b"[" * 100_000) == (400, "malformed")
    assert await send(b'{"resourceType":"Consent","id":1.5}') == (400, "malformed")
    assert await send(b" " * (300 * 1024)) == (413, "too_large")
    assert await send(b"<Consent/>", **{"Content-Type": "application/fhir+xml"}) == (400, "malformed")
    assert await send(json.dumps(r5()).encode(), **{"X-InScope-CSRF": ""}) == (403, "csrf_refused")
    assert (await intern.call("POST", "/api/fhir/consents", r5())).status == 200


async def test_each_person_has_a_limit(story, intern, specialist):
    scope = intern.scope([intern.me])
    await intern.record(scope)
    intern.running.clock.stop()
    codes = [(await intern.call("POST", "/api/fhir/consents", r5())).code for _ in range(31)]
    assert codes == [""] * 30 + ["rate_limited"]
    assert (await export(intern, scope.consent)).code == "rate_limited"


async def test_the_operator_exports(story, intern, specialist, colleague):
    scope, _, _ = await story_of_a_consent(story, intern, specialist, colleague)
    config = intern.running.server.config
    settings = intern.running.folder / "operator.toml"
    keys = ("database_url", "data_dir", "policies_dir")
    settings.write_text("".join(f'{key} = "{getattr(config, key)}"\n' for key in keys))
    command = [sys.executable, "-m", "inscope_server", "--config", str(settings), "fhir", "export", "--consent"]
    done = await asyncio.to_thread(
        subprocess.run, [*command, scope.consent, "--release", "R4"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert events(json.loads(done.stdout))["ask", True] == 1
    unknown = await asyncio.to_thread(
        subprocess.run, [*command, new_id("con")], capture_output=True, text=True, timeout=60
    )
    assert unknown.returncode == 1 and "not_found" in unknown.stderr


def test_a_server_that_is_not_asked_for_fhir_does_not_load_its_library() -> None:
    program = "import sys, inscope_server.app; print(sorted(name for name in sys.modules if name.startswith('fhir')))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert loaded.stdout.strip() == "[]"
