"""An administrator's list of people and their devices (SPEC S4.7): whose, in which order, and to nobody else."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import sqlite

from inscope_server.accounts import staff
from inscope_server.database import Database
from server.administration.conftest import DAY, PAGE, ROLE, Office
from world.device import Device, new_id
from world.organisation import Organisation

ADDRESSES = [
    ("GET", PAGE), ("GET", f"{PAGE}/people"), ("GET", f"{PAGE}/people/{{person}}"),
    ("POST", f"{PAGE}/devices/{{device}}/revoke"), ("GET", f"{PAGE}/denials"), ("GET", f"{PAGE}/denials/days"),
]  # fmt: skip


async def whole(device: Device, method: str, path: str) -> tuple[int, dict[str, str], bytes]:
    """An answer to the last byte, but for what differs at every moment."""
    assert device.http is not None
    async with device.http.request(method, path, headers={"X-InScope-CSRF": device.csrf}) as response:
        headers = {name: value for name, value in response.headers.items() if name != "Date"}
        return response.status, headers, await response.read()


async def test_a_person_is_told_with_what_their_organisation_says(story, office, intern):
    (told,) = [one for one in await office.found() if one["person"] == intern.me]
    assert told == {
        "person": intern.me, "display_name": "Ines Moreau", "roles": ["intern"],
        "teams": [story.riverbend.teams["Emergency"]], "standing": "holds", "waiting": False, "has_device": True,
        "attestation": {"serial": 1, **{name: told["attestation"][name] for name in ("valid_from", "valid_until")}},
    }  # fmt: skip
    assert 364 * DAY < told["attestation"]["valid_until"] - story.running.clock.now() <= 365 * DAY


async def test_what_another_organisation_says_of_them_is_not_told(story, office, intern):
    await story.coastal.attest(dataclasses.replace(intern.person, serial=6, roles=("surgeon",), teams=()), lasts=DAY)
    (told,) = [one for one in await office.found() if one["person"] == intern.me]
    assert (told["roles"], told["attestation"]["serial"], told["standing"]) == (["intern"], 1, "holds")
    assert (await office.get()).data["people"] == 2


async def test_who_waits_comes_first_then_whose_attestation_ends_first(story, office, intern, colleague):
    await story.riverbend.attest(intern.person, lasts=20 * DAY)
    await story.riverbend.attest(colleague.person, lasts=10 * DAY)
    newcomer = Device(story.running, await story.riverbend.invite("Zoe Waiting"), story.riverbend)
    story.devices.append(newcomer)
    await newcomer.enrol(attest=False)
    await story.riverbend.invite("Abel Invited")
    over = await story.device(story.riverbend, "Una Over")
    await story.riverbend.attest(over.person, lasts=1000)
    story.running.clock.advance(1000)
    expected = ["Zoe Waiting", "Theo Brandt", "Ines Moreau", "Abel Invited", "Una Over", "Vera Lund"]
    for limit in (1, 2, 50):
        assert await office.names(limit=limit) == expected
    standings = {one["display_name"]: (one["standing"], one["waiting"]) for one in await office.found()}
    assert standings == {
        "Zoe Waiting": ("none", True), "Theo Brandt": ("soon", False), "Ines Moreau": ("soon", False),
        "Abel Invited": ("none", False), "Una Over": ("over", False), "Vera Lund": ("holds", False),
    }  # fmt: skip
    assert (await office.get()).data == {
        "organisation": story.riverbend.organisation, "people": 6, "waiting": 1, "soon": 2, "over": 1,
        "without_device": 1,
    }  # fmt: skip
    assert await office.names(only="waiting") == ["Zoe Waiting"]
    assert await office.names(only="soon", limit=1) == ["Theo Brandt", "Ines Moreau"]
    assert await office.names(only="over") == ["Una Over"]
    assert await office.names(only="without_device") == ["Abel Invited"]


async def test_a_name_is_found_by_letters_without_case_or_accents_and_by_no_pattern(office, story, intern):
    await story.riverbend.invite("Noémie 100% Ångström")
    assert await office.names(q="ANGSTROM") == await office.names(q="100%") == ["Noémie 100% Ångström"]
    assert await office.names(q="%") == ["Noémie 100% Ångström"]
    assert await office.names(q="_") == await office.names(q="nobody") == []
    assert sorted(await office.names(q=" ")) == ["Ines Moreau", "Noémie 100% Ångström", "Vera Lund"]


async def test_people_of_the_same_name_are_each_listed_once(story, office):
    invited = {(await story.riverbend.invite("Jo Doe")).person for _ in range(5)}
    found = [one["person"] for one in await office.found(limit=2, q="doe")]
    assert len(found) == 5 and set(found) == invited


async def test_nobody_of_another_organisation_is_told(story, office, specialist, intern):
    """Also not whom ours attests as well: who they are is their own organisation's word."""
    await story.riverbend.attest(dataclasses.replace(specialist.person, serial=0))
    assert sorted(await office.names()) == ["Ines Moreau", "Vera Lund"]
    assert (await office.get()).data["people"] == 2
    for person in (specialist.me, new_id("per"), "nothing"):
        assert (await office.get(f"/people/{person}")).code == "not_found"
    assert (await office.revoke(specialist.device)).code == "not_found"
    assert (await specialist.call("GET", "/api/threads")).status == 200


