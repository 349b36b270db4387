"""Images: asking, uploading and sending with anything in between, forwarding, opening, taking out, questions."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from inscope_protocol.types import DisclosedImage, ImageDescriptor
from server.stateful.base import Base, index, pick, step
from server.stateful.evidence import holds
from server.stateful.model import SHARED, Actor, Consent, Disclosure, Place
from world.device import Answer, new_id


class ImageSteps(Base):
    def asking(self, actor: Actor, place: Place, consent: Consent, version: int, image: ImageDescriptor) -> str:
        """The code that asking for a disclosure must meet, after the checks of who and where."""
        if not self.model.concerns(actor, consent, self.now):
            return "denied"
        if version != consent.newest.version:
            return "consent_superseded"
        people = self.members(place)
        denied = self.model.decide(consent.newest, place, image, people, self.now) or self.model.ended(place, self.now)
        return "denied" if denied else ""

    @step(9, when=lambda self: self.model.places and self.model.consents,
        by=index, at=index, which=index, kind=st.sampled_from(["radiograph", "radiograph", "photograph"]),
        deidentified=st.booleans(), other_patient=st.integers(0, 7), old=st.integers(0, 3), through=st.booleans(),
        sensitive=st.sampled_from([(), (), (), ("intimate",), ("identifiable",)]),
    )  # fmt: skip
    def ask(
        self,
        by: int,
        at: int,
        which: int,
        kind: str,
        deidentified: bool,
        other_patient: int,
        old: int,
        through: bool,
        sensitive: tuple[Any, ...],
    ) -> None:
        consent = self.model.consents[-1 - which % len(self.model.consents)]
        place = pick([consent.place, consent.place, *self.model.places], at)
        actor = pick([*self.members(place), pick(self.model.actors, by)], by)
        subject = consent.newest.subject if other_patient else new_id("sub")
        image = ImageDescriptor(new_id("img"), subject, kind, deidentified, sensitive, False)
        version = max(1, consent.newest.version - (old == 3))
        row = self._ask(actor, place, consent, version, image, None)
        if row is not None and through:
            self._upload(row)
            self._send(row)

    @step(
        4,
        when=lambda self: any(row.state in SHARED for row in self.model.disclosures) and self.model.consents,
        by=index,
        at=index,
        which=index,
        of=index,
    )
    def forward(self, by: int, at: int, which: int, of: int) -> None:
        origin = pick([row for row in self.model.disclosures if row.state in SHARED], of)
        place, actor = pick(self.model.places, at), pick([origin.by, *self.model.actors], by)
        consent = pick([origin.consent, *self.model.consents], which)
        image = replace(origin.image, image=new_id("img"), onward=True)
        row = self._ask(actor, place, consent, consent.newest.version, image, origin)
        if row is not None:
            self._upload(row)
            self._send(row)

    def _ask(
        self, actor: Actor, place: Place, consent: Consent, version: int, image: ImageDescriptor,
        origin: Disclosure | None,
    ) -> Disclosure | None:  # fmt: skip
        code = actor.guard(self.now) or ("" if place.holds(actor) else "not_found")
        code = code or ("" if origin is None or self._is_open_to(origin, actor) else "not_found")
        refused = "" if code else self.asking(actor, place, consent, version, image)
        scope = consent.versions[version - 1]
        described = {name: getattr(image, name) for name in DisclosedImage.__struct_fields__}
        answer = self.wait(place.room.ask(actor.device, scope, origin and origin.disclosure, **described))
        holds(1, not (answer.status == 200 and (code or refused)), answer, code or refused)
        if refused:
            self.model.expected["ask", "deny", origin and origin.disclosure] += 1
        if not self.expect(answer, code or refused):
            return None
        granted = answer.data
        row = Disclosure(
            granted["disclosure"], granted["blob"], answer, place, consent, version, image, place.room.epoch, actor,
            granted["lapses_at"], server_half=granted["server_half"],
        )  # fmt: skip
        self.model.disclosures.append(row)
        self.model.expected["ask", "permit", row.disclosure] += 1
        return row

    def _is_open_to(self, row: Disclosure, actor: Actor) -> bool:
        return row.state == "live" and row.place.holds(actor) and not self.model.reasons(row, [actor], self.now)

    @step(2, when=lambda self: self.model.disclosures, of=index)
    def upload(self, of: int) -> None:
        self._upload(pick(self.model.disclosures[::-1], of))

    def _upload(self, row: Disclosure) -> None:
        code = row.by.guard(self.now) or ("not_found" if row.state == "destroyed" else "")
        late = row.state != "pending" or self.now >= row.lapses_at
        data = f"sealed {row.disclosure}".encode()
        code = code or ("disclosure_lapsed" if late else "offset_mismatch" if row.data else "")
        if self.expect(self.wait(row.by.device.upload(row.blob, data)), code):
            row.data = data

    @step(3, when=lambda self: self.model.disclosures, of=index)
    def send(self, of: int) -> None:
        self._send(pick(self.model.disclosures[::-1], of))

    def _send(self, row: Disclosure) -> None:
        code, gate = self._sending(row)
        statement = row.by.device.statement(row.granted, new_id("msg"), row.data or b"not uploaded")
        if row.place.purpose != "none":
            statement = replace(statement, purpose=row.place.purpose)
        people = self.members(row.place)
        answer = self.wait(row.place.room.declare(row.by.device, statement)())
        denied = self.model.reasons(row, people, self.now) or self.model.ended(row.place, self.now)
        holds(2, not (answer.status == 200 and denied), answer, denied)
        holds(2, not (answer.status == 200 and row.epoch != row.place.room.epoch), answer)
        if gate:
            self.model.expected["attach", "deny", row.disclosure] += 1
        if self.expect(answer, code):
            row.state = "live"
            self.model.expected["attach", "permit", row.disclosure] += 1
            self.acknowledged[row.place.room.thread][statement.message] += 1

    def _sending(self, row: Disclosure) -> tuple[str, bool]:
        """The code that sending must meet, and whether it is the gate that says it (and logs it)."""
        if row.by.guard(self.now):
            return row.by.guard(self.now), False
        if not row.place.holds(row.by):
            return "not_found", False
        if row.epoch != row.place.room.epoch:
            return "stale_epoch", False
        denied = self._denied_attaching(row)
        if row.code == "consent_superseded" and denied:
            return denied, True
        if row.state != "pending" or self.now >= row.lapses_at:
            return "disclosure_lapsed", False
        if not row.data:
            return "blob_incomplete", False
        return denied, bool(denied)

    def _denied_attaching(self, row: Disclosure) -> str:
        if row.version != row.consent.newest.version:
            return "consent_superseded"
        people = self.members(row.place)
        denied = self.model.reasons(row, people, self.now) or self.model.ended(row.place, self.now)
        return "denied" if denied else ""

    @step(8, when=lambda self: self.model.disclosures, of=index, by=index)
    def open(self, of: int, by: int) -> None:
        row = pick(self.model.disclosures[::-1], of)
        actor = pick([*self.members(row.place), *self.model.actors], by)
        code = actor.guard(self.now)
        code = code or ("not_found" if row.granted is None or not self._is_shown(row, actor) else "")
        gate = "" if code else self._opening(row, actor)
        answer = self.wait(actor.device.open(row.disclosure))
        self._check_release(row, actor, answer)
        if not code:
            self.model.expected["open", "deny" if gate else "permit", row.disclosure] += 1
        self.expect(answer, code or gate)

    def _is_shown(self, row: Disclosure, actor: Actor) -> bool:
        return row.state != "pending" and row.place.holds(actor)

    def _opening(self, row: Disclosure, actor: Actor) -> str:
        if row.state == "destroyed":
            return "disclosure_closed"
        return "denied" if row.state == "suspended" or self.model.reasons(row, [actor], self.now) else ""

    def _check_release(self, row: Disclosure, actor: Actor, answer: Answer) -> None:
        """1: never to somebody who is not covered. 6: never again after it was closed. And it is the half of S7.1."""
        if answer.status != 200:
            return
        holds(1, actor.is_active(self.now) and row.place.holds(actor), actor.me)
        holds(1, not self.model.reasons(row, [actor], self.now), actor.me, row)
        holds(6, row.state == "live", row)
        assert answer.data["server_half"] == row.server_half

    @step(3, when=lambda self: self.model.disclosures, of=index, by=index)
    def fetch_bytes(self, of: int, by: int) -> None:
        row = pick(self.model.disclosures[::-1], of)
        actor = pick([*self.members(row.place), *self.model.actors], by)
        answer = self.wait(actor.device.call("GET", f"/api/blobs/{row.blob}"))
        is_open = self._is_open_to(row, actor)
        holds(1, answer.status != 200 or (is_open and not actor.guard(self.now)), answer)
        if self.expect(answer, actor.guard(self.now) or ("" if is_open else "not_found")):
            assert answer.data == row.data

    @step(1, when=lambda self: self.model.disclosures, of=index, by=index)
    def take_out(self, of: int, by: int) -> None:
        row = pick(self.model.disclosures, of)
        actor = pick([row.by, *self.model.actors], by)
        code = actor.guard(self.now)
        if not code and (row.state not in SHARED or not row.place.holds(actor)):
            code = "not_found"
        elif not code and actor.me not in (row.by.me, row.consent.newest.recorder):
            code = "consent_not_yours"
        if self.expect(self.wait(actor.device.call("POST", f"/api/disclosures/{row.disclosure}/remove", {})), code):
            self.model.move(row, "destroyed")

    @step(2, when=lambda self: self.model.consents, by=index, which=index)
    def ask_where(self, by: int, which: int) -> None:
        actor, consent = pick(self.model.actors, by), pick(self.model.consents, which)
        if actor.guard(self.now):
            return
        places, image = self.model.places_of(actor), self._some_image(consent)
        foreseen = [self.asking(actor, place, consent, consent.newest.version, image) for place in places]
        described = {name: getattr(image, name) for name in DisclosedImage.__struct_fields__}
        body: dict[str, Any] = {
            "consent": consent.newest.consent,
            "version": consent.newest.version,
            "image": described,
        }
        body["threads"] = [place.room.thread for place in places]
        answer = self.wait(actor.device.call("POST", "/api/decisions", body))
        said = [decision["permit"] for decision in answer.data["decisions"]]
        holds(1, said == [not code for code in foreseen], answer, foreseen)
        if not all(said):
            self.model.expected["question", "deny", None] += said.count(False)

    def _some_image(self, consent: Consent) -> ImageDescriptor:
        return ImageDescriptor(new_id("img"), consent.newest.subject, "radiograph", False, (), False)

    @step(2, when=lambda self: self.model.places, at=index, by=index, who=index)
    def ask_whom(self, at: int, by: int, who: int) -> None:
        place = pick(self.model.places, at)
        actor, other = pick(self.members(place), by), pick(self.model.actors, who)
        if actor.guard(self.now):
            return
        fresh = [] if place.holds(other) else [other]
        uncovered = self.model.uncovered(place, fresh, self.now)
        body = {"add": [other.me]}
        answer = self.wait(actor.device.call("POST", f"/api/threads/{place.room.thread}/gate", body))
        assert answer.status == 200, answer
        denied = sorted(denial["disclosure"] for denial in answer.data["denials"])
        assert (answer.data["permit"], denied) == (not uncovered, sorted(row.disclosure for row in uncovered))
