"""A patient's visit is a cookie, which no other host can set and no script can read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from world.device import Device
from world.organisation import Organisation
from world.patient import CODE, Patient, ask
from world.running import Running, TestClock

ORIGIN = "https://inscope.example"


@pytest.fixture
async def secure(tmp_path: Path) -> AsyncIterator[tuple[Device, Patient]]:
    """A clinician, and a patient whose browser is told that it is at `ORIGIN`."""
    database = f"sqlite+aiosqlite:///{tmp_path}/inscope.sqlite3"
    running = await Running.start(database, tmp_path, TestClock(), public_origin=ORIGIN)
    here = f"http://127.0.0.1:{running.server.config.port}"
    home = Organisation(running, "Riverbend Hospital")
    await home.register()
    device, patient = (
        aiohttp.ClientSession(here, cookie_jar=aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=URL(here)))
        for _ in range(2)
    )
    clinician = Device(running, await home.invite("Ines Moreau"), home, http=device)
    await clinician.enrol()
    yield clinician, Patient(running, http=patient)
    await clinician.close()
    await patient.close()
    await running.close()


def _kept(patient: Patient) -> dict[str, tuple[str, str, bool, bool, str]]:
    assert patient.http is not None
    keys = ("path", "domain", "secure", "httponly", "samesite")
    return {cookie.key: tuple(cookie[key] for key in keys) for cookie in patient.http.cookie_jar}


async def test_under_https_a_visit_is_bound_to_this_host(secure: tuple[Device, Patient]) -> None:
    clinician, patient = secure
    _, link, put = await ask(clinician, [clinician.me])
    assert put.status == 200, put
    assert (await patient.open(link)).status == 200
    answered = await patient.send("/patient?language=en", ("answer", "all"))
    assert answered.status == 200, answered.text
    assert (await patient.send("/patient/copy.pdf?language=en")).body.startswith(b"%PDF")
    bound = ("/", "127.0.0.1", True, True, "Lax")
    assert _kept(patient) == {"__Host-inscope_question": bound}


async def test_under_https_a_cookie_of_the_plain_name_is_nobodys(secure: tuple[Device, Patient]) -> None:
    clinician, patient = secure
    _, link, _ = await ask(clinician, [clinician.me])
    await patient.open(link)
    assert patient.http is not None
    [visit] = list(patient.http.cookie_jar)
    patient.http.cookie_jar.clear()
    patient.http.cookie_jar.update_cookies({"inscope_question": visit.value})
    assert (await patient.get("/patient")).status == 404


async def test_a_look_back_is_bound_to_this_host_too(secure: tuple[Device, Patient]) -> None:
    clinician, patient = secure
    scope = clinician.scope([clinician.me])
    assert (await clinician.record(scope)).status == 200
    made = await clinician.call("POST", f"/api/consents/{scope.consent}/look-back", {"code": CODE})
    assert made.status == 200, made
    assert (await patient.get(f"/patient/look/{made.data['token']}")).status == 200
    assert (await patient.send("/patient/look/code?language=en", ("code", CODE))).status == 200
    assert set(_kept(patient)) == {"__Host-inscope_look"}
