"""Questions to a patient: put by a device, opened and answered on a phone, recorded as answered (SPEC S5.10)."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec.structs import replace

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.statements import parse_envelope, sign, statement_hash
from inscope_protocol.types import Answer, Conditions, Scope, decode_payload
from server.stateful.base import index, pick, step
from server.stateful.consent_steps import ConsentSteps
from server.stateful.evidence import holds
from server.stateful.model import Actor, Consent, Link, Place, Question
from server.stateful.thread_steps import MINUTE
from server.stateful.unasked import UNASKED
from world.device import HOUR, TAKEN, new_id
from world.patient import Page, ask

SAID = st.sampled_from(["all", "all", "some", "no"])
TICKS = st.lists(st.integers(0, 3), min_size=0, max_size=4, unique=True)
NOTHING: tuple[list[int], ...] = ([], [], [], [])
LIES = st.sampled_from(["", "", "", "", "more", "another answer", "another person"])
MOST = Conditions(False, False, ("radiograph", "photograph"), ("intimate",))


class Asked(msgspec.Struct, frozen=True):
    """What is asked, and what is agreed to."""

    purposes: tuple[Any, ...]
    recipients: tuple[Any, ...]
    conditions: Conditions
    valid_until: int


class QuestionSteps(ConsentSteps):
    @step(3, when=lambda self: self.model.places, at=index, by=index, which=index, wider=st.booleans())
    def put_question(self, at: int, by: int, which: int, wider: bool) -> None:
        place = pick(self.model.places, at)
        actor = pick([*self.members(place), pick(self.model.actors, by)], by)
        consent = pick(self.model.consents, which) if wider and self.model.consents else None
        self.ask_patient(place, actor, consent)

    def ask_patient(
        self, place: Place, actor: Actor, consent: Consent | None = None, subject: str | None = None
    ) -> Question | None:
        """For a new consent of the people of a thread, or to make `consent` wider."""
        before = None if consent is None else consent.newest
        asked = self._asked(place, before)
        named = {} if before is None else {"consent": before.consent, "previous": hashed(before)}
        body, link, answer = self.wait(ask(actor.device, [], question=msgspec.to_builtins(asked), **named))
        if not self.expect(answer, actor.guard(self.now) or self._asking(actor, consent)):
            return None
        question = Question(
            body["request"], link, body["consent"], body["previous"], subject or new_id("sub"), asked, actor, place,
            consent, answer.data["expires_at"],
        )  # fmt: skip
        self.model.questions.append(question)
        return question

    def _asked(self, place: Place, before: Scope | None) -> Asked:
        people = self.recipients(place, "people")
        if before is None:
            return Asked(("direct-care-advice", "teaching"), people, MOST, self.now + 23 * 60 * MINUTE)
        purposes = dict.fromkeys((*before.purposes, "direct-care-advice", "teaching"))
        had = before.conditions
        most = replace(
            had, image_kinds=_joined(had.image_kinds, MOST.image_kinds), sensitive=_joined(had.sensitive, ("intimate",))
        )
        until = max(before.valid_until, self.now + MINUTE)
        return Asked(tuple(purposes), _joined(before.recipients, people), most, until)

    def _asking(self, actor: Actor, consent: Consent | None) -> str:
        if consent is None:
            return ""
        if not self.model.may_amend(actor, consent, self.now):
            return "not_found"
        return "" if consent.newest.decision == "given" else "consent_conflict"

    @step(4, when=lambda self: self.model.questions, which=index)
    def open_link(self, which: int) -> None:
        """Once: whoever comes second finds it closed."""
        self.enter(pick(self.model.questions[::-1], which))

    def enter(self, question: Question) -> None:
        patient = self.world.phone()
        page = self.wait(patient.open(question.link))
        opens = question.state == "put" and self.now < question.expires_at
        assert page.status == (200 if opens else 404), (page.text, question)
        if opens:
            question.state, question.patient = "opened", patient

    @step(4, when=lambda self: any(one.state == "opened" for one in self.model.questions),
        which=index, said=SAID, ticks=st.tuples(TICKS, TICKS, TICKS, TICKS))  # fmt: skip
    def answer(self, which: int, said: str, ticks: tuple[list[int], ...]) -> None:
        self.reply(pick([one for one in self.model.questions if one.patient is not None][::-1], which), said, ticks)

    def reply(self, question: Question, said: str, ticks: tuple[list[int], ...] = NOTHING) -> None:
        """What was agreed to before stays; of the rest, what is ticked. Too little to share anything is asked again."""
        agreed = self._agreed(question, said, ticks)
        page = self.wait(question.patient.send("/patient?language=en", *fields_of(ticks), ("answer", said)))
        if question.state != "opened" or self.now >= question.expires_at:
            assert page.status == (200 if self.now < question.shown_until else 404), page.text
        elif said != "no" and agreed is None:
            assert page.status == 400, page.text
        else:
            assert page.status == 200, page.text
            self._answered(question, agreed, page)

    def _agreed(self, question: Question, said: str, ticks: tuple[list[int], ...]) -> Asked | None:
        if said == "no":
            return None
        asked, had = question.asked, None if question.consent is None else question.consent.newest
        old = ((), (), (), ()) if had is None or had.basis in UNASKED else lists_of(had)
        kept = [
            tuple(one for place, one in enumerate(listed) if said == "all" or one in before or place in ticked)
            for listed, before, ticked in zip(lists_of(asked), old, ticks, strict=True)
        ]
        purposes, recipients, kinds, sensitive = kept
        nothing_new = any(old) and _same(kept, old) and not _same(lists_of(asked), old)
        if not (purposes and recipients and kinds) or nothing_new:
            return None
        conditions = replace(asked.conditions, image_kinds=kinds, sensitive=sensitive)
        return Asked(purposes, recipients, conditions, asked.valid_until)

    def _answered(self, question: Question, agreed: Asked | None, page: Page) -> None:
        self.model.expected["answer", "recorded", None] += 1
        question.state, question.shown_until = "answered", self.now + 30 * MINUTE
        for other in self.model.questions if agreed is None else []:
            if other.named == question.named and other is not question:
                other.answer = None
        told = self.wait(question.by.device.call("GET", f"/api/patient-questions/{question.request}"))
        if self.expect(told, question.by.guard(self.now)):
            answer = decode_payload("answer", parse_envelope(told.data["answer"]).payload_bytes)
            assert isinstance(answer, Answer)
            said = Asked(answer.purposes, answer.recipients, answer.conditions, answer.valid_until)
            assert answer.decision == ("refused" if agreed is None else "given"), answer
            assert agreed is None or said == agreed, (said, agreed)
            question.answer = answer
            question.hash = encode_base64url(statement_hash(parse_envelope(told.data["answer"])))
        assert len(page.links) == (agreed is not None), page.text
        self.model.links += [Link(question.named, link.removeprefix(self.world.running.origin)) for link in page.links]

    @step(5, when=lambda self: any(one.answer for one in self.model.questions), which=index, lie=LIES, by=index)
    def record_answer(self, which: int, lie: str, by: int) -> None:
        """By the device that asked, just what was answered; or something else, which is refused."""
        self.record_as_answered(pick([one for one in self.model.questions if one.answer][::-1], which), lie, by)

    def record_as_answered(self, question: Question, lie: str = "", by: int = 0) -> None:
        actor = pick(self.model.actors, by) if lie == "another person" else question.by
        version, thread = self._version(question, actor, lie), question.place.room.thread
        consent = next((one for one in self.model.consents if one.newest.consent == question.named), None)
        code = self._first(actor, version) if consent is None else self.recording(actor, consent, version)
        if not code and consent is not None and version.previous != hashed(consent.newest):
            code = "consent_conflict"
        code = code or ("answer_mismatch" if self._lies(question, actor, version) else "")
        code = code or ("" if question.place.holds(actor) else "not_found")
        answer = self.wait(actor.device.record(version, thread))
        holds(1, answer.status != 200 or not code, answer, code)
        if not self.expect(answer, code):
            return
        if consent is None:
            self.model.consents.append(Consent([version], question.place, {thread}, self.now))
            self.model.expected["consent", "recorded", None] += 1
        else:
            consent.threads.add(thread)
            self.recorded(consent, version, answer.data["closed"], actor)

    def _lies(self, question: Question, actor: Actor, version: Scope) -> bool:
        """A refusal needs no more than being one."""
        if actor is not question.by or version.taken.answer != question.hash or self.too_late(question):
            return True
        return version.decision == "given" and version.purposes != question.answer.purposes

    def too_late(self, question: Question) -> bool:
        return question.answer is not None and self.now >= question.answer.at + 24 * HOUR

    def _first(self, actor: Actor, version: Scope) -> str:
        if actor.guard(self.now):
            return actor.guard(self.now)
        if version.decision == "given" and version.policy != self.model.in_force:
            return "policy_mismatch"
        return "not_found" if version.version != 1 else ""

    def _version(self, question: Question, actor: Actor, lie: str) -> Scope:
        answer = question.answer
        assert answer is not None
        named = encode_base64url(bytes(32)) if lie == "another answer" else question.hash
        taken = replace(TAKEN, how="electronic", sheet=answer.sheet, answer=named)
        more = ("direct-care-advice", "teaching", "research") if lie == "more" else answer.purposes
        said: dict[str, Any] = {
            "decision": answer.decision, "taken": taken, "basis": "patient", "purposes": more,
            "recipients": answer.recipients, "conditions": answer.conditions, "policy": self.model.in_force,
            "valid_until": answer.valid_until,
        }  # fmt: skip
        if question.consent is None:
            return actor.device.scope([], consent=answer.consent, subject=question.subject, **said)
        asked_of = next(one for one in question.consent.versions if hashed(one) == question.previous)
        return actor.device.following(asked_of, **said)


def _same(some: Any, others: Any) -> bool:
    return all(set(one) == set(other) for one, other in zip(some, others, strict=True))


def lists_of(said: Any) -> tuple[tuple[Any, ...], ...]:
    return (said.purposes, said.recipients, said.conditions.image_kinds, said.conditions.sensitive)


def hashed(scope: Scope) -> str:
    """A version's statement hash: what the next one names. Who signed it makes no difference."""
    return encode_base64url(statement_hash(sign("consent", scope, "dev_" + "A" * 22, bytes(32))))


def _joined(one: tuple[Any, ...], other: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*one, *(each for each in other if each not in one))


def fields_of(ticks: tuple[list[int], ...]) -> list[tuple[str, int]]:
    names = ("purpose", "recipient", "kind", "sensitive")
    return [(name, place) for name, places in zip(names, ticks, strict=True) for place in places]
