"""How sharing ends, while others are at it. Each returns once it is acknowledged."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from inscope_protocol.types import PersonRecipient, Scope
from server.interleavings.scene import Scene
from world.device import Answer
from world.patient import CODE, Patient

Ending = Callable[[], Awaitable[None]]
DONE = ("Done. The pictures are closed.", "Done. From now on, only what is written below counts.")


async def withdrawal(scene: Scene) -> Ending:
    version = scene.cast.intern.following(scene.narrow, decision="withdrawn")
    return lambda: _record(scene, version)


async def narrowing(scene: Scene) -> Ending:
    """The specialist's team is not covered any more."""
    version = scene.cast.intern.following(scene.narrow, recipients=(PersonRecipient(scene.cast.intern.me),))
    return lambda: _record(scene, version)


async def _record(scene: Scene, version: Scope) -> None:
    await scene.do("record", scene.cast.intern, version.consent, scene.cast.intern.record(version))


async def withdrawal_by_the_patient(scene: Scene) -> Ending:
    return await _on_the_phone(scene, "withdraw", ("sure", "yes"))


async def narrowing_by_the_patient(scene: Scene) -> Ending:
    """To photographs: the scene's images are radiographs."""
    ticks = (("version", 1), ("purpose", 0), ("recipient", 0), ("recipient", 1), ("kind", 1))
    return await _on_the_phone(scene, "less", *ticks)


async def _on_the_phone(scene: Scene, path: str, *fields: tuple[str, object]) -> Ending:
    intern, patient = scene.cast.intern, Patient(scene.cast.running)
    link = await intern.call("POST", f"/api/consents/{scene.narrow.consent}/look-back", {"code": CODE})
    scene.links += 1
    await patient.get(f"/patient/look/{link.data['token']}")
    assert (await patient.send("/patient/look/code", ("code", CODE))).status == 200

    async def press() -> Answer:
        page = await patient.send(f"/patient/look/{path}?language=en", *fields)
        assert page.status == 200, page
        return Answer(200 if any(words in page.text for words in DONE) else 409, {})

    async def end() -> None:
        await scene.do("record", intern, scene.narrow.consent, press())
        await patient.close()

    return end


async def a_team_that_is_left(scene: Scene) -> Ending:
    async def end() -> None:
        await scene.cast.attest(teams=False)
        scene.attested += 1

    return end


async def taking_out(scene: Scene) -> Ending:
    intern, disclosure = scene.cast.intern, scene.first
    path = f"/api/disclosures/{disclosure}/remove"

    async def end() -> None:
        await scene.do("take out", intern, disclosure, intern.call("POST", path, {}))

    return end


async def a_removal(scene: Scene) -> Ending:
    """Of the specialist; again at the new epoch when another commit was first."""
    intern, gone = scene.cast.intern, scene.cast.specialist

    async def end() -> None:
        for _ in range(3):
            answer = await scene.do("remove", intern, gone.me, scene.room.commit(intern, removes=[gone])())
            if answer.status == 200:
                return scene.room.moved(removes=[gone])
        raise AssertionError("a removal never came first")

    return end


async def an_end_in_time(scene: Scene) -> Ending:
    return lambda: _advance(scene, scene.ends)


async def an_end_in_time_that_is_swept(scene: Scene) -> Ending:
    async def end() -> None:
        await _advance(scene, scene.ends)
        await scene.cast.running.server.sweeper.sweep()

    return end


async def an_attestation_that_lapses(scene: Scene) -> Ending:
    lasts = 5 * 60_000
    until = scene.cast.running.clock.now() + lasts
    await scene.cast.attest(lasts=lasts)
    scene.attested += 1
    return lambda: _advance(scene, until + 1000)


async def _advance(scene: Scene, until: int) -> None:
    clock = scene.cast.running.clock
    clock.advance(max(0, until - clock.now()))


ENDINGS: list[Callable[[Scene], Awaitable[Ending]]] = [
    withdrawal, withdrawal, narrowing, withdrawal_by_the_patient, narrowing_by_the_patient, a_team_that_is_left,
    taking_out, a_removal, an_end_in_time, an_end_in_time_that_is_swept, an_attestation_that_lapses,
]  # fmt: skip
BY_TIME = {an_end_in_time, an_end_in_time_that_is_swept, an_attestation_that_lapses}
"""After these the sweeper has yet to come, or may have come too early."""