async def test_to_everybody_else_the_page_is_as_absent_as_none(story, intern, specialist, colleague):
    officer = await story.device(story.riverbend, "Ruth Adeyemi", ("privacy-officer",))
    for device in (intern, specialist, officer):
        for method, path in ADDRESSES:
            for query in ("", "?limit=x", "?after=x", "?nothing=1"):
                asked = path.format(person=colleague.me, device=colleague.device) + query
                never = await whole(device, method, "/api/nothing")
                assert await whole(device, method, asked) == never, (asked, never)
    assert (await colleague.call("GET", "/api/threads")).status == 200


async def test_only_the_word_of_ones_own_organisation_makes_an_administrator(story, office, specialist, intern):
    """Of neither organisation: another one could otherwise read a whole staff by attesting one of its people."""
    for device, other in ((specialist, story.riverbend), (intern, story.coastal)):
        await other.attest(dataclasses.replace(device.person, serial=0, roles=(ROLE,)))
        assert (await Office(device).get()).code == "not_found"
    rogue = Organisation(story.running, "Rogue Clinic")
    await rogue.register()
    own = Office(await story.device(rogue, "Spy", (ROLE,)))
    assert await own.names() == ["Spy"]


async def test_the_role_counts_while_its_attestation_holds(story, office, administrator):
    await story.riverbend.attest(administrator.person, lasts=DAY)
    assert (await office.get()).status == 200
    await story.coastal.attest(dataclasses.replace(administrator.person, serial=0))
    story.running.clock.advance(DAY)
    await administrator.sign_in()
    assert (await administrator.call("GET", "/api/threads")).status == 200, "another organisation still attests"
    assert (await office.get()).code == "not_found"
    await story.riverbend.attest(administrator.person)
    assert (await office.get()).status == 200
    administrator.person.roles = ()
    await story.riverbend.attest(administrator.person)
    assert (await office.get()).code == "not_found"


@pytest.mark.parametrize("query", [
    {"after": "x"}, {"after": "rest.0.per_"}, {"after": "rest.x.per_AAAAAAAAAAAAAAAAAAAAAA"}, {"after": "%00"},
    {"after": "all.0.per_AAAAAAAAAAAAAAAAAAAAAA"}, {"limit": "0"}, {"limit": "51"}, {"only": "some"},
    {"q": "a\0"}, {"q": "a" * 101}, {"person": "x"},
])  # fmt: skip
async def test_a_question_of_another_form_is_malformed(office, query):
    assert (await office.get("/people", **query)).code == "malformed"


@pytest.mark.parametrize("part", staff.PARTS)
async def test_a_page_is_read_in_the_order_of_an_index(sqlite_url, part):
    """Of ten thousand people a page reads those that it shows; it sorts none but the few who wait."""
    asked = staff.query(staff.Sought("org_", 5, 9), part, staff.StaffPlace(part, 7, "per_"), "name")
    statement = asked.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    database = Database(sqlite_url)
    async with database.read() as tx:
        plan = [row.detail for row in await tx.all(text(f"EXPLAIN QUERY PLAN {statement}"))]
    await database.close()
    index = "ix_attestations_valid_until" if part == "soon" else "ix_people_organisation"
    assert any(f"USING INDEX {index} (organisation=? AND " in step for step in plan), plan
    assert not any(step.startswith("SCAN") or "TEMP B-TREE" in step for step in plan), plan


async def test_asking_is_limited_and_looking_writes_nothing(office):
    clock, audit = office.device.running.clock, office.device.running.server.audit
    clock.stop()
    async with office.device.running.server.database.read() as tx:
        before = await audit.size(tx)
    codes = [(await office.get("/people", limit=1)).code for _ in range(121)]
    assert codes == [""] * 120 + ["rate_limited"]
    async with office.device.running.server.database.read() as tx:
        assert await audit.size(tx) == before
